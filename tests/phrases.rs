//! Phrases.
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
