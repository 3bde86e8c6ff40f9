//! From a scene to a model that knows it better: label by polygon, fine-tune, compare, roll back, export. Takes minutes.

use std::path::Path;
use std::time::{Duration, Instant};

use egui::Modifiers;
use geo::{LineString, Polygon};
use referent::app::command::{Command, Keep};
use referent::app::map::{Bounds, MapEvent, Shape, Tool};
use referent::app::state::{Content, State, ThemeChoice, TrainForm};
use referent::project::Of;
use referent::query::DeviceChoice;
use referent::train::recipe::Budget;

use super::frame_times::frames;
use super::stage::{Window, sample};

/// Longest a run may take.
const LONG: Duration = Duration::from_secs(1500);
/// The large dark hall in the middle of the sample scene and the white roof between the tanks, traced by eye.
const HALL: [(f64, f64); 4] =
    [(593_090.9, 5_750_240.1), (593_161.4, 5_750_253.6), (593_171.9, 5_750_219.6), (593_095.9, 5_750_203.1)];
const ROOF: [(f64, f64); 4] =
    [(593_251.9, 5_750_293.1), (593_277.4, 5_750_298.1), (593_278.4, 5_750_283.1), (593_253.9, 5_750_279.6)];

/// Runs frames until `what` holds.
fn wait_long(window: &mut Window, what: &str, holds: impl Fn(&State) -> bool) {
    let started = Instant::now();
    while !holds(window.state()) {
        assert!(started.elapsed() < LONG, "{what}: not after {LONG:?}");
        window.harness.step();
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// Keeps a picture of the window, where somebody wants to look at it.
pub fn picture(window: &mut Window, name: &str) {
    if let Some(folder) = std::env::var_os("REFERENT_PICTURES") {
        window.harness.run_steps(3);
        window.harness.render().unwrap().save(Path::new(&folder).join(format!("{name}.png"))).unwrap();
    }
}

/// The polygons of a file, in map coordinates.
fn polygons(window: &mut Window, path: std::path::PathBuf) -> Vec<Polygon<f64>> {
    window.open(path);
    let layer = window.state().layers.last().unwrap();
    let Content::File(file) = &layer.content else { panic!("polygons") };
    let found = file.polygons.all().iter().map(|each| each.polygon.clone()).collect();
    let id = layer.id;
    window.apply(Command::RemoveLayer(id));
    found
}

/// Draws a label with the polygon tool and says what it is.
fn label(window: &mut Window, polygon: Polygon<f64>, class: &str) {
    let labels = |state: &State| state.project.as_ref().map_or(0, |project| project.snapshot().labels.len());
    let before = labels(window.state());
    window.apply(Command::UseTool(Tool::Polygon));
    window.apply(Command::Map(MapEvent::Drawn(Shape::Polygon(polygon))));
    window.wait("the label is there", |state| labels(state) == before + 1);
    let id = window.state().project.as_ref().unwrap().snapshot().labels.last().unwrap().id;
    window.apply(Command::SelectLabels(vec![Of::Label(id)], Keep::Nothing));
    window.apply(Command::SetClass(class.into()));
    window.wait("it has a class", |state| {
        state.project.as_ref().unwrap().label(id).is_some_and(|label| label.class.as_deref() == Some(class))
    });
}

#[test]
#[ignore = "trains for three minutes"]
fn eight_labels_and_three_minutes_make_a_better_model() {
    let mut window = Window::new([1600.0, 1000.0], ThemeChoice::Dark);
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("port.tif");
    std::fs::copy(sample(), &copy).unwrap();
    window.open(copy);
    let tanks = polygons(&mut window, sample().with_file_name("rotterdam_tanks_objects.geojson"));
    for polygon in tanks {
        label(&mut window, polygon, "storage tank");
    }
    let halls = [HALL, ROOF].map(|corners| Polygon::new(LineString::from(corners.to_vec()), Vec::new()));
    for polygon in halls {
        label(&mut window, polygon, "building");
    }
    window.apply(Command::UseTool(Tool::Pan));
    picture(&mut window, "labels");

    let tank_scene = window.state().layers.iter().find(|layer| layer.name.starts_with("port")).unwrap().id;
    window.apply(Command::SelectLayer(Some(tank_scene)));
    window.apply(Command::PickDevice(DeviceChoice::Cpu));
    window.apply(Command::UseTool(Tool::Area));
    let bounds = Bounds::of([593_150.0, 5_750_141.0], [593_311.0, 5_750_300.0]);
    window.apply(Command::Map(MapEvent::Drawn(Shape::Rectangle(bounds))));
    window.apply(Command::TypePhrase("the storage tanks".into()));
    window.apply(Command::Ask);
    wait_long(&mut window, "the first answer", |state| state.layers.len() == 2);
    window.settle();
    window.apply(Command::ZoomTo(tank_scene));

    let quiet = frames(&mut window, "frames without training");
    window.apply(Command::ToggleTrain);
    let form = TrainForm {
        budget: Budget::Minutes(3.0),
        device: DeviceChoice::Cpu,
        name: "tanks".into(),
        leaves_core: std::env::var_os("REFERENT_ALL_CORES").is_none(),
        ..window.state().train.form.clone()
    };
    window.apply(Command::SetTrain(Box::new(form)));
    window.settle();
    picture(&mut window, "train_form");
    assert_eq!(window.state().can(&Command::StartTraining), Ok(()));
    window.apply(Command::StartTraining);
    wait_long(&mut window, "half of it", |state| {
        state.train.run.as_ref().is_some_and(|run| run.last.is_some_and(|step| step.progress > 0.5))
    });
    let busy = frames(&mut window, "frames while training");
    picture(&mut window, "training");
    wait_long(&mut window, "the end", |state| state.training().is_none());
    window.wait("the model is in the list", |state| state.trained_model().is_some());
    window.settle();
    picture(&mut window, "trained");
    let run = window.state().train.run.clone().unwrap();
    let comparison = run.note.unwrap().comparison.expect("pictures were held out");
    println!("{} steps; {:?}", run.last.unwrap().step, run.pictures);
    for row in &comparison.rows {
        println!("{:.3} {:.3} {} {}", row.before, row.after, row.is_there, row.phrase);
    }
    let [before, after] = comparison.mean_iou.unwrap();
    println!("held out: IoU {before:.3} before, {after:.3} after; {:?}", comparison.figure);
    for entry in window.state().journal.entries() {
        println!("{:?} {} {}", entry.level, entry.what, entry.why);
    }

    window.click("Ask again with it");
    wait_long(&mut window, "the second answer", |state| state.layers.len() == 3);
    window.settle();
    assert_eq!(window.state().ask.model, "tanks");
    let swipe = window.state().map().swipe.expect("both answers side by side");
    let [old, new] = [swipe.left[0], swipe.right[0]].map(|id| window.state().layer(id).unwrap().name.clone());
    assert_eq!((old.as_str(), new.as_str()), ("the storage tanks", "the storage tanks (tanks)"));
    picture(&mut window, "compared");
    window.apply(Command::ShowTab(Some(referent::app::state::Tab::Train)));
    window.harness.run_steps(2);
    window.click("Roll back");
    assert_eq!(window.state().ask.model, "lite");

    let target = folder.path().join("tanks.geojson");
    window.press(Modifiers::COMMAND, egui::Key::E);
    let form = referent::app::state::ExportForm { path: target.display().to_string(), ..window.state().export.clone() };
    window.apply(Command::SetExport(form));
    window.apply(Command::Export);
    window.wait("the file is written", |state| state.done_last.is_some());
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&target).unwrap()).unwrap();
    assert!(!written["features"].as_array().unwrap().is_empty());
    assert!(after > before, "IoU {before:.3} before, {after:.3} after");
    assert!(busy < quiet.max(Duration::from_millis(16)) * 4, "the map is smooth: {busy:?} against {quiet:?}");
}
