//! Pictures of the window, light and dark, compared with those that were looked at.

use egui_kittest::SnapshotOptions;
use referent::app::command::{Command, Keep};
use referent::app::map::Tool;
use referent::app::state::{Dialog, Draws, ThemeChoice, TrainPage};
use referent::app::work::{FolderFor, News, ProjectNews, RunEnd, RunNote};
use referent::project::Of;
use referent::train::compare::{Comparison, Row};
use referent::train::events::{Event, Step};

use super::stage::{Window, own_sample};

/// Other drivers round text differently: a pixel may differ a little, and a few may differ much.
pub fn tolerant() -> SnapshotOptions {
    SnapshotOptions::new().threshold(2.0).max_failed_pixels(1500)
}

/// A window with a phrase that is partly unknown, and a file that is not there.
fn with_an_error(theme: ThemeChoice) -> Window {
    let mut window = Window::new([760.0, 520.0], theme);
    window.apply(Command::TypePhrase("the two largest ships west of the purple zeppelin".into()));
    window.apply(Command::Open(vec!["harbor.tif".into()]));
    window.wait("the error is there", |state| state.journal.errors() == 1);
    window.settle();
    window
}

#[test]
fn the_window_with_an_error_looks_as_it_did() {
    with_an_error(ThemeChoice::Light).harness.snapshot_options("error_light", &tolerant());
}

#[test]
fn the_palette_in_the_dark_looks_as_it_did() {
    let mut window = with_an_error(ThemeChoice::Dark);
    window.apply(Command::Show(Some(Dialog::Palette)));
    window.settle();
    window.harness.snapshot_options("palette_dark", &tolerant());
}

/// The Train tab after a run: curves, and the phrases before and after.
fn after_a_training(theme: ThemeChoice) -> Window {
    let mut window = Window::new([1280.0, 720.0], theme);
    let run = window.home.path().join("runs/tanks");
    std::fs::create_dir_all(&run).unwrap();
    let row =
        |phrase: &str, is_there, before, after| Row { phrase: phrase.into(), is_there, pictures: 1, before, after };
    let rows = vec![
        row("the large storage tank", true, 0.31, 0.74),
        row("the tank near the quay", true, 0.42, 0.66),
        row("a ship", false, 0.98, 1.0),
        row("the small storage tank", true, 0.55, 0.51),
    ];
    let note = RunNote {
        name: "tanks".into(),
        start: ("lite".into(), "lite".into()),
        datasets: vec!["labels".into()],
        began: 1_772_384_700,
        end: RunEnd::Done,
        comparison: Some(Comparison { rows, mean_iou: Some([0.43, 0.64]), figure: [0.56, 0.73] }),
        remembered: Some([0.44, 0.43]),
        ..RunNote::default()
    };
    std::fs::write(run.join("run.json"), serde_json::to_string(&note).unwrap()).unwrap();
    let mut story = vec![Event::Started { pictures: 34, validation: 8, device: "CPU (2 threads)".into() }];
    for step in 1..=120u64 {
        let share = step as f64 / 120.0;
        let grain = ((step * 37) % 11) as f64 / 11.0;
        story.push(Event::Step(Step {
            step,
            progress: share,
            loss: 0.9 * (-2.2 * share).exp() + 0.08 * grain,
            iou: Some(0.3 + 0.45 * share + 0.06 * grain),
            rate: 6e-4 * (1.0 - share).powf(0.9),
            gradient: 1.0,
            samples_per_second: 11.0 + grain,
            remaining: std::time::Duration::ZERO,
            memory: None,
        }));
        if step % 15 == 0 {
            story.push(Event::Validated { step, figure: 0.56 + 0.17 * share.sqrt(), best: true });
        }
    }
    let lines: Vec<String> = story.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    std::fs::write(run.join("events.jsonl"), lines.join("\n")).unwrap();
    let home = window.home.path().to_owned();
    window.apply(Command::AddTrainingData(FolderFor::Home, home));
    window.wait("the run is listed", |state| state.train.past.len() == 1);
    window
}

#[test]
fn the_outcome_of_a_training_looks_as_it_did() {
    let mut window = after_a_training(ThemeChoice::Light);
    let folder = window.state().train.past[0].folder.clone();
    window.apply(Command::ShowTrainPage(TrainPage::Form));
    window.apply(Command::ShowRun(folder));
    window.wait("its story is told", |state| state.train.page == TrainPage::Past);
    window.settle();
    window.harness.snapshot_options("train_outcome_light", &tolerant());
}

#[test]
fn the_form_of_a_training_looks_as_it_did() {
    let mut window = after_a_training(ThemeChoice::Dark);
    window.apply(Command::ToggleTrain);
    window.settle();
    window.harness.snapshot_options("train_form_dark", &tolerant());
}

/// The tab of labels with a named label, one without a name, and an area; without the raster, which is the map's affair.
fn with_labels(theme: ThemeChoice) -> (tempfile::TempDir, Window) {
    let (folder, scene) = own_sample();
    let mut window = Window::new([1180.0, 720.0], theme);
    window.open(scene);
    window.apply(Command::ToggleLabels);
    window.apply(Command::TypeAbsent("a ship".into()));
    let raster = window.state().layers[0].id;
    window.apply(Command::SetVisible(raster, false));
    window.apply(Command::UseTool(Tool::Rectangle));
    for place in [[[380.0, 330.0], [440.0, 390.0]], [[470.0, 440.0], [500.0, 470.0]], [[300.0, 520.0], [340.0, 545.0]]]
    {
        window.draw(place);
    }
    let ids: Vec<Of> = window.state().project.iter().flat_map(|project| project.rows("")).collect();
    for (of, phrase) in [(ids[1], "the small storage tank"), (ids[2], "the storage tank")] {
        window.apply(Command::SelectLabels(vec![of], Keep::Nothing));
        window.apply(Command::AddPhrase(phrase.into()));
    }
    window.apply(Command::SetDraws(Draws::Absence));
    window.draw([[120.0, 420.0], [240.0, 520.0]]);
    window.apply(Command::SelectLabels(vec![ids[2]], Keep::Nothing));
    window.settle();
    // Whenever the picture is taken, the labels were drawn at the same time.
    let mut kept = window.state().project.as_ref().unwrap().kept.clone();
    let snapshot = std::sync::Arc::make_mut(&mut kept.snapshot);
    let times = snapshot.labels.iter_mut().map(|label| &mut label.created);
    for time in times.chain(snapshot.areas.iter_mut().map(|area| &mut area.created)) {
        *time = Some("2026-11-25T23:15:00.000Z".into());
    }
    window.apply(Command::News(News::Project(ProjectNews::ChangedElsewhere(kept))));
    window.settle();
    (folder, window)
}

#[test]
fn labels_look_as_they_did() {
    let (_folder, mut window) = with_labels(ThemeChoice::Light);
    window.harness.snapshot_options("labels_light", &tolerant());
}

#[test]
fn labels_in_the_dark_look_as_they_did() {
    let (_folder, mut window) = with_labels(ThemeChoice::Dark);
    window.harness.snapshot_options("labels_dark", &tolerant());
}
