//! How a phrase was read, as lines for a terminal.

use std::fmt;

use crate::text::noun_phrase::{ANYTHING, Attribute, Grouping, Number};
use crate::text::phrase::{Description, Phrase, Role};
use crate::text::render::{order_words, position_words};

/// ```text
/// target: storage tank (2, largest)
///   west of: river
///   near: harbor
/// read as: tenis = tennis
/// not understood: purposely
/// ```
impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for target in self.targets() {
            explain(f, "target", target, 0)?;
        }
        let corrected: Vec<String> = self
            .words
            .iter()
            .filter_map(|word| Some(format!("{} = {}", word.text, word.corrected.as_ref()?)))
            .collect();
        if !corrected.is_empty() {
            writeln!(f, "read as: {}", corrected.join(", "))?;
        }
        let unused: Vec<&str> =
            self.words.iter().filter(|word| word.role == Role::Unused).map(|word| word.text.as_str()).collect();
        if !unused.is_empty() {
            writeln!(f, "not understood: {}", unused.join(" "))?;
        }
        Ok(())
    }
}

fn explain(f: &mut fmt::Formatter<'_>, label: &str, description: &Description, depth: usize) -> fmt::Result {
    let indent = "  ".repeat(depth);
    writeln!(f, "{indent}{label}: {}", summary(description))?;
    for relation in &description.relations {
        let head = relation.head_words();
        for (place, landmark) in relation.landmarks.iter().enumerate() {
            let joint = if place == 0 { head.as_str() } else { relation.kind.joint() };
            explain(f, joint, landmark, depth + 1)?;
        }
    }
    for exception in &description.except {
        explain(f, "except", exception, depth + 1)?;
    }
    Ok(())
}

/// The noun and, in parentheses, all that is said of it without another noun.
fn summary(description: &Description) -> String {
    let noun = &description.noun;
    let mut notes: Vec<String> = Vec::new();
    match noun.number {
        Number::Exactly(count) => notes.push(count.to_string()),
        Number::All => notes.push("all".into()),
        Number::Several => notes.push("several".into()),
        Number::One | Number::Unstated => {}
    }
    notes.extend(noun.grouping.map(|grouping| match grouping {
        Grouping::Pair => "as a pair".to_owned(),
        Grouping::Group => "in a group".to_owned(),
        Grouping::Row => "in a row".to_owned(),
    }));
    notes.extend(description.orders.iter().map(|order| order_words(*order)));
    let words = |attribute: &Attribute| {
        if attribute.negated { format!("not {}", attribute.value) } else { attribute.value.clone() }
    };
    notes.extend(noun.attributes.iter().map(words));
    notes.extend(description.positions.iter().map(position_words));
    notes.extend(description.measures.iter().map(|measure| measure.words()));
    if !noun.known && noun.class != ANYTHING {
        notes.push("a word outside the lexicon".into());
    }
    let name = match &noun.kind {
        Some(kind) => format!("{kind}, a kind of {}", noun.class),
        None => noun.class.clone(),
    };
    if notes.is_empty() { name } else { format!("{name} ({})", notes.join(", ")) }
}
