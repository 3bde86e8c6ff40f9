//! Edits survive the end of the program at any moment.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use referent::project::{Document, Edit};

use crate::{label, square, utm};

/// Names the document that the child edits until it is killed.
const VARIABLE: &str = "REFERENT_TEST_CRASH_DOCUMENT";

#[test]
fn an_edit_that_returned_is_there_after_a_kill_and_one_that_did_not_is_whole_or_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    drop(Document::create(&path, Some(&utm())).unwrap());
    let mut sure = 0;
    for round in 0..4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::a_child_edits_until_it_is_killed", "--ignored", "--nocapture"])
            .env(VARIABLE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = lines.map_while(Result::ok).filter(|line| line.contains("edit is done"));
        let wanted = 5 + 3 * round;
        sure += told.by_ref().take(wanted).count();
        // SIGKILL: nothing of the child runs any more. It is somewhere within the next edit.
        std::thread::sleep(std::time::Duration::from_micros(700 * round as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        sure += told.count();
        let mut document = Document::open(&path).unwrap();
        let labels = document.labels().unwrap();
        let done = document.history().unwrap().len();
        assert!(done == sure || done == sure + 1, "{done} edits are there, {sure} were told");
        assert_eq!(labels.len(), 2 * done, "no half of an edit");
        assert!(labels.iter().all(|label| label.phrases.len() == 1));
        // What the crash left can be edited on, and its history walked.
        document.undo().unwrap().unwrap();
        assert_eq!(document.labels().unwrap().len(), 2 * (done - 1));
        document.redo().unwrap().unwrap();
        assert_eq!(document.labels().unwrap(), labels);
        sure = done;
    }
}

#[test]
#[ignore = "the other half of the test above, which starts it"]
fn a_child_edits_until_it_is_killed() {
    let Some(path) = std::env::var_os(VARIABLE) else { return };
    let mut document = Document::open(path.as_ref()).unwrap();
    for number in 0..100_000 {
        let x = 5e5 + f64::from(number);
        let pair =
            vec![label(square(x, 5e6, 9.0), "ship", &["a ship"]), label(square(x, 6e6, 9.0), "ship", &["a ship"])];
        document.apply(&Edit::AddLabels(pair)).unwrap();
        println!("edit is done");
    }
}
