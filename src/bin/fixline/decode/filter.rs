//! Which messages are shown.

use std::ops::RangeInclusive;

use fixline::wire::{Tag, parse_uint};

use super::record::Record;

/// What a message must be; what is empty asks for nothing.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// MsgTypes, or their names.
    pub(super) types: Vec<String>,
    pub(super) sessions: Vec<Parties>,
    pub(super) numbers: Vec<RangeInclusive<u64>>,
}

/// The CompIDs of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parties {
    /// One of the two is this.
    Either(String),
    /// From the first to the second.
    FromTo(String, String),
}

impl Filter {
    /// Whether the message is to be shown; `name` is that of its MsgType.
    pub(super) fn passes(&self, record: &Record<'_>, name: Option<&str>) -> bool {
        let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
        let is_type = |wanted: &String| {
            wanted.as_bytes() == msg_type
                || name.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
        };
        let number = record.get(Tag::MSG_SEQ_NUM).and_then(parse_uint);
        let is_number =
            |wanted: &RangeInclusive<u64>| number.is_some_and(|number| wanted.contains(&number));
        asks(&self.types, is_type)
            && asks(&self.sessions, |parties| parties.are_of(record))
            && asks(&self.numbers, is_number)
    }
}

/// Whether one of those that are asked for is there, or none is asked for.
fn asks<T>(wanted: &[T], is: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(is)
}

impl Parties {
    fn are_of(&self, record: &Record<'_>) -> bool {
        let sender = record.get(Tag::SENDER_COMP_ID).unwrap_or_default();
        let target = record.get(Tag::TARGET_COMP_ID).unwrap_or_default();
        match self {
            Self::Either(id) => id.as_bytes() == sender || id.as_bytes() == target,
            Self::FromTo(from, to) => from.as_bytes() == sender && to.as_bytes() == target,
        }
    }

    /// `CLIENT`, or `CLIENT>BROKER`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let parties = match text.split_once('>') {
            Some((from, to)) => Self::FromTo(from.to_owned(), to.to_owned()),
            None => Self::Either(text.to_owned()),
        };
        match &parties {
            Self::Either(id) if id.is_empty() => Err("expected a CompID".to_owned()),
            Self::FromTo(from, to) if from.is_empty() || to.is_empty() => {
                Err("expected SENDER>TARGET".to_owned())
            }
            Self::Either(_) | Self::FromTo(..) => Ok(parties),
        }
    }
}

/// `7`, `7-9` or `7-`.
pub(super) fn parse_numbers(text: &str) -> Result<RangeInclusive<u64>, String> {
    let number =
        |text: &str| parse_uint(text.as_bytes()).ok_or_else(|| format!("`{text}` is no MsgSeqNum"));
    let range = match text.split_once('-') {
        None => number(text)?..=number(text)?,
        Some((from, "")) => number(from)?..=u64::MAX,
        Some((from, to)) => number(from)?..=number(to)?,
    };
    if range.is_empty() {
        return Err(format!("{text} ends before it begins"));
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::super::record::first;
    use super::*;

    fn passes(filter: &Filter) -> bool {
        let line = b"8=FIX.4.4|9=1|35=D|49=A|56=B|34=7|10=000|";
        let (record, _) = first(line).unwrap().unwrap();
        filter.passes(&record, Some("NewOrderSingle"))
    }

    #[test]
    fn no_filter_shows_everything() {
        assert!(passes(&Filter::default()));
    }

    #[test]
    fn types_are_msg_types_or_names() {
        for (wanted, expected) in [("D", true), ("newordersingle", true), ("d", false)] {
            let filter = Filter { types: vec![wanted.to_owned()], ..Filter::default() };
            assert_eq!(passes(&filter), expected, "{wanted}");
        }
    }

    #[test]
    fn sessions_are_one_side_or_a_direction() {
        for (wanted, expected) in
            [("A", true), ("B", true), ("C", false), ("A>B", true), ("B>A", false)]
        {
            let sessions = vec![Parties::parse(wanted).unwrap()];
            assert_eq!(passes(&Filter { sessions, ..Filter::default() }), expected, "{wanted}");
        }
        assert!(Parties::parse("").is_err());
        assert!(Parties::parse("A>").is_err());
    }

    #[test]
    fn numbers_are_ranges() {
        for (wanted, expected) in [("7", true), ("1-7", true), ("8-", false), ("7-", true)] {
            let numbers = vec![parse_numbers(wanted).unwrap()];
            assert_eq!(passes(&Filter { numbers, ..Filter::default() }), expected, "{wanted}");
        }
        assert!(parse_numbers("9-7").is_err());
        assert_eq!(parse_numbers("x"), Err("`x` is no MsgSeqNum".to_owned()));
    }
}
