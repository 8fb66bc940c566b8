//! The rules of the session layer by their ids: each is tested somewhere, or `docs/RULES.md` says
//! why not; and nothing names a rule that does not exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::rule_ids;
use crate::source::{Source, test_code};

/// The ids of sections 1 to 13 of the rules, one in a line.
pub(crate) const IDS: &str = include_str!("rules.txt");

/// The rows of a table in a document, by their first cell: `| S-SEQ-07 | why |`.
pub(crate) fn rows(table: &str) -> BTreeMap<&str, &str> {
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    cells.filter(|(id, _)| rule_ids(id).next() == Some(id)).collect()
}

/// Rules without a test, unless it is said why they have none; and those with both.
pub(crate) fn untested_rules(ids: &str, explained: &str, tests: &[Source]) -> Vec<String> {
    let explained = rows(explained);
    let tests: Vec<String> = tests.iter().map(|test| test_code(test, tests)).collect();
    let cited: BTreeSet<&str> =
        tests.iter().flat_map(|test| test.lines()).flat_map(rule_ids).collect();
    // Schedules and TLS are not the session layer's.
    let ids = ids.lines().filter(|id| !["S-SCHED-", "S-TLS-"].iter().any(|f| id.starts_with(f)));
    ids.filter(|id| cited.contains(id) == explained.contains_key(id))
        .map(|id| match cited.contains(id) {
            true => format!("{id}: docs/RULES.md says that it has no test, and one names it"),
            false => format!("{id}: no test names it, and docs/RULES.md does not say why"),
        })
        .collect()
}

/// Ids of rules that do not exist.
pub(crate) fn unknown_rules(ids: &str, documents: &[Source]) -> Vec<String> {
    let ids: BTreeSet<&str> = ids.lines().collect();
    let mut faults = Vec::new();
    for document in documents {
        for (number, line) in document.text.lines().enumerate() {
            let cited = rule_ids(line).filter(|id| id.matches('-').count() == 2);
            for id in cited.filter(|id| id.starts_with("S-") && !ids.contains(id)) {
                faults.push(format!("{}:{}: there is no rule {id}", document.path, number + 1));
            }
        }
    }
    faults
}

/// Where the text of the rules is at hand: whether the list of their ids is that of the text.
pub(crate) fn outdated_ids(ids: &str, text: &str) -> Vec<String> {
    let stated: BTreeSet<&str> = rows(text).into_keys().collect();
    let listed: BTreeSet<&str> = ids.lines().collect();
    stated
        .symmetric_difference(&listed)
        .map(|id| format!("tests/structure/rules.txt: {id}"))
        .collect()
}

/// The groups of bugs in `docs/MUSEUM.md`, and how many entries each has.
pub(crate) const BUGS: [(&str, usize); 7] =
    [("FRM", 29), ("SEQ", 38), ("GAP", 17), ("LOG", 26), ("HB", 16), ("END", 16), ("FILE", 13)];

/// Entries of the museum that are missing, name a test that does not exist, or say nothing of what
/// keeps the bug out.
pub(crate) fn museum_faults(museum: &str, bugs: &[(&str, usize)], tests: &[Source]) -> Vec<String> {
    let rows: BTreeMap<&str, &str> = museum
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
        .collect();
    let code: Vec<String> = tests.iter().map(|test| test_code(test, tests)).collect();
    // A script that both adapters play has a parameter for the adapter.
    let exists = |name: &str| {
        let starts = [format!("fn {name}("), format!("fn {name}<")];
        code.iter().any(|code| starts.iter().any(|start| code.contains(start)))
    };
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
        let ghosts = tests_named(row).filter(|name| !exists(name));
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

    const TWO: &str = "S-SEQ-07\nS-TLS-01\n";

    #[test]
    fn a_rule_is_tested_or_explained() {
        let test = |path: &str, text: &str| [Source::new(path, text)];
        let cited = test("tests/session/a.rs", "// S-SEQ-07\n");
        assert!(untested_rules(TWO, "", &cited).is_empty());
        let inside = test("src/session/a.rs", "#[cfg(test)]\nmod tests {\n// S-SEQ-07\n}\n");
        assert!(untested_rules(TWO, "", &inside).is_empty());
        let only_code = test("src/session/a.rs", "// S-SEQ-07\n");
        assert_eq!(untested_rules(TWO, "", &only_code).len(), 1);
        assert!(untested_rules(TWO, "| S-SEQ-07 | why not |", &only_code).is_empty());
        assert_eq!(untested_rules(TWO, "| S-SEQ-07 | why not |", &cited).len(), 1);
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

    #[test]
    fn rules_that_do_not_exist_are_found() {
        let text = [Source::new("docs/a.md", "S-SEQ-07, INV-04, S-SEQ, S-SEQ-99")];
        assert_eq!(unknown_rules(TWO, &text), ["docs/a.md:1: there is no rule S-SEQ-99"]);
    }

    #[test]
    fn a_list_that_is_not_that_of_the_text_is_found() {
        assert!(outdated_ids("S-SEQ-07\n", "| S-SEQ-07 | words, S-SEQ-08 |\n").is_empty());
        assert_eq!(outdated_ids(TWO, "| S-SEQ-07 | words |\n| S-SEQ-08 | words |\n").len(), 2);
    }
}
