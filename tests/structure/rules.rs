//! The rules of the session layer by their ids: `docs/rules.txt` says of each where it comes from and
//! what proves it, `docs/RULES.md` is written from it, and nothing cites what is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::catalogue::Rule;
use crate::source::{Source, is_word, test_code};

/// What `docs/RULES.md` begins with.
const HEAD: &str = "\
# Rules

<!-- Written from docs/rules.txt: edit that, then run
UPDATE_DOCS=1 cargo test --test structure -->

The behaviour of the session layer is stated as rules with ids, such as `S-SEQ-07`: what the FIX
standard and its official test cases demand, and what we chose where they are silent. Code, tests and
settings cite them, and so do notices, faults and reasons, so that support reads why.
`fixline rule S-SEQ-07` prints one, `fixline rule` lists all. Bugs of other engines and our own, such as
`SEQ-30` and `EDGE-07`, are in the museum, `docs/MUSEUM.md`; `fixline rule` knows them too.

Each rule says, besides its words:

- *Source*: \"FIX 4.4 Vol. 2\" is the session protocol in the second volume of FIX 4.4 with Errata of
  2003; \"test case 2.c\" is one of the FIX Session Layer Test Cases of June 2020, whose numbers notices
  give in brackets; \"FIX Orchestra\" is the machine-readable standard of the FIX Trading Community;
  \"FIX Session Layer 2020\" is its technical standard of that year (ISO 3531-2), known here by
  what others quote of it; \"FIXS 1.1\" is FIX over TLS; \"ours\" is what no document says.
- *Choice*: what we do where the source leaves a choice, and the setting that does otherwise (`docs/SETTINGS.md`).
- *Seen elsewhere*: what other engines do differently, as a counterparty may have one of them.
- *Tests*: what fails when the rule is broken; `grep -rn NAME src tests` finds a test.

Words of the rules: the *expected number* is the MsgSeqNum(34) that the peer's next message must have;
a *repetition* is a message with PossDupFlag(43)=Y; to *fill* is to send a SequenceReset with
GapFillFlag(123)=Y; an *epoch* is the time between two resets of the numbers; a *reason* is
a SessionRejectReason(373), or a BusinessRejectReason(380).
";

/// The text of `docs/RULES.md`: an anchor for each id.
pub(crate) fn document(rules: &[Rule<'_>]) -> String {
    let mut text = HEAD.to_owned();
    let mut chapter = "";
    for rule in rules {
        if rule.chapter != chapter {
            chapter = rule.chapter;
            let _infallible = write!(text, "\n## {chapter}\n");
        }
        let _infallible = write!(text, "\n### {}\n\n{}\n\n", rule.id, rule.says);
        for (name, fact) in rule.facts() {
            let fact = match name {
                "Tests" => format!("`{}`", fact.replace(", ", "`, `")),
                _ => fact.to_owned(),
            };
            let _infallible = writeln!(text, "- {name}: {fact}");
        }
    }
    text.replace("\n\n\n", "\n\n")
}

/// Rules that are stated twice, that neither name a test nor say why they have none, and tests that
/// do not exist.
pub(crate) fn catalogue_faults(rules: &[Rule<'_>], tests: &[Source]) -> Vec<String> {
    let code = Tests::new(tests);
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    for rule in rules {
        let id = rule.id;
        if !ids.insert(id) {
            faults.push(format!("docs/rules.txt: {id} is stated twice"));
        }
        let facts: BTreeMap<_, _> = rule.facts().collect();
        if cited(id).next() != Some(id) {
            faults.push(format!("docs/rules.txt: {id} is no id that is looked for"));
        }
        if facts.contains_key("Tests") == facts.contains_key("Without a test") {
            faults
                .push(format!("docs/rules.txt: {id} needs `tests`, or `untested` with the reason"));
        }
        let named = facts.get("Tests").into_iter().flat_map(|names| names.split(", "));
        let ghosts = named.filter(|name| !code.have(name));
        faults.extend(ghosts.map(|name| format!("docs/rules.txt: {id}: no test {name}")));
    }
    faults
}

/// Ids that nothing explains.
pub(crate) fn unknown_ids(known: &BTreeSet<&str>, documents: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for document in documents {
        for (number, line) in document.text.lines().enumerate() {
            for id in cited(line).filter(|id| !known.contains(id)) {
                let place = format!("{}:{}", document.path, number + 1);
                faults.push(format!("{place}: {id} is in no docs/rules.txt and no docs/MUSEUM.md"));
            }
        }
    }
    faults
}

/// The families of ids with two parts: those of the catalogue, then those of the museum.
const FAMILIES: [&str; 12] =
    ["D", "INV", "FRM", "SEQ", "GAP", "LOG", "HB", "END", "EDGE", "CORE", "FILE", "SAFE"];

/// Every id in `line`: `S-SEQ-07`, or a family and two digits.
pub(crate) fn cited(line: &str) -> impl Iterator<Item = &str> {
    line.split(|char: char| !is_word(char) && char != '-').filter(|word| {
        let parts: Vec<&str> = word.split('-').collect();
        let is_number = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        match parts.as_slice() {
            ["S", family, number] => {
                is_number(number)
                    && family.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            }
            [family, number] => FAMILIES.contains(family) && is_number(number),
            _ => false,
        }
    })
}

/// The ids of the museum.
pub(crate) fn bugs(museum: &str) -> impl Iterator<Item = &str> {
    let ids = museum.lines().filter_map(|line| Some(line.strip_prefix("| ")?.split_once(" | ")?.0));
    ids.filter(|id| is_bug(id))
}

/// Places of texts that nobody has: ids are cited, they are explained.
pub(crate) fn unpublished(documents: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for document in documents {
        for (number, line) in document.text.lines().enumerate() {
            let line = line.to_ascii_lowercase();
            for word in ["section", "table", "step"] {
                if line.match_indices(word).any(|(at, _)| is_place(&line, at, word)) {
                    faults.push(format!(
                        "{}:{}: the {word} of a text that readers may not have: cite an id",
                        document.path,
                        number + 1
                    ));
                }
            }
        }
    }
    faults
}

/// Whether a number follows the word: `sections 5.1`.
fn is_place(line: &str, at: usize, word: &str) -> bool {
    let begins = !line[..at].chars().next_back().is_some_and(is_word);
    let behind = &line[at + word.len()..];
    let number = behind.strip_prefix('s').unwrap_or(behind).strip_prefix(' ');
    begins && number.is_some_and(|number| number.starts_with(|char: char| char.is_ascii_digit()))
}

/// The code of all tests.
struct Tests(Vec<String>);

impl Tests {
    fn new(tests: &[Source]) -> Self {
        Self(tests.iter().map(|test| test_code(test, tests)).collect())
    }

    /// Whether there is one of this name. A script that both adapters play has a parameter for the
    /// adapter.
    fn have(&self, name: &str) -> bool {
        let starts = [format!("fn {name}("), format!("fn {name}<")];
        self.0.iter().any(|code| starts.iter().any(|start| code.contains(start)))
    }
}

/// The groups of bugs in `docs/MUSEUM.md`, and how many entries each has.
pub(crate) const BUGS: [(&str, usize); 8] = [
    ("FRM", 29),
    ("SEQ", 38),
    ("GAP", 17),
    ("LOG", 26),
    ("HB", 16),
    ("END", 16),
    ("CORE", 20),
    ("FILE", 13),
];

/// Entries of the museum that are missing, name a test that does not exist, or say nothing of what
/// keeps the bug out.
pub(crate) fn museum_faults(museum: &str, bugs: &[(&str, usize)], tests: &[Source]) -> Vec<String> {
    let rows: BTreeMap<&str, &str> = museum
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
        .collect();
    let code = Tests::new(tests);
    let mut faults = Vec::new();
    for (group, count) in bugs {
        for number in 1..=*count {
            let id = format!("{group}-{number:02}");
            if !rows.contains_key(id.as_str()) {
                faults.push(format!("docs/MUSEUM.md: {id} is missing"));
            }
        }
    }
    for (id, row) in rows.into_iter().filter(|(id, _)| is_bug(id)) {
        if tests_named(row).next().is_none() && !row.contains("| by construction: ") {
            faults.push(format!("docs/MUSEUM.md: {id} names no test"));
        }
        let ghosts = tests_named(row).filter(|name| !code.have(name));
        faults.extend(ghosts.map(|name| format!("docs/MUSEUM.md: {id}: no test {name}")));
    }
    faults
}

/// Whether this is the id of a bug, `SEQ-07`, rather than the head of a table.
fn is_bug(id: &str) -> bool {
    id.split_once('-').is_some_and(|(group, number)| {
        group.chars().all(|char| char.is_ascii_uppercase()) && number.parse::<u8>().is_ok()
    })
}

/// The tests that an entry of the museum names.
fn tests_named(row: &str) -> impl Iterator<Item = &str> {
    row.split('`').skip(1).step_by(2).filter(|name| is_test(name))
}

/// Whether this is the name of a test rather than of something else.
fn is_test(name: &str) -> bool {
    name.matches('_').count() > 1 && !name.contains(|char: char| char.is_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::catalogue::read;

    fn test(text: &str) -> [Source; 1] {
        [Source::new("tests/session/a.rs", text)]
    }

    #[test]
    fn a_rule_names_tests_that_exist_or_says_why_not() {
        let tests = test("fn a_number_is_counted() {}");
        let faults = |facts: &str| {
            let text = format!("S-SEQ-07\nToo low.\n{facts}");
            catalogue_faults(&read(&text).unwrap(), &tests).len()
        };
        assert_eq!(faults("tests: a_number_is_counted"), 0);
        assert_eq!(faults("untested: a recommendation"), 0);
        assert_eq!(faults("source: ours"), 1);
        assert_eq!(faults("tests: a_number_is_counted\nuntested: why"), 1);
        assert_eq!(faults("tests: a_number_is_counted, a_number_is_lost"), 1);
        assert_eq!(faults("untested: once\n\nS-SEQ-07\nAgain.\nuntested: twice"), 1);
        let strange = read("S-seq-7\nToo low.\nuntested: why").unwrap();
        assert_eq!(catalogue_faults(&strange, &tests).len(), 1);
    }

    #[test]
    fn the_document_has_a_heading_for_each_chapter_and_each_id() {
        let rules =
            read("# Numbers\n\nS-SEQ-07\nToo low.\nsource: ours\ntests: a, b\n\nD-01\nWhen.")
                .unwrap();
        let written = document(&rules);
        let (_, body) = written.split_once("\n## ").unwrap();
        assert_eq!(
            body,
            "Numbers\n\n### S-SEQ-07\n\nToo low.\n\n- Source: ours\n- Tests: `a`, `b`\n\n### D-01\n\nWhen.\n\n"
        );
    }

    #[test]
    fn ids_that_nothing_explains_are_found() {
        let known = BTreeSet::from(["S-SEQ-07", "INV-04", "EDGE-01"]);
        let text = [Source::new(
            "docs/a.md",
            "S-SEQ-07, INV-04, S-SEQ, D-1, EDGE-01 (S-SEQ-99)\nFILE-9, FILE-09",
        )];
        assert_eq!(
            unknown_ids(&known, &text),
            [
                "docs/a.md:1: S-SEQ-99 is in no docs/rules.txt and no docs/MUSEUM.md",
                "docs/a.md:2: FILE-09 is in no docs/rules.txt and no docs/MUSEUM.md"
            ]
        );
    }

    #[test]
    fn places_in_unpublished_texts_are_found() {
        let faults = |text: &str| unpublished(&test(text)).len();
        for bad in ["// Section 5.2", "sections 5.1 to 5.3", "(table 13.6)", "steps 2 and 3"] {
            assert_eq!(faults(bad), 1, "{bad}");
        }
        assert_eq!(faults("the section 'a'; a table of 13; timetable 3; test case 5.2"), 0);
    }

    #[test]
    fn a_museum_with_holes_and_ghosts_is_found() {
        let tests = [Source::new("tests/a.rs", "fn a_bug_is_caught() {}")];
        let faults = |row: &str| museum_faults(row, &[("SEQ", 1)], &tests);
        assert!(faults("| SEQ-01 | bug | `a_bug_is_caught`, `Config` |").is_empty());
        assert!(faults("| SEQ-01 | bug | by construction: no `SeqNum` |").is_empty());
        assert_eq!(faults("| SEQ-02 | bug | `a_bug_is_caught` |").len(), 1);
        assert_eq!(faults("| SEQ-01 | bug | `a_bug_is_missed` |").len(), 1);
        assert_eq!(faults("| SEQ-01 | bug | hope |").len(), 1);
        // Of groups that are not complete yet, too.
        let first = "| SEQ-01 | bug | `a_bug_is_caught` |";
        assert_eq!(faults(&format!("{first}\n| END-01 | bug | `a_bug_is_missed` |")).len(), 1);
        assert_eq!(faults(&format!("{first}\n| END-01 | bug | hope |")).len(), 1);
        assert!(faults(&format!("| id | the bug | here |\n|---|---|---|\n{first}")).is_empty());
        // What both adapters play.
        let script = [Source::new("tests/a.rs", "fn a_bug_is_played<E: Edge>() {}")];
        let played = "| SEQ-01 | bug | `a_bug_is_played` |";
        assert!(museum_faults(played, &[("SEQ", 1)], &script).is_empty());
    }
}
