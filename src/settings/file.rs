//! The lines of a settings file: sections, keys, values.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::key::find;
use super::keys::GROUPS;
use super::problem::{Problem, Problems};
use super::suggest::within;

/// `KEY=VALUE`.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) key: String,
    /// As the file writes it: what may be shown.
    pub(super) written: String,
}

/// The file by sections.
pub(super) struct File {
    pub(super) default: Vec<Line>,
    /// Each with the line of its header.
    pub(super) sessions: Vec<(usize, Vec<Line>)>,
}

enum Place {
    Nowhere,
    Default,
    Session,
    /// Behind a header that names no section of ours: its lines say nothing.
    Other,
}

/// What a line is.
enum Item<'f> {
    Section(&'f str),
    Pair(&'f str, &'f str),
    Nothing,
    /// None of these.
    Other(&'f str),
}

impl File {
    /// Reads all that can be read, and says what cannot. What no engine looks at is a note.
    pub(super) fn read(text: &str, problems: &mut Problems, notes: &mut Problems) -> Self {
        let mut file = Self { default: Vec::new(), sessions: Vec::new() };
        let mut place = Place::Nowhere;
        let mut default_at = None;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // A carriage return alone ends a line too.
        let lines =
            text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
        for (number, line) in (1_usize..).zip(lines) {
            match item(line) {
                Item::Nothing => {}
                Item::Section(name) => {
                    place = file.section(number, name, &mut default_at, problems, notes);
                }
                Item::Pair(key, value) => {
                    let line = Line { number, key: key.to_owned(), written: value.to_owned() };
                    match place {
                        Place::Default => file.default.push(line),
                        Place::Session => {
                            if let Some((_, lines)) = file.sessions.last_mut() {
                                lines.push(line);
                            }
                        }
                        Place::Other => {}
                        Place::Nowhere => before_all(&line, problems, notes),
                    }
                }
                Item::Other(line) => not_a_pair(number, line, problems, notes),
            }
        }
        if file.sessions.is_empty() && problems.is_empty() {
            let advice = "each session is a [SESSION] section with its CompIDs";
            problems.add(Problem::new(0, "there is no [SESSION]").advice(advice));
        }
        file
    }

    /// Begins a section.
    fn section(
        &mut self,
        number: usize,
        name: &str,
        default_at: &mut Option<usize>,
        problems: &mut Problems,
        notes: &mut Problems,
    ) -> Place {
        if name.eq_ignore_ascii_case("SESSION") {
            self.sessions.push((number, Vec::new()));
            return Place::Session;
        }
        if name.eq_ignore_ascii_case("DEFAULT") {
            if let Some(first) = default_at.filter(|_| !self.default.is_empty()) {
                let message = format!("a second [DEFAULT]; the first is in line {first}");
                let advice = "put both into one: engines disagree on which of them holds";
                problems.add(Problem::new(number, message).advice(advice));
            }
            *default_at = Some(number);
            return Place::Default;
        }
        if let Some(meant) = within(name, ["SESSION", "DEFAULT"].into_iter(), 2) {
            let message = format!("[{name}] is no section");
            problems.add(Problem::new(number, message).advice(format!("did you mean [{meant}]?")));
        } else {
            // What is not meant to be one of ours may be anything, a password too.
            let message = "this section is none of ours: what stands in it has no effect";
            let advice = "there are [DEFAULT] and [SESSION]";
            notes.add(Problem::new(number, message).advice(advice));
        }
        Place::Other
    }
}

/// The parts of a line: comments stand alone on theirs, except behind a section.
fn item(line: &str) -> Item<'_> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") {
        return Item::Nothing;
    }
    if let Some(header) = line.strip_prefix('[') {
        let (name, rest) = header.split_once(']').unwrap_or((header, "no end"));
        let is_section = rest.is_empty() || rest.trim_start().starts_with(['#', ';']);
        if is_section && !name.contains('=') {
            return Item::Section(name.trim());
        }
        return Item::Other(line);
    }
    match line.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Item::Pair(key.trim(), value.trim()),
        _ => Item::Other(line),
    }
}

/// No engine reads a key there: it says nothing, and one that was meant to say something is wrong.
fn before_all(line: &Line, problems: &mut Problems, notes: &mut Problems) {
    let is_known = find(GROUPS, &line.key).is_ok();
    let message = "a key before the first section";
    let problem = Problem::new(line.number, message);
    let problem = problem.advice("put [DEFAULT] or [SESSION] above it");
    if is_known {
        problems.add(problem.key(&line.key));
    } else {
        // A file that is no settings file may be one of passwords.
        notes.add(problem);
    }
}

/// What stands there may be half of a password, and is not repeated.
fn not_a_pair(number: usize, line: &str, problems: &mut Problems, notes: &mut Problems) {
    let word = line.split([' ', '\t', ':']).next().unwrap_or_default();
    if line.starts_with('[') {
        let message = "a section is [DEFAULT] or [SESSION], alone on its line";
        problems.add(Problem::new(number, message));
    } else if find(GROUPS, word).is_ok() {
        let advice = "write KEY=VALUE";
        problems.add(Problem::new(number, "there is no `=`").key(word).advice(advice));
    } else {
        let advice = "a comment begins with `#`";
        notes.add(Problem::new(number, "not KEY=VALUE: it has no effect").advice(advice));
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (File, Vec<String>, Vec<String>) {
        let (mut problems, mut notes) = (Problems::default(), Problems::default());
        let file = File::read(text, &mut problems, &mut notes);
        let texts = |problems: Problems| {
            let problems = problems.into_sorted();
            problems.iter().map(|problem| format!("{}: {problem}", problem.line)).collect()
        };
        (file, texts(problems), texts(notes))
    }

    fn pairs(lines: &[Line]) -> Vec<(usize, &str, &str)> {
        lines.iter().map(|line| (line.number, &*line.key, &*line.written)).collect()
    }

    #[test]
    fn sections_keep_their_lines_comments_and_blanks_do_not_count() {
        let (file, problems, notes) = read(
            "\u{feff}# all\r\n[DEFAULT]\r\n  A = 1 = 2  \r\n\r\n  # b\r\n[session] # c\r\nB=\r\n \
             [ SESSION]\r\nC=3\n;D=4\n//E=5\r[SESSION];",
        );
        assert_eq!((problems, notes), (vec![], vec![]));
        assert_eq!(pairs(&file.default), [(3, "A", "1 = 2")]);
        assert_eq!(file.sessions.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [6, 8, 12]);
        assert_eq!(pairs(&file.sessions[0].1), [(7, "B", "")]);
        assert_eq!(pairs(&file.sessions[1].1), [(9, "C", "3")]);
    }

    #[test]
    fn every_line_that_cannot_be_read_is_named() {
        let (_, problems, notes) = read(
            "HeartBtInt=1\nA=1\n[DEFAULT]\nSenderCompID X\n-----\na=1\n[DEFAULT]\n[SESION]\nX=1\n\
             [SESSION\n [X=1]\n=5\n[Other]\nB=2\n",
        );
        assert_eq!(
            problems,
            vec![
                "1: HeartBtInt: a key before the first section; put [DEFAULT] or [SESSION] above it",
                "4: SenderCompID: there is no `=`; write KEY=VALUE",
                "7: a second [DEFAULT]; the first is in line 3; put both into one: engines disagree \
                 on which of them holds",
                "8: [SESION] is no section; did you mean [SESSION]?",
                "10: a section is [DEFAULT] or [SESSION], alone on its line",
                "11: a section is [DEFAULT] or [SESSION], alone on its line",
            ]
        );
        assert_eq!(
            notes,
            vec![
                "2: a key before the first section; put [DEFAULT] or [SESSION] above it",
                "5: not KEY=VALUE: it has no effect; a comment begins with `#`",
                "12: not KEY=VALUE: it has no effect; a comment begins with `#`",
                "13: this section is none of ours: what stands in it has no effect; there are \
                 [DEFAULT] and [SESSION]",
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
            let (file, problems, _) = read(&text);
            let read = file.default.len() + file.sessions.len();
            prop_assert!(read > 0 || !problems.is_empty() || text.contains("[DEFAULT]"));
        }
    }
}
