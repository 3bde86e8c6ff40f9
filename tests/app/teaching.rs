//! Teaching a model in the window, from a folder of pictures to a model that can be picked, and everything that can go wrong.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use egui::Key;
use egui::Modifiers;
use image::{Rgb, RgbImage};
use referent::app::command::Command;
use referent::app::state::{Curve, Level, State, ThemeChoice, TrainForm, TrainPage};
use referent::app::work::{FolderFor, RunEnd, RunNote};
use referent::model::weights::ModelFile;
use referent::query::DeviceChoice;
use referent::train::dataset::Split;
use referent::train::dataset::triplets::{About, Triplet, save, save_picture};
use referent::train::mask::{Mask, Size};
use referent::train::recipe::Budget;
use referent::train::rle::Rle;

use super::stage::{Window, fixture, sample};

const SIDE: u32 = 64;
/// The field for the path of a data set.
const FIELD: &str = "Folder of triplets, or a data set";

/// Blue pools on grey ground: eight pictures to learn from, two held out, and a phrase in vain.
fn pools(folder: &Path) {
    let triplets = (0..10u32).flat_map(|number| {
        let at = [4 + number * 4, 30 - number * 2];
        let inside = |x: u32, y: u32| (at[0]..at[0] + 16).contains(&x) && (at[1]..at[1] + 20).contains(&y);
        let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| {
            if inside(x, y) { Rgb([40, 140, 220]) } else { Rgb([120 + ((x * 7 + y * 13) % 20) as u8, 118, 110]) }
        });
        let image = save_picture(folder, &format!("{number}"), &picture).unwrap();
        let mask = Mask::from_fn(Size::new(SIDE, SIDE).unwrap(), inside);
        let split = Some(if number < 8 { Split::Train } else { Split::Val });
        let about = |category: &str| About { category: Some(category.into()), split, ..About::default() };
        [
            Triplet {
                image: image.clone(),
                phrase: "the swimming pool".into(),
                target: Some(Rle::from_mask(&mask)),
                about: about("swimming pool"),
            },
            Triplet { image, phrase: "a ship".into(), target: None, about: about("ship") },
        ]
    });
    save(folder, &triplets.collect::<Vec<_>>()).unwrap();
}

fn steps(curve: &Curve) -> usize {
    curve.points().len()
}

fn loss(state: &State) -> usize {
    state.train.run.as_ref().map_or(0, |run| steps(&run.loss))
}

/// The Train tab with the pools added by hand, and the rest set for a run of so many steps.
fn ready(window: &mut Window, folder: &Path, count: u64) {
    pools(folder);
    window.press(Modifiers::NONE, Key::F9);
    window.harness.run_steps(2);
    assert!(window.shows("Draw labels, or add a data set to learn from"), "it says what is missing");
    window.type_into(FIELD, &folder.display().to_string());
    window.click("Add");
    window.wait("the data set is read", |state| state.can(&Command::StartTraining).is_ok());
    window.harness.run_steps(2);
    assert!(window.shows_part("10 pictures, 2 held out"));
    window.click("Rehearse what the model knows");
    assert!(!window.state().train.form.rehearses);
    let form = TrainForm {
        budget: Budget::Steps(count),
        device: DeviceChoice::Cpu,
        name: "pools".into(),
        ..window.state().train.form.clone()
    };
    window.apply(Command::SetTrain(Box::new(form)));
    window.harness.run_steps(2);
    assert!(window.shows_part("steps"), "what fits is told before it starts");
}

#[test]
fn a_model_is_trained_paused_kept_used_rolled_back_and_removed() {
    let mut window = Window::new([1400.0, 860.0], ThemeChoice::Light);
    let folder = tempfile::tempdir().unwrap();
    ready(&mut window, &folder.path().join("blue"), 48);
    window.click("Start training");
    window.wait("the curves have points", |state| loss(state) >= 3);
    assert!(window.shows_part("Curve of loss: "), "the curves are there");
    assert!(window.shows("Progress of the training"));
    let refused = window.state().can(&Command::StartTraining);
    assert_eq!(refused, Err("A model is being trained already"));

    window.click("Pause");
    // The step that was begun is still done.
    std::thread::sleep(Duration::from_millis(1500));
    window.harness.run_steps(2);
    let before = loss(window.state());
    std::thread::sleep(Duration::from_millis(1500));
    window.harness.run_steps(2);
    assert_eq!(loss(window.state()), before, "a paused run makes no step");
    assert!(window.shows_part("Paused at step"));
    window.click("Go on");
    window.wait("it goes on", |state| loss(state) > before);
    window.wait("a validation is done", |state| {
        state.train.run.as_ref().is_some_and(|run| run.best.is_some() && run.baseline.is_some())
    });
    window.click("Stop and keep the best");
    window.wait("it is over", |state| state.training().is_none());
    window.wait("the model is in the list", |state| state.ask.models.iter().any(|model| model.name == "pools"));
    window.settle();

    let run = window.state().train.run.clone().unwrap();
    let note = run.note.unwrap();
    assert_eq!(note.end, RunEnd::Kept);
    assert!(run.last.unwrap().step < 48, "it ended early");
    let comparison = note.comparison.unwrap();
    println!("before and after {:?}", comparison.figure);
    assert_eq!(comparison.rows.iter().map(|row| row.pictures).collect::<Vec<_>>(), [2, 2]);
    assert!(comparison.mean_iou.is_some());
    assert!(window.shows("Phrase held out") && window.shows_part("the swimming pool"));
    let file = ModelFile::open(&note.model.unwrap()).unwrap();
    file.verify().unwrap();
    let card = file.card().unwrap();
    assert!(card.name == "pools" && card.what.contains("lite fine-tuned on blue, 20"), "{card:?}");
    assert!(card.calibration.is_some() && card.metrics.contains_key("validation mIoU"), "{card:?}");

    window.click("Use this model");
    assert_eq!(window.state().ask.model, "pools");
    assert!(window.state().can(&Command::UseTrained).is_err());
    window.click("Roll back");
    assert_eq!(window.state().ask.model, "lite");
    assert!(window.state().ask.models.iter().any(|model| model.name == "pools"), "it stays in the list");
    window.click("Use this model");
    window.click("Roll back and remove");
    window.wait("it is off the list", |state| state.ask.models.iter().all(|model| model.name != "pools"));
    assert_eq!(window.state().ask.model, "lite");
    window.harness.run_steps(2);
    window.click("Put into the list");
    window.wait("it is back", |state| state.ask.models.iter().any(|model| model.name == "pools"));

    window.click("New run");
    window
        .wait("the run is listed", |state| state.train.past.len() == 1 && state.train.past[0].note.end == RunEnd::Kept);
    window.harness.run_steps(2);
    window.click("pools");
    window.wait("it is shown", |state| state.train.page == TrainPage::Run);
    let log = window.state().journal.entries();
    assert!(
        log.iter().any(|entry| entry.level == Level::Done && entry.what.contains("pools is in the list")),
        "{log:?}"
    );
}

#[test]
fn a_cancelled_run_leaves_no_model_and_goes_on_to_its_end() {
    let mut window = Window::new([1400.0, 860.0], ThemeChoice::Light);
    let folder = tempfile::tempdir().unwrap();
    ready(&mut window, &folder.path().join("blue"), 8);
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    window.wait("a step is done", |state| loss(state) >= 1);
    let at = Instant::now();
    window.click("Cancel");
    window.wait("it is stopped", |state| state.training().is_none());
    println!("cancelled after {:.1?}", at.elapsed());
    let run = window.state().train.run.clone().unwrap();
    assert_eq!(run.note.as_ref().unwrap().end, RunEnd::Stopped);
    let stopped = run.last.unwrap().step;
    assert!(stopped < 8);
    assert!(!window.home.path().join("models/pools.safetensors").exists());
    window.wait("it is listed", |state| state.train.past.iter().any(|run| run.can_go_on()));
    window.click("New run");
    window.click("Go on with pools");
    window.wait("it is done", |state| {
        state.training().is_none() && state.train.run.as_ref().is_some_and(|run| run.note.is_some())
    });
    let run = window.state().train.run.clone().unwrap();
    assert_eq!((run.note.unwrap().end, run.last.unwrap().step), (RunEnd::Done, 8));
    window.wait("the model is there", |state| state.ask.models.iter().any(|model| model.name == "pools"));
    assert!(!window.state().train.past.is_empty());
}

fn errors(window: &Window) -> Vec<(String, String)> {
    let entries = window.state().journal.entries().iter();
    entries
        .filter(|entry| entry.level == Level::Error)
        .map(|entry| (format!("{}: {}", entry.what, entry.why), entry.remedy.clone()))
        .collect()
}

#[test]
fn what_cannot_be_trained_is_said_with_what_to_do_and_nothing_is_left_behind() {
    let mut window = Window::new([1100.0, 760.0], ThemeChoice::Light);
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("triplets.jsonl"), "{\"image\": 3}\nnonsense\n").unwrap();
    window.press(Modifiers::NONE, Key::F9);
    window.apply(Command::AddTrainingData(FolderFor::Learning, broken.clone()));
    window.wait("it is refused", |state| state.journal.errors() == 1);
    let reason = window.state().can(&Command::StartTraining).unwrap_err();
    assert!(reason.contains("cannot be used"), "{reason}");
    let (text, remedy) = errors(&window).pop().unwrap();
    assert!(text.contains("broken") && !remedy.is_empty(), "{text} {remedy}");
    window.harness.run_steps(2);
    window.click("Take broken off");
    assert!(window.state().train.form.datasets.is_empty());

    // A picture that is gone between the look and the run.
    let data = folder.path().join("pools");
    pools(&data);
    window.apply(Command::AddTrainingData(FolderFor::Learning, data.clone()));
    window.wait("it is read", |state| state.can(&Command::StartTraining).is_ok());
    let form = TrainForm {
        budget: Budget::Steps(3),
        rehearses: false,
        device: DeviceChoice::Cpu,
        ..window.state().train.form.clone()
    };
    window.apply(Command::SetTrain(Box::new(form.clone())));
    fs::remove_dir_all(data.join("images")).unwrap();
    window.apply(Command::StartTraining);
    window.wait("it failed", |state| state.training().is_none());
    let (text, remedy) = errors(&window).pop().unwrap();
    assert!(!text.is_empty() && !remedy.is_empty(), "{text} {remedy}");
    assert!(window.state().train.run.as_ref().unwrap().trouble.is_some());
    let left = fs::read_dir(window.home.path().join("runs")).unwrap().count();
    assert_eq!(left, 0, "a run that never made a step leaves nothing");

    // A folder of runs that cannot be written.
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    window.apply(Command::AddTrainingData(FolderFor::Home, file.join("in it")));
    pools(&data);
    window.wait("the list is read again", |state| state.can(&Command::StartTraining).is_ok());
    window.apply(Command::StartTraining);
    window.wait("it failed", |state| state.training().is_none());
    let (text, remedy) = errors(&window).pop().unwrap();
    assert!(text.contains("in it") && remedy.contains("folder") || remedy.contains("place"), "{text} {remedy}");

    for (change, missing) in [
        (TrainForm { name: "../up".into(), ..form.clone() }, "name may have"),
        (TrainForm { name: "lite".into(), ..form.clone() }, "this name already"),
        (TrainForm { budget: Budget::Minutes(f64::NAN), ..form.clone() }, "how long"),
        (TrainForm { start: Some("gone".into()), ..form.clone() }, "model to start from"),
        (TrainForm { datasets: Vec::new(), ..form.clone() }, "add a data set"),
    ] {
        window.apply(Command::SetTrain(Box::new(change)));
        let reason = window.state().can(&Command::StartTraining).unwrap_err();
        assert!(reason.contains(missing), "{reason}");
    }
}

#[test]
fn a_run_that_was_killed_is_noticed_at_the_next_start() {
    let mut window = Window::new([1100.0, 760.0], ThemeChoice::Light);
    let run = window.home.path().join("runs/tanks");
    fs::create_dir_all(&run).unwrap();
    let note = RunNote { name: "tanks".into(), start: ("lite".into(), "lite".into()), began: 9, ..RunNote::default() };
    fs::write(run.join("run.json"), serde_json::to_string(&note).unwrap()).unwrap();
    fs::write(run.join("checkpoint.safetensors"), "torn").unwrap();
    // The window looks for runs when its home is chosen, as it does at the start.
    let home = window.home.path().to_owned();
    window.apply(Command::AddTrainingData(FolderFor::Home, home));
    window.wait("it is listed", |state| state.train.past.len() == 1);
    assert!(window.state().train.past[0].was_killed());
    window.press(Modifiers::NONE, Key::F9);
    window.harness.run_steps(2);
    assert!(window.shows_part("ended from outside"));
    assert!(window.shows("Go on with tanks"));
}

#[test]
fn two_layers_are_compared_side_by_side() {
    let mut window = Window::new([1000.0, 700.0], ThemeChoice::Light);
    window.open(sample());
    assert!(window.state().can(&Command::ToggleSwipe).is_err());
    window.open(fixture("scenes/rotterdam_quay/rotterdam_quay_objects.geojson"));
    window.press(Modifiers::NONE, Key::F4);
    let ids: Vec<_> = window.state().layers.iter().map(|layer| layer.id).collect();
    let swipe = window.state().map().swipe.expect("a divider");
    assert!(swipe.left.contains(&ids[0]) && swipe.right.contains(&ids[1]) && swipe.position == 0.5);
    let divider = {
        use egui_kittest::kittest::Queryable;
        window.harness.get_by_label("Swipe divider").rect().center()
    };
    window.drag(divider, divider - egui::vec2(120.0, 0.0));
    let moved = window.state().map().swipe.unwrap().position;
    assert!(moved < 0.45, "{moved}");
    window.apply(Command::PickSwipe { left: ids[1], right: ids[0] });
    assert_eq!(window.state().map().swipe.unwrap().position, moved, "the divider stays where it is");
    window.apply(Command::RemoveLayer(ids[1]));
    assert!(window.state().map().swipe.is_none(), "with one layer nothing is compared");
    window.apply(Command::Undo);
    assert!(window.state().map().swipe.is_some());
    window.harness.run_steps(2);
    window.click("End comparing");
    assert!(window.state().map().swipe.is_none());
}
