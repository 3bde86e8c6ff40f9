//! From an empty window to a file: open, type, draw an area, find, adjust, select, delete, undo, export.

use egui::{Key, Modifiers};
use referent::app::command::Command;
use referent::app::state::{FramePick, QueryLayer, State, Tab, ThemeChoice};

use super::stage::{Window, sample};

/// Part of the sample scene that holds storage tanks and fits one window of the network, in pixels.
const TANKS: [[f64; 2]; 2] = [[380.0, 330.0], [590.0, 590.0]];

fn query(state: &State) -> &QueryLayer {
    state.layers.iter().rev().find_map(|layer| layer.query()).expect("a result")
}

#[test]
fn a_phrase_becomes_polygons_that_are_adjusted_edited_and_exported() {
    let mut window = Window::new([1200.0, 800.0], ThemeChoice::Light);
    assert!(window.shows("Open a raster…"), "the first screen says how to begin");
    window.open(sample());
    assert!(window.shows("Layer rotterdam_tanks.tif"));

    window.type_into("Phrase", "the storage tanks");
    assert!(window.shows("object: storage tanks"), "the phrase is read while it is typed");

    window.click("Area tool");
    let [from, to] = TANKS.map(|pixel| window.on_screen(pixel));
    window.drag(from, to);
    assert_eq!(window.state().ask.frame, FramePick::Area);
    assert!(window.state().area.is_some());

    window.apply(Command::FocusPhrase);
    window.harness.step();
    window.press(Modifiers::NONE, Key::Enter);
    assert!(window.state().asking().is_some(), "Enter asks");
    assert!(window.shows("Stop"), "what runs can be stopped");
    window.wait("the answer is there", |state| state.layers.len() == 2);
    window.settle();

    assert_eq!(window.state().tab, Some(Tab::Results));
    let found = query(window.state()).drawn.ids.len();
    let (area, _) = query(window.state()).total_area();
    assert!(found >= 1 && area > 100.0, "{found} objects of {area} m²");
    assert!(window.shows("Sort by Score"));
    assert_eq!(window.state().settings.phrases, ["the storage tanks"]);

    let threshold_changes_the_objects = |window: &mut Window, threshold: f64| {
        use egui_kittest::kittest::Queryable;
        window.harness.get_by_label("Threshold, number").set_value_accesskit(threshold);
        window.harness.run_steps(2);
        window.settle();
        let query = query(window.state());
        assert!((f64::from(query.refine.threshold) - threshold).abs() < 1e-6);
        assert_eq!(query.refine, query.drawn_with, "what is wanted is what is drawn");
        query.total_area().0
    };
    let larger = threshold_changes_the_objects(&mut window, 0.2);
    let smaller = threshold_changes_the_objects(&mut window, 0.8);
    assert!(larger > area && area > smaller, "{larger} > {area} > {smaller}");
    window.press(Modifiers::COMMAND, Key::Z);
    window.settle();
    window.press(Modifiers::COMMAND, Key::Z);
    window.settle();

    window.apply(Command::SelectAll);
    assert_eq!(query(window.state()).selected.len(), query(window.state()).drawn.ids.len());
    let before = query(window.state()).drawn.ids.len();
    window.click("Delete selected objects (Delete)");
    assert!(query(window.state()).drawn.ids.is_empty(), "all are deleted");
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(query(window.state()).drawn.ids.len(), before, "and back");

    let folder = tempfile::tempdir().unwrap();
    window.press(Modifiers::COMMAND, Key::E);
    assert!(window.shows("Format") || window.shows("GeoJSON"), "the dialog is open");
    assert!(window.state().export.path.ends_with("storage_tanks.geojson"), "{}", window.state().export.path);
    let target = folder.path().join("tanks.geojson");
    let form = referent::app::state::ExportForm { path: target.display().to_string(), ..window.state().export.clone() };
    window.apply(Command::SetExport(form));
    window.harness.run_steps(2);
    {
        use egui_kittest::kittest::Queryable;
        window.harness.get_by_role_and_label(egui::accesskit::Role::Button, "Export").click();
        window.harness.run_steps(2);
    }
    window.wait("the file is written", |state| state.done_last.is_some());
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&target).unwrap()).unwrap();
    assert_eq!(written["features"].as_array().unwrap().len(), before);
    let (line, _) = window.state().done_last.clone().unwrap();
    assert!(line.starts_with("referent segment ") && line.contains("'the storage tanks'"), "{line}");
    assert!(line.contains("--window "), "the drawn area is in the command: {line}");
}

#[test]
fn a_query_that_is_stopped_keeps_what_it_has() {
    let mut window = Window::new([1000.0, 700.0], ThemeChoice::Light);
    window.open(sample());
    window.apply(Command::TypePhrase("the storage tanks".into()));
    window.apply(Command::Ask);
    window.wait("it is at work", |state| state.asking().is_some_and(|job| job.progress.is_some_and(|(_, of)| of > 0)));
    window.click("Stop");
    assert!(window.state().asking().is_none_or(|job| job.stopping));
    window.wait("it ends", |state| state.asking().is_none());
    window.settle();
    let report = query(window.state()).drawn.answer.report.clone();
    assert!(report.cancelled && report.done < report.windows, "{report:?}");
}

#[test]
fn the_palette_finds_a_command_and_does_it() {
    let mut window = Window::new([1000.0, 700.0], ThemeChoice::Light);
    window.press(Modifiers::COMMAND, Key::K);
    assert!(window.shows("Search all commands"));
    window.harness.event(egui::Event::Text("light or dark".into()));
    window.harness.run_steps(2);
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.state().settings.theme, ThemeChoice::Dark);
    assert!(window.state().dialog.is_none(), "the palette closes");
}

#[test]
fn layers_are_hidden_renamed_moved_and_removed() {
    let mut window = Window::new([1000.0, 700.0], ThemeChoice::Light);
    window.open(sample());
    window.open(super::stage::fixture("scenes/rotterdam_quay/rotterdam_quay.tif"));
    window.open(super::stage::fixture("scenes/rotterdam_quay/rotterdam_quay_objects.geojson"));
    let names = |window: &Window| window.state().layers.iter().map(|layer| layer.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&window), ["rotterdam_tanks.tif", "rotterdam_quay.tif", "rotterdam_quay_objects.geojson"]);
    assert!(window.state().extent().is_some());

    window.click("Hide rotterdam_quay.tif");
    assert!(!window.state().layers[1].visible);
    window.click("Layer rotterdam_quay.tif");
    window.press(Modifiers::COMMAND, Key::ArrowDown);
    assert_eq!(names(&window)[0], "rotterdam_quay.tif");
    window.press(Modifiers::NONE, Key::F2);
    window.harness.run_steps(2);
    window.harness.event(egui::Event::Text(" of 2024".into()));
    window.harness.run_steps(2);
    window.press(Modifiers::NONE, Key::Enter);
    assert!(names(&window)[0].contains("of 2024"), "{:?}", names(&window));
    window.press(Modifiers::COMMAND, Key::D);
    assert_eq!(window.state().layers.len(), 2);
    for _ in 0..4 {
        window.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(names(&window), ["rotterdam_tanks.tif", "rotterdam_quay.tif", "rotterdam_quay_objects.geojson"]);
    assert!(window.state().layers[1].visible);
}
