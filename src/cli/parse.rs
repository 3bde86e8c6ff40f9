//! `referent parse`: how a phrase is read.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::console;
use crate::assets;
use crate::error::Result;
use crate::text::Phrase;
use crate::text::official::{Decoupled, Rule};
use crate::text::tokens::{TokenViews, WordPiece};

/// Arguments of `referent parse`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The phrase
    phrase: String,
    /// Who reads it
    #[arg(long, value_enum, default_value = "lite")]
    rule: Reader,
    /// Prints one line of JSON
    #[arg(long)]
    json: bool,
}

/// Values of `--rule`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Reader {
    /// Referent's own reading: target, attributes, position, relations
    Lite,
    /// The masks of the published program for RefSegRS, 20 tokens
    OfficialRefsegrs,
    /// The masks of the published program for RRSIS-D, 22 tokens
    OfficialRrsisd,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let rule = match arguments.rule {
        Reader::Lite => {
            let phrase = Phrase::parse(&arguments.phrase)?;
            if arguments.json {
                return console::say_json(&phrase);
            }
            console::say(phrase.to_string())?;
            return Ok(());
        }
        Reader::OfficialRefsegrs => Rule::RefSegRS,
        Reader::OfficialRrsisd => Rule::RrsisD,
    };
    let word_piece = WordPiece::from_bytes(&assets::read("text/wordpiece.tokenizer.json")?)?;
    let parts = Decoupled::new(rule, &arguments.phrase);
    let views = TokenViews::official(&word_piece, &arguments.phrase, &parts, rule.max_tokens())?;
    let (object, position) = (parts.object_words(rule.max_tokens()), parts.position_words(rule.max_tokens()));
    if arguments.json {
        return console::say_json(&json!({
            "sentence": arguments.phrase,
            "ids": views.ids,
            "sentence_mask": views.sentence,
            "object_mask": views.object,
            "position_mask": views.position,
            "object_words": object,
            "position_words": position,
            "dropped_tokens": views.dropped,
        }));
    }
    console::say(format!("object:   {}", object.join(" ")))?;
    console::say(format!("position: {}", position.join(" ")))?;
    if views.dropped > 0 {
        console::warn(format!(
            "the sentence is {} tokens too long for this rule: its end is not read, as in the published program",
            views.dropped
        ));
    }
    Ok(())
}
