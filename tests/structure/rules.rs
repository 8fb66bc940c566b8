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

/// Rules without a test, unless it is said why they have none.
pub(crate) fn untested_rules(ids: &str, explained: &str, tests: &[Source]) -> Vec<String> {
    let explained = rows(explained);
    let tests: Vec<String> = tests.iter().map(|test| test_code(test, tests)).collect();
    let cited: BTreeSet<&str> =
        tests.iter().flat_map(|test| test.lines()).flat_map(rule_ids).collect();
    // Schedules and TLS are not the session layer's.
    let ids = ids.lines().filter(|id| !["S-SCHED-", "S-TLS-"].iter().any(|f| id.starts_with(f)));
    ids.filter(|id| !cited.contains(id) && !explained.contains_key(id))
        .map(|id| format!("{id}: no test names it, and docs/RULES.md does not say why"))
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
