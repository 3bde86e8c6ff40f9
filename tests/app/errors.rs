//! What goes wrong is said, with what to do, and nothing ends.

use referent::app::command::Command;
use referent::app::state::{Level, State, Tab, ThemeChoice};

use super::stage::{Window, fixture, sample};

fn last_error(state: &State) -> (String, String) {
    let entry = state.journal.entries().iter().rev().find(|entry| entry.level == Level::Error).expect("an error");
    (format!("{}: {}", entry.what, entry.why), entry.remedy.clone())
}

#[test]
fn a_missing_file_is_named_in_the_log_until_it_is_dismissed() {
    let mut window = Window::new([1000.0, 700.0], ThemeChoice::Light);
    window.apply(Command::Open(vec!["/no/such/harbor.tif".into()]));
    window.wait("the error is there", |state| state.journal.errors() == 1);
    let (text, remedy) = last_error(window.state());
    assert!(text.contains("harbor.tif") && !remedy.is_empty(), "{text} {remedy}");
    assert_eq!(window.state().tab, Some(Tab::Log), "an error shows itself");
    window.harness.run_steps(3);
    assert!(window.shows_part("harbor.tif"));
    window.click("Dismiss");
    assert_eq!(window.state().journal.errors(), 0);
}

#[test]
fn every_file_of_the_zoo_opens_or_says_why_not() {
    let mut window = Window::in_any_script([700.0, 500.0], ThemeChoice::Light);
    let mut files: Vec<_> = std::fs::read_dir(fixture("zoo")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|path| path.is_file() && path.extension().is_none_or(|ending| ending != "json" && ending != "xml"));
    let (mut opened, mut refused) = (0, 0);
    for path in &files {
        let name = path.display().to_string();
        window.apply(Command::Open(vec![path.clone()]));
        window.wait(&name, |state| state.jobs.is_empty());
        window.settle();
        match window.state().layers.len() {
            0 => {
                refused += 1;
                let (text, _) = last_error(window.state());
                assert!(text.len() > 10, "{name}: {text}");
            }
            _ => opened += 1,
        }
        let layers: Vec<_> = window.state().layers.iter().map(|layer| layer.id).collect();
        layers.into_iter().for_each(|layer| window.apply(Command::RemoveLayer(layer)));
        window.apply(Command::DismissAll);
    }
    println!("{opened} opened, {refused} refused");
    assert!(opened > 50 && refused > 5, "{opened} opened, {refused} refused");
}

#[test]
fn a_phrase_or_an_export_that_cannot_be_is_refused_in_words() {
    let mut window = Window::new([1000.0, 700.0], ThemeChoice::Light);
    window.open(sample());
    window.apply(Command::TypePhrase("  ".into()));
    window.apply(Command::Ask);
    assert!(window.state().asking().is_none(), "a phrase without a word is not asked");
    window.apply(Command::TypePhrase("the ships".into()));
    window.apply(Command::PickFrame(referent::app::state::FramePick::Area));
    window.apply(Command::Ask);
    let (text, remedy) = last_error(window.state());
    assert!(text.contains("area") && remedy.contains("rectangle"), "{text} {remedy}");
}
