//! The arrows between the rooms of the crate, read from the source: who may use whom, and which outside crates stay where.
#![allow(clippy::unwrap_used, reason = "a test that cannot read the source has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// A room and the rooms of ours it may use. `error`, `job`, `files` and `assets` lie below all of them.
const ARROWS: &[(&str, &[&str])] = &[
    ("raster", &[]),
    ("vector", &["raster"]),
    ("text", &[]),
    ("model", &[]),
    ("query", &["raster", "vector", "text", "model"]),
    ("train", &["raster", "vector", "text", "model", "query"]),
    ("project", &["train", "raster", "vector", "text", "model", "query"]),
    ("app", &["project", "train", "raster", "vector", "text", "model", "query"]),
    ("cli", &["project", "train", "raster", "vector", "text", "model", "query"]),
];
/// Files below every room.
const GROUND: &[&str] = &["classes", "error", "job", "files", "assets"];
/// An outside crate and the places (rooms or files) that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("gdal", &["src/raster", "src/vector"]),
    ("gdal_sys", &["src/raster", "src/vector"]),
    ("burn", &["src/model", "src/query/engine.rs", "src/query/device.rs", "src/train"]),
    ("tokenizers", &["src/text"]),
    ("safetensors", &["src/model", "src/train/checkpoint.rs"]),
    ("rusqlite", &["src/project"]),
    ("clap", &["src/cli"]),
    ("eframe", &["src/app"]),
    ("egui", &["src/app"]),
    ("egui_extras", &["src/app"]),
    ("egui_plot", &["src/app"]),
    ("rfd", &["src/app"]),
    ("wgpu", &["src/app", "src/query/device.rs"]),
    ("egui", &["src/app"]),
    ("eframe", &["src/app"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// Code lines of a file without its comments.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned()).collect()
}

/// The first path segments that follow `prefix::` in a line: `crate::raster::Scene` gives `raster`.
fn named_after<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(prefix) {
        let (before, after) = (&rest[..at], &rest[at + prefix.len()..]);
        rest = after;
        let starts_a_path = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
        if starts_a_path {
            names.push(after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default());
        }
    }
    names
}

#[test]
fn every_arrow_between_rooms_is_an_allowed_one() {
    let mut wrong = Vec::new();
    for (room, allowed) in ARROWS {
        for path in sources(&root().join("src").join(room)) {
            for line in code(&path) {
                for name in named_after(&line, "crate::") {
                    let is_room = ARROWS.iter().any(|(other, _)| *other == name);
                    if is_room && name != *room && !allowed.contains(&name) {
                        wrong.push(format!("{} uses {name}: {}", path.display(), line.trim()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_ground_uses_no_room() {
    for file in GROUND {
        for line in code(&root().join(format!("src/{file}.rs"))) {
            let rooms: Vec<_> = named_after(&line, "crate::").into_iter().filter(|n| !GROUND.contains(n)).collect();
            assert!(rooms.is_empty(), "{file}.rs uses {rooms:?}: {line}");
        }
    }
}

#[test]
fn outside_crates_stay_with_their_owners() {
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        let place = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        for line in code(&path) {
            for (outside, owners) in OWNERS {
                let named = line.contains(&format!("{outside}::")) && !named_first(&line, outside).is_empty();
                if named && !owners.iter().any(|owner| place.starts_with(owner)) {
                    wrong.push(format!("{place} names {outside}: {}", line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Places of a line where a path starts with the crate `outside`.
fn named_first<'a>(line: &'a str, outside: &str) -> Vec<&'a str> {
    named_after(line, &format!("{outside}::"))
}

#[test]
fn every_room_has_a_rule() {
    let rooms: Vec<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    for room in rooms {
        assert!(ARROWS.iter().any(|(known, _)| *known == room), "src/{room} has no rule in ARROWS");
    }
}
