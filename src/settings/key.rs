//! What a key of the QuickFIX family is: its name, who has it, what it does here.

use alloc::format;
use alloc::string::String;

use super::draft::Draft;
use super::suggest::nearest;
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
    /// Only one value is possible, because it is what always happens.
    Only { value: &'static str, reason: &'static str, nearest: &'static str },
    /// Not supported.
    Refused { reason: &'static str, nearest: &'static str },
    /// Not supported yet.
    Later { feature: &'static str, nearest: &'static str },
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

pub(super) const fn refused(
    names: &'static str,
    engines: &'static str,
    reason: &'static str,
    nearest: &'static str,
) -> Key {
    Key { names, engines, role: None, option: "", does: Does::Refused { reason, nearest } }
}

pub(super) const fn later(
    names: &'static str,
    engines: &'static str,
    feature: &'static str,
    nearest: &'static str,
) -> Key {
    Key { names, engines, role: None, option: "", does: Does::Later { feature, nearest } }
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

    /// Does what the key says; the error is what is wrong, and what to do about it. `written` is
    /// the value as it may be shown.
    pub(super) fn apply(
        &self,
        draft: &mut Draft,
        variable: &str,
        value: &str,
        written: &str,
    ) -> Result<(), (String, String)> {
        let wrong = |what: &str| (format!("`{written}` {what}"), String::new());
        if value.is_empty() {
            return Err(("has no value".into(), String::new()));
        }
        match self.does {
            Does::Flag(set) => match value {
                "Y" | "y" => set(draft, true),
                "N" | "n" => set(draft, false),
                _ => return Err(wrong("is neither Y nor N")),
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
                    return Err((format!("only {only} is possible: {reason}"), advice(nearest)));
                }
            }
            Does::Refused { reason, nearest } => {
                return Err((format!("not supported: {reason}"), advice(nearest)));
            }
            Does::Later { feature, nearest } => {
                return Err((format!("not supported yet: {feature} are to come"), advice(nearest)));
            }
        }
        Ok(())
    }
}

fn advice(nearest: &str) -> String {
    if nearest.is_empty() { String::new() } else { format!("nearest: {nearest}") }
}

/// The key that is written so, and what stands for its `<n>`; else the name that may be meant.
pub(super) fn find<'w>(
    groups: &'static [(&'static str, &'static [Key])],
    written: &'w str,
) -> Result<(&'static Key, &'w str), Option<String>> {
    let keys = || groups.iter().flat_map(|(_, keys)| keys.iter());
    let found = keys().find_map(|key| key.matches(written).map(|variable| (key, variable)));
    found.ok_or_else(|| {
        let names = keys().flat_map(Key::names);
        nearest(written, names).map(String::from)
    })
}
