//! One rule, or one bug of the museum, for people.

use super::Bug;
use super::catalogue::Rule;

/// The facts stand behind their names.
const NAME_WIDTH: usize = 16;

/// Lines are broken before they are longer.
const LINE_WIDTH: usize = 100;

pub(super) fn rule(rule: &Rule<'_>) -> String {
    let mut text = head(rule.id, rule.chapter, rule.says);
    for (name, fact) in rule.facts() {
        text.push_str(&wrapped(name, NAME_WIDTH, fact));
    }
    text
}

pub(super) fn bug(bug: &Bug<'_>) -> String {
    let here = bug.here.replace('`', "");
    head(bug.id, "Museum", bug.says) + &wrapped("Here", NAME_WIDTH, &here)
}

fn head(id: &str, about: &str, says: &str) -> String {
    format!("{id}  {about}\n{}\n", wrapped("", 0, says))
}

/// The words behind a name, in as many lines as they need.
fn wrapped(name: &str, width: usize, words: &str) -> String {
    let mut text = String::new();
    let mut line = format!("  {name:<width$}");
    let blank = line.len();
    for word in words.split_whitespace() {
        let begins = line.len() == blank;
        if !begins && line.len() + word.len() >= LINE_WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = " ".repeat(width + 2);
        } else if !begins {
            line.push(' ');
        }
        line.push_str(word);
    }
    text + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_facts_go_on_below_themselves() {
        let words = "word ".repeat(30);
        let text = wrapped("Source", 8, &words);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].starts_with("  Source  word word") && lines[0].len() < LINE_WIDTH);
        assert!(lines[1].starts_with("          word"), "{text}");
        assert_eq!(text.matches("word").count(), 30);
    }
}
