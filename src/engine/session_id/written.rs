//! Session ids as text.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use super::{Party, SessionId};

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(f, self.begin_string())?;
        f.write_char(':')?;
        write_party(f, self.us())?;
        f.write_str("->")?;
        write_party(f, self.peer())?;
        match self.qualifier() {
            Some(qualifier) => {
                f.write_char(':')?;
                write_escaped(f, qualifier)
            }
            None => Ok(()),
        }
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn write_party(f: &mut fmt::Formatter<'_>, party: &Party) -> fmt::Result {
    write_escaped(f, party.comp_id())?;
    if party.sub_id().is_some() || party.location_id().is_some() {
        f.write_char('/')?;
        write_escaped(f, party.sub_id().unwrap_or_default())?;
    }
    if let Some(location_id) = party.location_id() {
        f.write_char('/')?;
        write_escaped(f, location_id)?;
    }
    Ok(())
}

/// What ids of others may hold reaches terminals only as plain ASCII.
fn write_escaped(f: &mut fmt::Formatter<'_>, id: &str) -> fmt::Result {
    for byte in id.bytes() {
        if byte.is_ascii_graphic() && !b"%/:>".contains(&byte) {
            f.write_char(char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

pub(super) fn parse(text: &str) -> Option<SessionId> {
    let (begin_string, rest) = text.split_once(':')?;
    let (us, rest) = rest.split_once("->")?;
    let (peer, qualifier) = match rest.split_once(':') {
        Some((_, "")) => return None,
        Some((peer, qualifier)) => (peer, qualifier),
        None => (rest, ""),
    };
    let id = SessionId::new(&unescaped(begin_string)?, party(us)?, party(peer)?);
    Some(id.with_qualifier(&unescaped(qualifier)?))
}

fn party(text: &str) -> Option<Party> {
    let mut ids = text.split('/');
    let mut next = || ids.next().map_or(Some(String::new()), unescaped);
    let party = Party::new(&next()?).with_sub_id(&next()?).with_location_id(&next()?);
    ids.next().is_none().then_some(party)
}

/// The id that was written so; `None` if it holds a delimiter or half an escape.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'%' => {
                let (&[high, low], after) = after.split_first_chunk()?;
                bytes.push(hex_digit(high)? << 4 | hex_digit(low)?);
                rest = after;
            }
            b':' | b'/' | b'>' => return None,
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
pub(super) mod tests {
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    use super::*;

    /// Ids of few characters, so that they come close to each other; those that mean something in
    /// a text, in a path, to a terminal.
    pub(in super::super) fn any_id() -> impl Strategy<Value = SessionId> {
        let word = || "[aAbZ0./:>%\\-_+=~ \u{1}\u{0}\u{e9}\u{202e}]{0,4}";
        let party = move || {
            (word(), word(), word()).prop_map(|(comp, sub, location)| {
                Party::new(&comp).with_sub_id(&sub).with_location_id(&location)
            })
        };
        (word(), party(), party(), word()).prop_map(|(begin_string, us, peer, qualifier)| {
            SessionId::new(&begin_string, us, peer).with_qualifier(&qualifier)
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(id in any_id()) {
            let text = id.to_string();
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{}", text);
            prop_assert_eq!(SessionId::parse(&text), Some(id));
        }

        #[test]
        fn any_text_is_one_session_or_none(text in "[aA/:>%\\-0\u{e9}]{0,12}") {
            if let Some(id) = SessionId::parse(&text) {
                prop_assert_eq!(SessionId::parse(&id.to_string()), Some(id));
            }
        }
    }

    #[test]
    fn what_means_something_is_escaped() {
        let us = Party::new("a/b").with_location_id("c:d");
        let id = SessionId::new("FIX.4.4", us, Party::new("->%")).with_qualifier("\u{202e} x");
        assert_eq!(id.to_string(), "FIX.4.4:a%2Fb//c%3Ad->-%3E%25:%E2%80%AE%20x");
        assert_eq!(alloc::format!("{id:?}"), id.to_string());
    }

    #[test]
    fn people_may_write_what_is_printed_otherwise() {
        let id = SessionId::new("FIX.4.4", Party::new("A B"), Party::new("\u{e9}"));
        assert_eq!(SessionId::parse("FIX.4.4:A B->\u{e9}"), Some(id.clone()));
        assert_eq!(SessionId::parse("FIX.4.4:A%20B->%c3%a9"), Some(id));
    }

    #[test]
    fn what_names_no_session_is_refused() {
        for text in [
            "",
            "FIX.4.4",
            "FIX.4.4:A",
            "FIX.4.4:A-B",
            "FIX.4.4:A->B:",
            "FIX.4.4:A->B:Q:R",
            "FIX.4.4:A->B->C",
            "FIX.4.4:A/B/C/D->B",
            "FIX.4.4:A->B%",
            "FIX.4.4:A->B%4",
            "FIX.4.4:A->B%4g",
            "FIX.4.4:A->B%g4",
            "FIX.4.4:A->B%ff",
            "FIX.4.4:A->B:Q/R",
            "a/b:A->B",
        ] {
            assert_eq!(SessionId::parse(text), None, "{text}");
        }
    }
}
