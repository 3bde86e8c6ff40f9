//! Commands at random: the state stays whole whatever comes, in whatever order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use geo::polygon;
use referent::app::command::{Command, Keep};
use referent::app::map::{Bounds, Camera, LayerId, MapEvent, Shape, Tool};
use referent::app::state::{
    Column, Dialog, Draws, ExportForm, ExportFormat, ExportPlace, FramePick, JobId, JobKind, LABELS, Overlay, Refine,
    Settings, State, Tab, ThemeChoice, TrainForm, TrainPage, TrainPart, Trouble,
};
use referent::app::work::{FolderFor, News, ProjectTask, RunNote, Task, Taught, Workers};
use referent::project::{Document, Of};
use referent::query::{Branch, DeviceChoice};
use referent::raster::StretchOptions;
use referent::train::dataset::Split;
use referent::train::events::{Event, Step};
use referent::train::recipe::Budget;

use super::stage::{fixture, own_sample};

/// A small generator (xorshift, Marsaglia 2003), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn number(&mut self) -> f32 {
        match self.roll(12) {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => -1.0,
            n => n as f32 / 10.0,
        }
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len() as u64) as usize].clone()
    }
}

fn any_command(dice: &mut Dice, state: &State) -> Command {
    let mut ids: Vec<LayerId> = state.layers.iter().map(|layer| layer.id).collect();
    ids.push(LayerId(dice.roll(40)));
    let layer = dice.pick(&ids);
    let bounds = Bounds::of([f64::from(dice.number()), 3.0], [593_100.0, 5_750_300.0]);
    match dice.roll(66) {
        0 => Command::Undo,
        1 => Command::Redo,
        2 => Command::SelectAll,
        3 => Command::SelectNone,
        4 => Command::DeleteObjects,
        5 => Command::MergeObjects,
        6 => Command::SelectObjects {
            layer,
            ids: (0..dice.roll(4)).collect(),
            keep: dice.pick(&[Keep::Nothing, Keep::Selected, Keep::Toggled]),
        },
        7 => Command::Highlight(Some((layer, dice.roll(5)))),
        8 => Command::ZoomIn,
        9 => Command::ZoomOut,
        10 => Command::ZoomFull,
        11 => Command::ZoomTo(layer),
        12 => Command::ZoomToSelection,
        13 => Command::OneToOne,
        14 => Command::ShowTab(dice.pick(&[None, Some(Tab::Log), Some(Tab::Labels), Some(Tab::Train)])),
        15 => Command::SetTheme(ThemeChoice::Dark),
        16 => Command::LargerText,
        17 => Command::UseTool(dice.pick(&[Tool::Pan, Tool::Area, Tool::Measure, Tool::Select])),
        44..=54 => any_labelling(dice, state),
        18 => Command::ClearArea,
        19 => Command::SelectLayer(Some(layer)),
        20 => Command::SetVisible(layer, dice.roll(2) == 0),
        21 => Command::SetOpacity(layer, dice.number()),
        22 => Command::Rename(layer, dice.pick(&["", " ", "a name", "ünï 🛰"]).into()),
        23 => Command::MoveLayer(layer, dice.roll(9) as usize),
        24 => Command::RaiseLayer,
        25 => Command::LowerLayer,
        26 if dice.roll(4) == 0 => Command::RemoveLayer(layer),
        27 => Command::SetStretch(layer, StretchOptions { bands: Some([1, 9, 2]), percentiles: None }),
        28 => Command::SetLimits(layer, [[dice.number(), dice.number()]; 3]),
        29 => {
            let number = dice.number();
            let resolution = Command::SetResolution(Some(f64::from(number)));
            dice.pick(&[Command::SetGamma(layer, number), Command::ToggleSight, resolution])
        }
        30 => Command::TypePhrase(
            dice.pick(&["", "the", "the ships", "xq zzy", "the two largest tanks 🛰 near", "the left zeppelin"]).into(),
        ),
        31 => dice.pick(&[Command::OlderPhrase, Command::NewerPhrase]),
        32 => Command::PickFrame(dice.pick(&FramePick::ALL)),
        33 => Command::PickDevice(DeviceChoice::Cpu),
        34 => dice.pick(&[Command::Ask, Command::AskAgain, Command::CancelAll, Command::Try("the ships".into())]),
        35 | 36 => Command::SetRefine(
            layer,
            Refine {
                threshold: dice.number(),
                min_area: f64::from(dice.number()) * 100.0,
                simplify: None,
                fill_holes: f64::from(dice.number()),
                even_if_absent: dice.number() > 0.5,
            },
        ),
        37 => dice.pick(&[
            Command::SetOverlay(layer, Overlay::Heat),
            Command::SetOverlay(layer, Overlay::Nothing),
            Command::ToggleAttention(Branch::Sentence),
            Command::ToggleAttention(Branch::Position),
        ]),
        38 => Command::SortBy(dice.pick(&Column::ALL)),
        39 => Command::Filter(dice.pick(&["", "score>0.5", "tank", "area<x", ">", "distance>1"]).into()),
        40 => Command::Show(dice.pick(&[None, Some(Dialog::Export), Some(Dialog::Palette)])),
        41 => Command::SetExport(ExportForm {
            format: dice.pick(&ExportFormat::ALL),
            place: dice.pick(&[ExportPlace::Usual, ExportPlace::Source, ExportPlace::Given]),
            crs: dice.pick(&["EPSG:4326", "nonsense", ""]).into(),
            selected_only: dice.roll(2) == 0,
            path: dice.pick(&["", "a/b.tif", "/"]).into(),
        }),
        42 => dice.pick(&[Command::Export, Command::ShowExport, Command::CopyCommandLine]),
        55..=65 => any_training(dice, state, [ids[0], layer]),
        _ => Command::Map(dice.pick(&[
            MapEvent::Camera(Camera::fit(bounds, egui::vec2(100.0, 50.0), false)),
            MapEvent::Drawn(Shape::Rectangle(bounds)),
            MapEvent::Hovered(None),
            MapEvent::Clicked { at: [0.0; 2], modifiers: egui::Modifiers::NONE, polygon: Some((layer, 1)) },
            MapEvent::Failed { layer, message: "a tile".into() },
        ])),
    }
}

/// Something done to teach a model, or to compare two layers.
fn any_training(dice: &mut Dice, state: &State, [left, right]: [LayerId; 2]) -> Command {
    let budgets = [Budget::Minutes(f64::from(dice.number())), Budget::Steps(dice.roll(9)), Budget::Epochs(2.0)];
    let removes = dice.roll(2) == 0;
    match dice.roll(10) {
        0 => dice.pick(&[Command::ToggleSwipe, Command::PickSwipe { left, right }]),
        1 => Command::Map(MapEvent::SwipeMoved(dice.number())),
        2 => Command::SetTrain(Box::new(TrainForm {
            labels: dice.roll(2) == 0,
            datasets: dice.pick(&[vec![], vec!["no/such/data".into()]]),
            part: dice.pick(&TrainPart::ALL),
            budget: dice.pick(&budgets),
            name: dice.pick(&["", "../up", "pools", "ünï"]).into(),
            start: dice.pick(&[None, Some("gone".to_owned()), Some("lite".to_owned())]),
            ..TrainForm::default()
        })),
        3 => Command::AddTrainingData(FolderFor::Learning, dice.pick(&["", "a", "/"]).into()),
        4 | 5 => {
            dice.pick(&[Command::StartTraining, Command::PauseTraining, Command::KeepBest, Command::CancelTraining])
        }
        6 => dice.pick(&[Command::UseTrained, Command::AskWithTrained, Command::RollBack { removes }]),
        7 => Command::ShowTrainPage(dice.pick(&[TrainPage::Form, TrainPage::Run, TrainPage::Past])),
        _ => any_training_news(dice, state),
    }
}

/// What a training might tell, of the one that runs or of none.
fn any_training_news(dice: &mut Dice, state: &State) -> Command {
    let job = state.training().map_or(JobId(3), |job| job.id);
    let step = Step {
        step: dice.roll(100),
        progress: f64::from(dice.number()),
        loss: f64::from(dice.number()),
        iou: Some(f64::from(dice.number())),
        rate: 1e-4,
        gradient: 1.0,
        samples_per_second: f64::from(dice.number()),
        remaining: Duration::from_secs(dice.roll(90)),
        memory: None,
    };
    let told = match dice.roll(5) {
        0 => Taught::Began { folder: "/nowhere".into() },
        1 => Taught::Baseline(f64::from(dice.number())),
        2 => Taught::Event(Event::Step(step)),
        3 => Taught::Event(Event::Validated { step: 3, figure: f64::from(dice.number()), best: true }),
        _ => Taught::Over {
            folder: "/nowhere".into(),
            note: Box::new(RunNote { name: "pools".into(), ..RunNote::default() }),
        },
    };
    Command::News(News::Taught(job, Box::new(told)))
}

/// Something done to labels; a tenth of all commands, as each is written to the disk.
fn any_labelling(dice: &mut Dice, state: &State) -> Command {
    if dice.roll(2) == 0 {
        let brush = [Tool::Brush { radius: 9.0 }, Tool::Eraser { radius: 9.0 }];
        let tools = [Tool::Rectangle, Tool::Polygon, Tool::Line, brush[0], brush[1], Tool::Vertices(LABELS, 65_536)];
        let (tool, draws) = (dice.pick(&tools), dice.pick(&[Draws::Label, Draws::Absence]));
        let (filter, absent) = (dice.pick(&["", "tank", "nothing of it"]), dice.pick(&["", "a ship"]));
        return dice.pick(&[
            Command::UseTool(tool),
            Command::SetDraws(draws),
            Command::EditCorners,
            Command::WiderBrush,
            Command::NarrowerBrush,
            Command::ToggleLabelLayer,
            Command::ToggleLabelNames,
            Command::FilterLabels(filter.into()),
            Command::TypeLabelPhrase("the ship".into()),
            Command::TypeAbsent(absent.into()),
            Command::HighlightLabel(items(state).first().copied()),
            Command::Suggest,
        ]);
    }
    let at = |dice: &mut Dice| {
        [593_200.0 + dice.roll(120) as f64, 5_750_120.0 + dice.roll(120) as f64, 5.0 + dice.roll(40) as f64]
    };
    let ([x, y, side], [x2, y2, _]) = (at(dice), at(dice));
    let line = vec![[x - side, y], [x2, y2]];
    let crossing = polygon![(x: x, y: y), (x: x + side, y: y + side), (x: x + side, y: y), (x: x, y: y + side)];
    let shape = dice.pick(&[
        Shape::Rectangle(Bounds::of([x, y], [x + side, y + side])),
        Shape::Polygon(crossing.clone()),
        Shape::Polygon(polygon![(x: x, y: y), (x: f64::NAN, y: y), (x: x, y: y2)]),
        Shape::Circle { center: [x, y], radius: side },
        Shape::Line(line.clone()),
        Shape::Stroke { path: line.clone(), radius: side / 4.0, erases: false },
        Shape::Stroke { path: line, radius: side / 2.0, erases: true },
    ]);
    let chosen: Vec<Of> = items(state).into_iter().filter(|_| dice.roll(3) == 0).collect();
    let polygon = state.project.as_ref().and_then(|project| project.kept.labels.all().last().map(|each| each.id));
    match dice.roll(14) {
        0..=3 => Command::Map(MapEvent::Drawn(shape)),
        4..=5 => Command::SelectLabels(chosen, dice.pick(&[Keep::Nothing, Keep::Selected, Keep::Toggled])),
        6 => dice.pick(&[Command::FillHoles, Command::AbsentInView, Command::Accept]),
        7 => Command::AddPhrase(dice.pick(&["", "the tank", "the two largest tanks 🛰", "\u{7}"]).into()),
        8 => Command::RemovePhrase("the tank".into()),
        9 => Command::SetClass(dice.pick(&["", "storage tank"]).into()),
        10 => Command::UseFor(dice.pick(&[None, Some(Split::Val)])),
        11 => dice.pick(&[Command::Undo, Command::Redo]),
        12 => dice.pick(&[Command::KeepWaiting, Command::DropWaiting, Command::CloseProject]),
        _ => Command::Map(MapEvent::Edited { layer: LABELS, id: polygon.unwrap_or(7), polygon: crossing }),
    }
}

fn items(state: &State) -> Vec<Of> {
    state.project.as_ref().map_or_else(Vec::new, |project| project.rows(""))
}

/// The job of a task that the monkey does not do.
fn job_of(task: &Task) -> Option<JobId> {
    match task {
        Task::Open { job, .. } | Task::Stretch { job, .. } | Task::Ask { job, .. } => Some(*job),
        Task::Export(request) => Some(request.job),
        Task::Train(request) if request.name.len() % 2 == 1 => Some(request.job),
        _ => None,
    }
}

fn run_until(state: &mut State, workers: &mut Workers, holds: impl Fn(&State) -> bool) {
    let started = Instant::now();
    while !holds(state) {
        assert!(started.elapsed() < Duration::from_secs(240), "jobs {:?}", state.jobs);
        for task in std::mem::take(&mut state.tasks) {
            workers.start(task);
        }
        for news in workers.news() {
            state.apply(Command::News(news));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn ten_thousand_random_commands_leave_the_state_whole() {
    let (folder, scene) = own_sample();
    let settings = Settings { home: Some(folder.path().join("home")), ..Settings::default() };
    let (mut state, mut workers) = (State::new(settings), Workers::new(|| {}));
    let other = folder.path().join("other.tif");
    std::fs::copy(fixture("zoo/crs_4326.tif"), &other).unwrap();
    state.apply(Command::Open(vec![scene, other]));
    run_until(&mut state, &mut workers, |state| state.layers.len() == 2);
    let tanks = Bounds::of([593_205.0, 5_750_150.0], [593_305.0, 5_750_280.0]);
    state.apply(Command::UseTool(Tool::Area));
    state.apply(Command::Map(MapEvent::Drawn(Shape::Rectangle(tanks))));
    let raster = state.layers.iter().find(|layer| layer.name == "port.tif").unwrap().id;
    state.apply(Command::SelectLayer(Some(raster)));
    state.apply(Command::TypePhrase("the storage tanks".into()));
    state.apply(Command::PickDevice(DeviceChoice::Cpu));
    state.apply(Command::Ask);
    run_until(&mut state, &mut workers, |state| state.layers.len() == 3);

    let mut dice = Dice(0x5eed_1234_9876_0001);
    // Has dice of its own, as one command more or less would change all that come after.
    let mut looker = Dice(0x5eed_1234_9876_0002);
    let mut edits = 0;
    for step in 0..10_000 {
        let command = any_command(&mut dice, &state);
        let said = format!("{command:?}");
        state.apply(command);
        if step % 20 == 0 {
            let metres = Command::SetResolution(Some(f64::from(looker.number())));
            state.apply(looker.pick(&[Command::ToggleSight, metres, Command::SetResolution(None)]));
        }
        for task in std::mem::take(&mut state.tasks) {
            match job_of(&task) {
                Some(job) => {
                    let trouble = Trouble { what: "x".into(), why: "y".into(), remedy: "z".into(), cancelled: false };
                    state.apply(Command::News(News::Failed(Some(job), trouble)));
                }
                None if matches!(task, Task::Refine { .. } | Task::Project(_) | Task::Sight(_)) => {
                    edits += usize::from(matches!(task, Task::Project(ProjectTask::Edit { .. })));
                    workers.start(task);
                }
                None => {}
            }
        }
        for news in workers.news() {
            state.apply(Command::News(news));
        }
        assert_whole(&state, step, &said);
        assert!(state.jobs.iter().filter(|job| job.kind == JobKind::Train).count() <= 1, "two trainings after {said}");
    }
    run_until(&mut state, &mut workers, |state| !state.labelling.is_busy() && state.tasks.is_empty());
    // What the window shows is what the file holds.
    let shown = state.project.as_ref().map(|project| (project.path.clone(), Arc::clone(project.snapshot())));
    drop(workers);
    for file in ["port.referent.gpkg", "other.referent.gpkg"].map(|name| folder.path().join(name)) {
        let Ok(document) = Document::open(&file) else { continue };
        let written = document.snapshot().unwrap();
        println!("{} labels and {} areas after {edits} edits", written.labels.len(), written.areas.len());
        if let Some((_, shown)) = shown.as_ref().filter(|(path, _)| *path == file) {
            assert_eq!((&written.labels, &written.areas), (&shown.labels, &shown.areas));
        }
    }
    assert!(edits > 50, "{edits} edits of a project");
}

fn assert_whole(state: &State, step: usize, said: &str) {
    let context = || format!("after step {step}: {said}");
    assert!(
        state.selected.is_none_or(|id| state.layer(id).is_some()),
        "a layer that is not there is selected {}",
        context()
    );
    for layer in &state.layers {
        assert!((0.0..=1.0).contains(&layer.opacity), "{}", context());
        let Some(query) = layer.query() else { continue };
        assert_eq!(query.drawn.ids.len(), query.drawn.answer.found.len(), "{}", context());
        assert_eq!(query.drawn.ids.len(), query.drawn.polygons.all().len(), "{}", context());
        assert!(query.selected.iter().all(|id| query.drawn.ids.contains(id)), "{}", context());
        assert!(state.results.order(query).len() <= query.drawn.ids.len(), "{}", context());
    }
    if let Some(project) = &state.project {
        assert!(project.selected.iter().all(|of| project.holds(*of)), "{}", context());
        assert!(project.highlighted.is_none_or(|of| project.holds(of)), "{}", context());
    }
    let camera = state.current_camera();
    assert!(camera.units_per_point > 0.0 && camera.center.iter().all(|value| value.is_finite()), "{}", context());
    let estimate = state.estimate();
    assert!(estimate.steps >= 0.0 || estimate.steps.is_nan(), "{}", context());
    if let Some(run) = &state.train.run {
        for curve in [&run.loss, &run.iou, &run.validation, &run.rate, &run.speed] {
            assert!(curve.points().iter().flatten().all(|value| value.is_finite()), "{}", context());
        }
    }
    let _ = state.map();
}
