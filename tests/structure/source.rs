//! Reads the crate's sources: files, code without comments and strings, paths that code names.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the repository.
pub(crate) struct Source {
    /// From the root of the repository on, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The part of the crate that the file belongs to: `session` for `src/session/gap.rs`.
    pub(crate) fn layer(&self) -> &str {
        let rest = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let end = rest.find(['/', '.']).unwrap_or(rest.len());
        &rest[..end]
    }

    /// Whether all of the file is for tests: a module of its own behind `#[cfg(test)]`.
    pub(crate) fn is_test_only(&self, sources: &[Self]) -> bool {
        let Some((folder, file)) = self.path.rsplit_once('/') else {
            return false;
        };
        let declared = format!("#[cfg(test)]\nmod {};", file.trim_end_matches(".rs"));
        sources
            .iter()
            .filter(|source| {
                [format!("{folder}/mod.rs"), format!("{folder}/lib.rs"), format!("{folder}.rs")]
                    .contains(&source.path)
            })
            .any(|parent| parent.text.contains(&declared))
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below `folder` with this extension, sorted; none if there is no such folder.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), folder, extension, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(at: &Path, path: &str, extension: &str, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(at) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{path}/{name}");
        let at = entry.path();
        if at.is_dir() {
            collect(&at, &path, extension, found);
        } else if at.extension().is_some_and(|found| found == extension) {
            found.push(Source::new(&path, &read(&path)));
        }
    }
}

/// The code that ships: comments, the contents of literals and `#[cfg(test)] mod` blocks are
/// blanked out, line breaks stay.
pub(crate) fn shipped(text: &str) -> String {
    without_tests(&without_comments(text))
}

fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    for (line, is_test) in lines(code) {
        if !is_test {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    kept
}

/// The part of a file that tests: all of it, or its `#[cfg(test)] mod` blocks.
pub(crate) fn test_code(file: &Source, all: &[Source]) -> String {
    if !file.path.starts_with("src/") || file.is_test_only(all) {
        return file.text.clone();
    }
    let tests = lines(&file.text).filter(|(_, is_test)| *is_test);
    tests.flat_map(|(line, _)| [line, "\n"]).collect()
}

/// How many lines are not inside a `#[cfg(test)] mod` block.
pub(crate) fn lines_outside_tests(text: &str) -> usize {
    lines(text).filter(|(_, is_test)| !is_test).count()
}

/// Every line, and whether it belongs to a `#[cfg(test)] mod` block.
fn lines(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut lines = text.lines().peekable();
    let mut in_tests = false;
    core::iter::from_fn(move || {
        let line = lines.next()?;
        let begins_module = |next: &&str| next.starts_with("mod ") && next.ends_with('{');
        in_tests |= line == "#[cfg(test)]" && lines.peek().is_some_and(begins_module);
        let is_test = in_tests;
        // rustfmt puts the end of the module, and nothing else of it, at the margin.
        in_tests &= line != "}";
        Some((line, is_test))
    })
}

fn without_comments(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let len = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            string_len(rest)
        } else if rest.starts_with("r\"") || rest.starts_with("r#") {
            raw_string_len(rest)
        } else if first == '\'' && char_len(rest) > 1 {
            char_len(rest)
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.extend(rest[..len].chars().filter(|&char| char == '\n'));
        code.push(' ');
        rest = &rest[len..];
    }
    code
}

fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw_string_len(text: &str) -> usize {
    let hashes = text[1..].len() - text[1..].trim_start_matches('#').len();
    if !text[1 + hashes..].starts_with('"') {
        return 1 + hashes;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let start = 2 + hashes;
    text[start..].find(&end).map_or(text.len(), |at| start + at + end.len())
}

/// A character literal; a single quote that begins a lifetime is one byte.
fn char_len(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => text[3..].find('\'').map_or(text.len(), |at| at + 4),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// Every path in `code` that begins with `root::`, its use tree flattened: `crate::a::{b, c::d}`
/// gives `crate::a::b` and `crate::a::c::d`.
pub(crate) fn paths(code: &str, root: &str) -> Vec<String> {
    let squeezed: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let prefix = format!("{root}::");
    let mut found = Vec::new();
    for (at, _) in squeezed.match_indices(&prefix) {
        let before = squeezed[..at].chars().next_back();
        if !before.is_some_and(|char| is_word(char) || char == ':') {
            flatten(&squeezed[at + prefix.len()..], root, &mut found);
        }
    }
    found
}

/// Reads one use tree below `prefix`; returns its length.
fn flatten(tree: &str, prefix: &str, found: &mut Vec<String>) -> usize {
    let trimmed = tree.trim_start();
    let skipped = tree.len() - trimmed.len();
    if let Some(list) = trimmed.strip_prefix('{') {
        let mut at = 0;
        loop {
            at += flatten(&list[at..], prefix, found);
            let rest = list[at..].trim_start();
            at = list.len() - rest.len();
            match rest.chars().next() {
                Some(',') => at += 1,
                Some('}') => return skipped + 1 + at + 1,
                // An alias.
                Some(_) => at += rest.find([',', '}']).unwrap_or(rest.len()),
                None => return tree.len(),
            }
        }
    }
    let name_len = trimmed.find(|char| !is_word(char)).unwrap_or(trimmed.len());
    let (name, rest) = trimmed.split_at(name_len);
    let path = format!("{prefix}::{name}");
    if let Some(deeper) = rest.strip_prefix("::") {
        return skipped + name_len + 2 + flatten(deeper, &path, found);
    }
    if !name.is_empty() {
        found.push(path);
    }
    skipped + name_len
}

/// Whether a word of `code` is exactly `word`, which may hold any characters.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    let joins = |inside: bool, neighbour: Option<char>| inside && neighbour.is_some_and(is_word);
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !joins(word.starts_with(is_word), before) && !joins(word.ends_with(is_word), after)
    })
}

pub(crate) fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_literals_and_tests_are_no_code() {
        let text = "let a = 'x'; // std::\n/* std:: */ let b: &'static str = \"std::\\\"std::\";\n\
                    let c = r#\"std::\"#; let d = '\\'';\n#[cfg(test)]\nmod tests {\n    \
                    use std::fs;\n}\nlet e = 1;\n";
        let code = shipped(text);
        assert!(!code.contains("std"), "{code}");
        assert!(code.contains("&'static str") && code.contains("let e"));
        assert_eq!(code.lines().count(), text.lines().count());
    }

    #[test]
    fn use_trees_are_flattened() {
        let code = "use crate::wire::{Tag, buffer::{A, B as C}, scan};\ncrate::session::X::new()";
        assert_eq!(
            paths(code, "crate"),
            [
                "crate::wire::Tag",
                "crate::wire::buffer::A",
                "crate::wire::buffer::B",
                "crate::wire::scan",
                "crate::session::X::new",
            ]
        );
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("an unsafe block", "unsafe"));
        assert!(!has_word("unsafe_code", "unsafe"));
        assert!(has_word("x.unwrap()", ".unwrap()"));
        assert!(!has_word("x.unwrap_or(1)", ".unwrap()"));
    }
}
