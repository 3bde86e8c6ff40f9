//! Words for places: "in the upper left part of the image", "the bottom-left ship", "to the upper right of".

use crate::text::describe::voice::Voice;
use crate::text::{Column, Extent, Place, Position, Row};

/// A place before the noun: "upper left", "far right".
pub(super) fn before_noun(position: &Position, voice: &mut Voice) -> String {
    let Some(place) = position.place else { return String::new() };
    let way = way(place, "", voice);
    if position.extent == Extent::Far { format!("far {way}") } else { way }
}

/// A place after the noun: "in the middle", "at the right edge of the image". Only of targets the frame is spoken of.
pub(super) fn after_noun(position: &Position, of_frame: bool, voice: &mut Voice) -> String {
    let Some(place) = position.place else { return String::new() };
    let is_side = place.row.is_none() || place.column.is_none();
    let is_row = place.column.is_none();
    let frame = if of_frame && voice.dares(0.45) {
        voice.pick(&["of the image", "of the image", "of the picture", "of the scene", "of the photo"])
    } else {
        ""
    };
    let text = match position.extent {
        Extent::Part => {
            let part = if frame.is_empty() || voice.dares(0.5) {
                ""
            } else {
                voice.pick(&["part", "side", "section", "region"])
            };
            // "middle side", "upper left side": nobody says that.
            let part = if part == "side" && (is_row || !is_side) { "part" } else { part };
            let on = match (is_row, is_side, part, frame) {
                (_, _, "part" | "section" | "region", _) => voice.pick(&["in", "in", "towards", "at"]),
                (true, ..) => voice.pick(&["at", "on", "at"]),
                (_, true, ..) => voice.pick(&["on", "on", "to"]),
                (_, _, _, "") => voice.pick(&["in", "on", "at"]),
                _ => voice.pick(&["in", "at", "towards", "near"]),
            };
            let is_middle = place.is_middle() && on == "on";
            let on = if is_middle { "in" } else { on };
            // "to the left" without its frame would wait for a landmark.
            let on = if on == "to" && frame.is_empty() { "on" } else { on };
            format!("{on} the {} {part}", way(place, part, voice))
        }
        Extent::Far if is_row => format!("at the {} {}", voice.pick(&["very", "very", "far"]), way(place, "", voice)),
        Extent::Far => format!("{} the far {}", voice.pick(&["on", "on", "at"]), way(place, "", voice)),
        Extent::Half => format!("in the {} half", way(place, "half", voice)),
        Extent::Third => format!("in the {} third", way(place, "third", voice)),
        Extent::Quarter => format!("in the {} {}", way(place, "quarter", voice), voice.pick(&["quarter", "quadrant"])),
        Extent::Corner => {
            format!("{} the {} corner", voice.pick(&["in", "in", "at", "near", "towards"]), way(place, "corner", voice))
        }
        Extent::Edge => {
            format!("{} the {} edge", voice.pick(&["at", "at", "along", "near"]), way(place, "edge", voice))
        }
    };
    format!("{} {frame}", text.trim_end()).trim_end().to_owned()
}

/// The head of a direction: "to the left of", "above". After a place "left of" alone would go on with that place.
pub(super) fn direction(place: Place, follows_place: bool, voice: &mut Voice) -> String {
    match (place.row, place.column) {
        (Some(Row::Top), None) => "above".into(),
        (Some(Row::Bottom), None) => "below".into(),
        (None, _) => match voice.pick(&["to", "on", "on", "", "side"]) {
            "" if !follows_place => format!("{} of", way(place, "", voice)),
            "side" => format!("on the {} side of", way(place, "", voice)),
            "" => format!("to the {} of", way(place, "", voice)),
            on => format!("{on} the {} of", way(place, "", voice)),
        },
        _ => format!("{} the {} of", voice.pick(&["to", "on", "on"]), way(place, "", voice)),
    }
}

/// "upper left", "top-left", "middle", "left". `of` is the word that follows: one says "the upper part" and "the top".
fn way(place: Place, of: &str, voice: &mut Voice) -> String {
    let (row, column) = (place.row, place.column);
    let alone = column.is_none();
    let column = column.map(|column| match column {
        Column::Left => "left",
        Column::Middle => "middle",
        Column::Right => "right",
    });
    let row = match row {
        Some(Row::Top) if alone && of.is_empty() => Some("top"),
        Some(Row::Bottom) if alone && of.is_empty() => Some("bottom"),
        Some(Row::Top) => Some(voice.pick(&["upper", "top"])),
        Some(Row::Bottom) => Some(voice.pick(&["lower", "bottom"])),
        Some(Row::Middle) => Some("middle"),
        None => None,
    };
    match (row, column) {
        (Some("middle"), Some("middle")) => voice.pick(&["middle", "middle", "center", "centre"]).into(),
        (Some(row), Some(column)) => {
            let middle = voice.pick(&["middle", "middle", "center"]);
            let word = |word: &'static str| if word == "middle" { middle } else { word };
            format!("{}{}{}", word(row), voice.pick(&[" ", " ", "-"]), word(column))
        }
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => String::new(),
    }
}
