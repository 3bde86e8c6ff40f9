//! Regular English plurals, there and back.

/// The regular plural of a noun phrase: of its last word.
pub(crate) fn plural_of(word: &str) -> String {
    let ends_in_consonant_y = word.ends_with('y') && !["ay", "ey", "oy", "uy"].iter().any(|end| word.ends_with(end));
    if ends_in_consonant_y && word.len() > 1 {
        format!("{}ies", &word[..word.len() - 1])
    } else if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

/// The singular of a regular plural the lexicon does not know; `None` if the word does not look like one.
pub(crate) fn singular_of(word: &str) -> Option<String> {
    let stem = word.strip_suffix('s').filter(|stem| stem.chars().count() > 2)?;
    if ["s", "u", "i"].iter().any(|end| stem.ends_with(end)) {
        return None;
    }
    let candidates = [
        stem.strip_suffix("ie").map(|stem| format!("{stem}y")),
        stem.strip_suffix('e').map(Into::into),
        Some(stem.into()),
    ];
    candidates
        .into_iter()
        .flatten()
        .find(|singular: &String| singular.chars().count() > 2 && plural_of(singular) == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_plurals_go_there_and_back() {
        for (one, many) in
            [("tank", "tanks"), ("ferry", "ferries"), ("bus", "buses"), ("bay", "bays"), ("house", "houses")]
        {
            assert_eq!(plural_of(one), many);
        }
        for (many, one) in [("widgets", "widget"), ("gizmos", "gizmo"), ("foxes", "fox"), ("puppies", "puppy")] {
            assert_eq!(singular_of(many).as_deref(), Some(one));
        }
        for same in ["glass", "gas", "bus", "this", "is"] {
            assert_eq!(singular_of(same), None, "{same}");
        }
    }
}
