//! The lines of a settings file: sections, keys, values.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use ini_core::{Item, Parser};

use super::expand::Sources;
use super::key::find;
use super::keys::GROUPS;
use super::problem::{Problem, Problems};
use super::suggest::nearest;

/// `KEY=VALUE`.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) key: String,
    /// As the file writes it: what may be shown.
    pub(super) written: String,
    /// With everything that it refers to; `None` if that cannot be found.
    pub(super) value: Option<String>,
}

/// The file by sections.
pub(super) struct File {
    pub(super) default: Vec<Line>,
    /// Each with the line of its header.
    pub(super) sessions: Vec<(usize, Vec<Line>)>,
}

const SECTIONS: [&str; 2] = ["DEFAULT", "SESSION"];

enum Place {
    Nowhere,
    Default,
    Session,
    /// Behind a header that is wrong: its lines say nothing more.
    Lost,
}

impl File {
    /// Reads all that can be read, and says what cannot.
    pub(super) fn read(text: &str, sources: &Sources<'_>, problems: &mut Problems) -> Self {
        let mut file = Self { default: Vec::new(), sessions: Vec::new() };
        let mut place = Place::Nowhere;
        let mut default_at = None;
        for (number, item) in items(text) {
            if let Some(name) = section_name(item) {
                place = match name.to_ascii_uppercase().as_str() {
                    "SESSION" => {
                        file.sessions.push((number, Vec::new()));
                        Place::Session
                    }
                    "DEFAULT" => {
                        if let Some(first) = default_at.replace(number) {
                            problems.add(second_default(number, first));
                        }
                        Place::Default
                    }
                    _ => {
                        // What is not meant to be one may be anything, a password too.
                        let message = match nearest(name, SECTIONS.into_iter()) {
                            Some(_) => format!("[{name}] is no section"),
                            None => "this is no section".into(),
                        };
                        let problem = Problem::new(number, message);
                        problems.add(problem.advice("there are [DEFAULT] and [SESSION]"));
                        Place::Lost
                    }
                };
                continue;
            }
            match item {
                Item::Error(_) => {
                    let message = "a section is [DEFAULT] or [SESSION], alone on its line";
                    problems.add(Problem::new(number, message));
                    place = Place::Lost;
                }
                Item::Property(key, value) => {
                    let Some(line) = line(number, key, value, sources, problems) else { continue };
                    let section = match place {
                        Place::Default => Some(&mut file.default),
                        Place::Session => file.sessions.last_mut().map(|(_, lines)| lines),
                        Place::Lost => None,
                        Place::Nowhere => {
                            let message = "a key before the first section";
                            let advice = "put [DEFAULT] or [SESSION] above it";
                            let problem = Problem::new(number, message).advice(advice);
                            // A file that is no settings file may be one of passwords.
                            let is_key = !matches!(find(GROUPS, key), Err(None));
                            problems.add(if is_key { problem.key(key) } else { problem });
                            None
                        }
                    };
                    if let Some(section) = section {
                        add(section, line, problems);
                    }
                }
                Item::Section(_) | Item::SectionEnd | Item::Comment(_) | Item::Blank => {}
            }
        }
        if file.sessions.is_empty() && problems.is_empty() {
            let advice = "each session is a [SESSION] section with its CompIDs";
            problems.add(Problem::new(0, "there is no [SESSION]").advice(advice));
        }
        file
    }
}

/// The items of the file with their lines, from 1.
fn items(text: &str) -> impl Iterator<Item = (usize, Item<'_>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser::new(text).comment_char(b'#').auto_trim(true);
    core::iter::from_fn(move || {
        let number = usize::try_from(parser.line()).unwrap_or(usize::MAX).saturating_add(1);
        Some((number, parser.next()?))
    })
}

/// The name of a section, where the item is one: the parser knows those without spaces around.
fn section_name(item: Item<'_>) -> Option<&str> {
    match item {
        Item::Section(name) => Some(name),
        Item::Error(line) | Item::Property(line, None) => {
            Some(line.trim().strip_prefix('[')?.strip_suffix(']')?.trim())
        }
        Item::Property(_, Some(_)) | Item::SectionEnd | Item::Comment(_) | Item::Blank => None,
    }
}

fn second_default(number: usize, first: usize) -> Problem {
    let message = format!("a second [DEFAULT]; the first is in line {first}");
    let advice = "put both into one: engines disagree on which of them holds";
    Problem::new(number, message).advice(advice)
}

fn line(
    number: usize,
    key: &str,
    value: Option<&str>,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Option<Line> {
    // The parser sees comments and sections at the margin only.
    if key.starts_with(['#', ';']) {
        return None;
    }
    // What stands there may be half of a password, and is not repeated.
    let Some(value) = value.filter(|_| !key.is_empty() && !key.starts_with('[')) else {
        let advice = "a comment begins with `#`, a section stands alone on its line";
        problems.add(Problem::new(number, "not KEY=VALUE").advice(advice));
        return None;
    };
    let expanded = match sources.expand(value) {
        Ok(value) => Some(value),
        Err(message) => {
            problems.add(Problem::new(number, message).key(key));
            None
        }
    };
    Some(Line { number, key: key.to_string(), written: value.to_string(), value: expanded })
}

fn add(section: &mut Vec<Line>, line: Line, problems: &mut Problems) {
    let twin = section.iter().find(|other| other.key.eq_ignore_ascii_case(&line.key));
    if let Some(twin) = twin {
        let message = format!("is in this section twice, first in line {}", twin.number);
        problems.add(Problem::new(line.number, message).key(&line.key).advice("keep one of them"));
    } else {
        section.push(line);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (File, Vec<String>) {
        let mut problems = Problems::default();
        let file = File::read(text, &Sources::of_process(), &mut problems);
        let problems = problems.into_sorted();
        (file, problems.iter().map(|problem| format!("{}: {problem}", problem.line)).collect())
    }

    fn pairs(lines: &[Line]) -> Vec<(usize, &str, &str)> {
        lines.iter().map(|line| (line.number, &*line.key, &*line.written)).collect()
    }

    #[test]
    fn sections_keep_their_lines_comments_and_blanks_do_not_count() {
        let (file, problems) = read(
            "\u{feff}# all\r\n[DEFAULT]\r\n  A = 1 = 2  \r\n\r\n  # b\r\n[session] \r\nB=\r\n [ SESSION]\r\nC=3",
        );
        assert_eq!(problems, [""; 0]);
        assert_eq!(pairs(&file.default), [(3, "A", "1 = 2")]);
        assert_eq!(file.sessions.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [6, 8]);
        assert_eq!(pairs(&file.sessions[0].1), [(7, "B", "")]);
        assert_eq!(pairs(&file.sessions[1].1), [(9, "C", "3")]);
    }

    #[test]
    fn every_line_that_cannot_be_read_is_named() {
        let (_, problems) =
            read("A=1\n[DEFAULT]\nA\na=1\nA=2\n[DEFAULT]\n[SESION]\nX=1\n[SESSION\n [X=1]\n=5\n");
        assert_eq!(
            problems,
            vec![
                "1: a key before the first section; put [DEFAULT] or [SESSION] above it",
                "3: not KEY=VALUE; a comment begins with `#`, a section stands alone on its line",
                "5: A: is in this section twice, first in line 4; keep one of them",
                "6: a second [DEFAULT]; the first is in line 2; put both into one: engines disagree \
                 on which of them holds",
                "7: [SESION] is no section; there are [DEFAULT] and [SESSION]",
                "9: a section is [DEFAULT] or [SESSION], alone on its line",
                "10: not KEY=VALUE; a comment begins with `#`, a section stands alone on its line",
                "11: not KEY=VALUE; a comment begins with `#`, a section stands alone on its line",
            ]
        );
        assert_eq!(
            read("").1,
            ["0: there is no [SESSION]; each session is a [SESSION] section with its CompIDs"]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(\\[|\\]|=|#|\\$\\{|A|é|\r|\n| |SESSION|\\PC){0,40}") {
            let (file, problems) = read(&text);
            let read = file.default.len() + file.sessions.len();
            prop_assert!(read > 0 || !problems.is_empty() || text.contains("[DEFAULT]"));
        }
    }
}
