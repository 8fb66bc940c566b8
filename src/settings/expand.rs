//! `${NAME}` in values: from the environment, from files, from the application.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use std::path::{Path, PathBuf};

use super::bounded;

/// How long the first line of a file may be, in bytes.
const LINE_MAX: usize = 64 << 10;

/// Looks a name up.
type Lookup<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// Where values come from that do not stand in the file.
pub(super) struct Sources<'a> {
    pub(super) variables: Lookup<'a>,
    pub(super) secrets: Option<Lookup<'a>>,
    /// What relative paths start from.
    pub(super) folder: PathBuf,
}

impl Sources<'_> {
    pub(super) fn of_process() -> Self {
        Self {
            variables: Box::new(|name| std::env::var(name).ok()),
            secrets: None,
            folder: PathBuf::new(),
        }
    }

    /// A value with everything that it refers to; what was put in is not looked at again.
    ///
    /// Files and secrets are for secret values: all others are printed, by errors, by logs, and by
    /// whoever prints the session.
    pub(super) fn expand(&self, value: &str, is_secret: bool) -> Result<String, String> {
        let mut expanded = String::new();
        let mut rest = value;
        while let Some((before, reference)) = rest.split_once("${") {
            let Some((name, after)) = reference.split_once('}') else {
                return Err("a `${` without its `}`".into());
            };
            expanded.push_str(before);
            expanded.push_str(&self.look_up(name, is_secret)?);
            rest = after;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn look_up(&self, reference: &str, is_secret: bool) -> Result<String, String> {
        match reference.split_once(':') {
            Some((source @ ("file" | "secret"), _)) if !is_secret => Err(format!(
                "${{{source}:..}} is for what is never shown: LogonTag and the application's own \
                 keys; write the value, or ${{NAME}} for a variable of the environment"
            )),
            Some(("file", path)) => self.first_line(Path::new(path)),
            Some(("secret", name)) => self
                .secrets
                .as_ref()
                .and_then(|secrets| secrets(name))
                .ok_or_else(|| format!("the application has no secret `{name}`")),
            Some((source, _)) => Err(format!(
                "`{source}:` is no source: write ${{NAME}}, ${{file:PATH}} or ${{secret:NAME}}"
            )),
            None => (self.variables)(reference)
                .ok_or_else(|| format!("the environment variable {reference} is not set")),
        }
    }

    /// Files that hold a password end it with a line break, and may explain it below.
    fn first_line(&self, path: &Path) -> Result<String, String> {
        let path = self.folder.join(path);
        let wrong = |what: &str| format!("{} {what}", path.display());
        let (bytes, is_whole) = bounded::read_start(&path, LINE_MAX)
            .map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        if end.is_none() && !is_whole {
            return Err(wrong("has more than 64 KiB in its first line"));
        }
        let line = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        let line = core::str::from_utf8(line).map_err(|_| wrong("is no text of UTF-8"))?;
        Ok(line.trim_start_matches('\u{feff}').trim_end_matches('\r').into())
    }
}

impl fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Sources<'static> {
        Sources {
            variables: Box::new(|name| (name == "HOST").then(|| "a.example".into())),
            secrets: Some(Box::new(|name| (name == "pw").then(|| "${HOST}".into()))),
            folder: PathBuf::new(),
        }
    }

    #[test]
    fn names_are_replaced_once() {
        assert_eq!(
            sources().expand("x ${HOST}:${HOST} $5", false).unwrap(),
            "x a.example:a.example $5"
        );
        assert_eq!(sources().expand("554=${secret:pw}", true).unwrap(), "554=${HOST}");
    }

    #[test]
    fn what_cannot_be_found_is_an_error() {
        for (value, message) in [
            ("${NONE}", "the environment variable NONE is not set"),
            ("${HOST", "a `${` without its `}`"),
            ("${secret:x}", "the application has no secret `x`"),
            ("${vault:x}", "`vault:` is no source: write ${NAME}, ${file:PATH} or ${secret:NAME}"),
        ] {
            assert_eq!(sources().expand(value, true).unwrap_err(), message);
        }
    }
}
