//! `fixline rule`: what a rule says that a notice, a fault or a comment cites by its id.

mod catalogue;
mod show;

use std::process::ExitCode;

use clap::Args;
use fixline::settings::nearest;

use catalogue::Rule;

/// Explain rules by the ids that notices, faults and reasons cite: what a rule says, where it comes
/// from, what was chosen, what other engines do, what proves it.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// `S-RSND-09`; `SEQ-07` for a bug in the museum; `S-RSND` for all that begin so. Everything is
    /// listed without one.
    ids: Vec<String>,
}

const CATALOGUE: &str = include_str!("../../../../docs/rules.txt");
const MUSEUM: &str = include_str!("../../../../docs/MUSEUM.md");

pub(super) fn run(options: &Options) -> ExitCode {
    let text = catalogue::read(CATALOGUE).and_then(|rules| answer(&rules, &options.ids));
    match text {
        Ok(text) => super::print(text.as_bytes()),
        Err(message) => {
            super::tell::tell(&format!("error: {message}"));
            ExitCode::FAILURE
        }
    }
}

/// What was asked for, or that it is not there.
fn answer(rules: &[Rule<'_>], ids: &[String]) -> Result<String, String> {
    let bugs: Vec<Bug<'_>> = MUSEUM.lines().filter_map(bug).collect();
    if ids.is_empty() {
        return Ok(list(rules, &bugs, ""));
    }
    let mut texts = Vec::new();
    for written in ids {
        texts.push(one(rules, &bugs, written)?);
    }
    Ok(texts.join("\n"))
}

/// One id, or all that begin so.
fn one(rules: &[Rule<'_>], bugs: &[Bug<'_>], written: &str) -> Result<String, String> {
    // A notice says `S-SEQ-07 (2.c)`.
    let id = written.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    if let Some(rule) = rules.iter().find(|rule| rule.id == id) {
        return Ok(show::rule(rule));
    }
    if let Some(bug) = bugs.iter().find(|bug| bug.id == id) {
        return Ok(show::bug(bug));
    }
    let family = list(rules, bugs, &format!("{id}-"));
    if family.is_empty() {
        let ids = rules.iter().map(|rule| rule.id).chain(bugs.iter().map(|bug| bug.id));
        let hint = nearest(&id, ids).map_or(String::new(), |id| format!(" Did you mean {id}?"));
        return Err(format!("there is no rule `{written}`.{hint} `fixline rule` lists all."));
    }
    Ok(family)
}

/// A line each.
fn list(rules: &[Rule<'_>], bugs: &[Bug<'_>], start: &str) -> String {
    let rules = rules.iter().map(|rule| (rule.id, rule.says));
    let all = rules.chain(bugs.iter().map(|bug| (bug.id, bug.says)));
    all.filter(|(id, _)| id.starts_with(start))
        .map(|(id, says)| format!("{id:<11} {says}\n"))
        .collect()
}

/// A row of the museum.
#[derive(Debug)]
struct Bug<'t> {
    id: &'t str,
    says: &'t str,
    /// What keeps it out.
    here: &'t str,
}

fn bug(line: &str) -> Option<Bug<'_>> {
    let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.splitn(3, " | ");
    let (id, says, here) = (cells.next()?, cells.next()?, cells.next()?);
    id.contains('-').then_some(Bug { id, says, here })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(ids: &[&str]) -> Result<String, String> {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        answer(&catalogue::read(CATALOGUE).unwrap(), &ids)
    }

    #[test]
    fn a_rule_is_explained_however_its_id_is_written() {
        let text = said(&["S-RSND-09"]).unwrap();
        assert_eq!(
            text,
            "\
S-RSND-09  Sending again
  A range that begins with 0, or ends before it begins, is rejected with reason 5.

  Source          ours
  Seen elsewhere  Artio and Fix8 reject it, QuickFIX and its relatives fill or say nothing.
  Tests           a_range_that_cannot_be_is_rejected
"
        );
        assert_eq!(said(&["s-rsnd-09"]).unwrap(), text);
        assert_eq!(said(&["S-RSND-09 (2.c)"]).unwrap(), text);
    }

    #[test]
    fn a_bug_of_the_museum_is_shown_with_what_keeps_it_out() {
        assert_eq!(
            said(&["seq-07"]).unwrap(),
            "\
SEQ-07  Museum
  A request that the peer rejected was never made again.

  Here            a_rejected_request_is_made_again_and_then_given_up
"
        );
    }

    #[test]
    fn several_are_shown_and_families_and_all_are_listed() {
        let two = said(&["INV-28", "D-38"]).unwrap();
        assert!(two.starts_with("INV-28  What always holds\n"), "{two}");
        assert!(two.contains("\n\nD-38  Where engines differ\n"), "{two}");
        let family = said(&["s-q"]).unwrap();
        assert_eq!(family.lines().count(), 3);
        assert!(family.starts_with("S-Q-01      What is to be sent"), "{family}");
        let all = said(&[]).unwrap();
        assert!(all.contains("\nS-SEQ-07    A number below") && all.contains("\nEDGE-01     "));
    }

    #[test]
    fn an_id_that_is_not_there_names_a_near_one() {
        assert_eq!(
            said(&["s-rsmd-09"]).unwrap_err(),
            "there is no rule `s-rsmd-09`. Did you mean S-RSND-09? `fixline rule` lists all."
        );
        assert_eq!(
            said(&["operator"]).unwrap_err(),
            "there is no rule `operator`. `fixline rule` lists all."
        );
    }
}
