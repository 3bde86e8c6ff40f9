//! Phrases.
use proptest::prelude::*;
use referent::text::Phrase;
#[test]
fn show() {
    let Ok(path) = std::env::var("SHOW") else { return };
    for line in std::fs::read_to_string(path).unwrap().lines() {
        match Phrase::parse(line) {
            Ok(p) => {
                let r = p.render();
                let again = Phrase::parse(&r).unwrap();
                println!("# {line}\n{p}=> {r}{}", if again.means_the_same_as(&p) { "" } else { "\n!!!!! DIFFERS" });
            }
            Err(e) => println!("# {line}\nERR {e}"),
        }
    }
}
fn words() -> Vec<String> {
    let mut v: Vec<String> = Vec::new();
    for line in include_str!("../assets/text/words.tsv").lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        v.extend(line.split('|').nth(2).unwrap().split(',').map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()));
    }
    for line in include_str!("../assets/text/classes.tsv").lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let c: Vec<&str> = line.split('|').collect();
        v.push(c[0].trim().into());
        v.push(c[0].trim().to_owned() + "s");
        v.extend(c[3].split(',').map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()));
        v.extend(c[4].split(',').map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()));
    }
    for w in ["the", "a", ",", "(", ")", "2", "100 m", "200", "zorp", "gizmos", "2nd", "ship's"] {
        for _ in 0..12 {
            v.push(w.into());
        }
    }
    v
}
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: std::env::var("CASES").ok().and_then(|c| c.parse().ok()).unwrap_or(2000), ..ProptestConfig::default() })]
    #[test]
    fn salad(ws in prop::collection::vec(prop::sample::select(words()), 1..14)) {
        let text = ws.join(" ");
        if let Ok(p) = Phrase::parse(&text) {
            let again = Phrase::parse(&p.render()).unwrap();
            prop_assert!(again.means_the_same_as(&p), "{text}\n{p}\n{}\n{again}\n{}", p.render(), again.render());
        }
    }
}
