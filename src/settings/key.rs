//! What a key of the QuickFIX family is: its name, who has it, what it does here.

use alloc::format;
use alloc::string::String;

use super::draft::Draft;
use super::feature::Feature;
use super::suggest::{nearest, within};
use crate::session::Role;

/// A row of the table of keys.
#[derive(Debug)]
pub(super) struct Key {
    /// One name, or several of the same fate with spaces between. `<n>` at the end stands for a
    /// number, `<BeginString>` for a version.
    pub(super) names: &'static str,
    /// The initials of the engines that have it: QuickFIX in C++, Java, .Net and Go.
    pub(super) engines: &'static str,
    /// Whose sessions it is for; `None` for both.
    pub(super) role: Option<Role>,
    /// What it sets: a field of `SessionOptions`, or of `SessionSettings`.
    pub(super) option: &'static str,
    pub(super) does: Does,
}

/// Sets what a text says.
pub(super) type Set = fn(&mut Draft, &str, &str) -> Result<(), String>;

/// What becomes of a key.
#[derive(Debug)]
pub(super) enum Does {
    /// `Y` or `N`.
    Flag(fn(&mut Draft, bool)),
    /// A whole number from the first to the second.
    Whole(u32, u32, fn(&mut Draft, u32)),
    /// Anything else, as the words say. The setter gets what stands for `<n>`, and the value; its
    /// error is what the value is or is not, without repeating it: it may come from elsewhere.
    Text(&'static str, Set),
    /// The same for what must not be shown even where it stands in the file.
    Secret(&'static str, Set),
    /// Only one value is possible, because it is what always happens: with another the session
    /// would not do what the file says.
    Only { value: &'static str, reason: &'static str, nearest: &'static str },
    /// Nothing that a peer or the application would notice: a note says what is done instead,
    /// unless the value is the one that asks for just that.
    Noted { quiet: &'static str, instead: &'static str },
    /// When the session is up; looked at when all of them are read.
    Hours,
    /// Asks for what this crate does not do: an error, unless the reader is told to ignore it.
    Asks(Feature, When),
}

/// Whether a key of a [`Feature`] asks for it.
#[derive(Debug)]
pub(super) enum When {
    /// Whenever it is there.
    Always,
    /// Unless it has this value.
    Not(&'static str),
    /// When one of these keys is there, with another value than N.
    With(&'static [&'static str]),
}

pub(super) const fn flag(
    names: &'static str,
    engines: &'static str,
    option: &'static str,
    set: fn(&mut Draft, bool),
) -> Key {
    Key { names, engines, role: None, option, does: Does::Flag(set) }
}

pub(super) const fn whole(
    names: &'static str,
    engines: &'static str,
    option: &'static str,
    range: (u32, u32),
    set: fn(&mut Draft, u32),
) -> Key {
    Key { names, engines, role: None, option, does: Does::Whole(range.0, range.1, set) }
}

pub(super) const fn text(
    names: &'static str,
    engines: &'static str,
    option: &'static str,
    value: &'static str,
    set: Set,
) -> Key {
    Key { names, engines, role: None, option, does: Does::Text(value, set) }
}

pub(super) const fn secret(
    names: &'static str,
    engines: &'static str,
    option: &'static str,
    value: &'static str,
    set: Set,
) -> Key {
    Key { names, engines, role: None, option, does: Does::Secret(value, set) }
}

pub(super) const fn only(
    names: &'static str,
    engines: &'static str,
    value: &'static str,
    reason: &'static str,
    nearest: &'static str,
) -> Key {
    Key { names, engines, role: None, option: "", does: Does::Only { value, reason, nearest } }
}

pub(super) const fn noted(
    names: &'static str,
    engines: &'static str,
    quiet: &'static str,
    instead: &'static str,
) -> Key {
    Key { names, engines, role: None, option: "", does: Does::Noted { quiet, instead } }
}

/// A key of the hours of a session, which are judged together.
pub(super) const fn hours(names: &'static str, engines: &'static str) -> Key {
    Key { names, engines, role: None, option: "", does: Does::Hours }
}

pub(super) const fn asks(
    names: &'static str,
    engines: &'static str,
    feature: Feature,
    when: When,
) -> Key {
    Key { names, engines, role: None, option: "", does: Does::Asks(feature, when) }
}

impl Key {
    /// For initiators only.
    pub(super) const fn initiator(self) -> Self {
        Self { role: Some(Role::Initiator), ..self }
    }

    /// For acceptors only.
    pub(super) const fn acceptor(self) -> Self {
        Self { role: Some(Role::Acceptor), ..self }
    }

    /// Its names, one by one.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.split(' ')
    }

    /// What stands for `<n>` if the key is written so; empty where there is none.
    fn matches<'w>(&self, written: &'w str) -> Option<&'w str> {
        self.names().find_map(|name| {
            let Some((prefix, variable)) = name.split_once('<') else {
                return name.eq_ignore_ascii_case(written).then_some("");
            };
            let (start, rest) = written.split_at_checked(prefix.len())?;
            let fits = match variable {
                "n>" => rest.bytes().all(|byte| byte.is_ascii_digit()),
                _ => true,
            };
            (start.eq_ignore_ascii_case(prefix) && fits && !rest.is_empty()).then_some(rest)
        })
    }

    /// Whether what it sets is secret, so that its value may come from where secrets are.
    pub(super) const fn is_secret(&self) -> bool {
        matches!(self.does, Does::Secret(..))
    }

    /// Whether two of its kind in a file may contradict each other.
    pub(super) const fn sets(&self) -> bool {
        matches!(self.does, Does::Flag(_) | Does::Whole(..) | Does::Text(..) | Does::Secret(..))
    }

    /// Does what the key says; the error is what is wrong, and what to do about it. `written` is
    /// the value as it may be shown.
    pub(super) fn apply(
        &self,
        draft: &mut Draft,
        variable: &str,
        value: &str,
        written: &str,
    ) -> Result<(), (String, String)> {
        let wrong = |what: &str| (format!("`{written}` {what}"), advice(written));
        match self.does {
            Does::Flag(set) => match value {
                "Y" | "y" => set(draft, true),
                "N" | "n" => set(draft, false),
                _ => return Err((format!("`{written}` is neither Y nor N"), yes_or_no(written))),
            },
            Does::Whole(least, most, set) => match value.parse() {
                Ok(number) if (least..=most).contains(&number) => set(draft, number),
                _ => return Err(wrong(&format!("is no whole number from {least} to {most}"))),
            },
            Does::Text(_, set) => return set(draft, variable, value).map_err(|what| wrong(&what)),
            Does::Secret(_, set) => {
                draft.from_elsewhere = value != written;
                return set(draft, variable, value).map_err(|what| (what, String::new()));
            }
            Does::Only { value: only, reason, nearest } => {
                if !value.eq_ignore_ascii_case(only) {
                    let nearest = if nearest.is_empty() {
                        String::new()
                    } else {
                        format!("nearest: {nearest}")
                    };
                    return Err((format!("only {only} is possible: {reason}"), nearest));
                }
            }
            Does::Noted { .. } | Does::Asks(..) | Does::Hours => {}
        }
        Ok(())
    }
}

/// What a value that is wrong may lack.
fn advice(written: &str) -> String {
    let is_commented = [" #", "\t#", " ;", "\t;", " //"].iter().any(|mark| written.contains(mark));
    if is_commented { "a comment stands on a line of its own".into() } else { String::new() }
}

fn yes_or_no(written: &str) -> String {
    match written.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => "write Y".into(),
        "no" | "false" | "off" | "0" => "write N".into(),
        _ => advice(written),
    }
}

/// The key that is written so, and what stands for its `<n>`.
pub(super) fn find<'w>(
    groups: &'static [(&'static str, &'static [Key])],
    written: &'w str,
) -> Result<(&'static Key, &'w str), Meant> {
    let keys = || groups.iter().flat_map(|(_, keys)| keys.iter());
    let found = keys().find_map(|key| key.matches(written).map(|variable| (key, variable)));
    found.ok_or_else(|| {
        // A slip in a name that would change the session must not pass as the application's own.
        let setting = keys().filter(|key| !matches!(key.does, Does::Noted { .. }));
        let few = (written.len() / 4).min(2);
        match within(written, setting.flat_map(Key::names), few) {
            Some(name) => Meant::Surely(name),
            None => nearest(written, keys().flat_map(Key::names)).map_or(Meant::Own, Meant::Maybe),
        }
    })
}

/// What a key that no engine has was meant to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meant {
    /// This one.
    Surely(&'static str),
    /// This one, or a key of the application.
    Maybe(&'static str),
    /// A key of the application.
    Own,
}
