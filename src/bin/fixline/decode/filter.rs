//! Which messages are shown.

use std::ops::RangeInclusive;

use fixline::wire::{Tag, parse_uint};
use memchr::memmem;

use super::moment::Moment;
use super::record::Record;

/// What a message must be; what is empty asks for nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    /// MsgTypes, or their names.
    pub(super) types: Vec<String>,
    /// How MsgType(35) begins in messages of these types: by a look at the bytes all others are left out.
    pub(super) type_starts: Vec<Vec<u8>>,
    pub(super) sessions: Vec<Parties>,
    pub(super) numbers: Vec<RangeInclusive<u64>>,
    pub(super) fields: Vec<Wanted>,
    /// The first SendingTime(52) that passes.
    pub(super) since: Option<Moment>,
    /// The first that does not any more.
    pub(super) until: Option<Moment>,
}

/// A value that one of a message's fields must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The fields of one name, in whatever version.
    pub(super) tags: Vec<u32>,
    /// `None` for any.
    pub(super) value: Option<Vec<u8>>,
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
    /// Whether the message may pass, by a look at its bytes.
    pub(super) fn may_pass(&self, raw: &[u8]) -> bool {
        let has = |value: &[u8]| memmem::find(raw, value).is_some();
        let fields = &mut self.fields.iter().filter_map(|wanted| wanted.value.as_deref());
        let is_party = |parties: &Parties| match parties {
            Parties::Either(id) => has(id.as_bytes()),
            Parties::FromTo(from, to) => has(from.as_bytes()) && has(to.as_bytes()),
        };
        let is_type = |start: &Vec<u8>| has(start);
        fields.all(has)
            && asks(&self.sessions, is_party)
            && asks(&self.type_starts, is_type)
            && self.may_be_in_time(raw)
    }

    /// Whether a time that passes stands where SendingTime(52) may be.
    fn may_be_in_time(&self, raw: &[u8]) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let mut values = memmem::find_iter(raw, b"52=").map(|at| &raw[at + 3..]);
        values.any(|value| Moment::of_wire(value).is_some_and(|time| self.is_between(time)))
    }

    /// Whether the message is to be shown; `name` finds that of its MsgType.
    pub(super) fn passes<'n>(
        &self,
        record: &Record<'_>,
        name: impl Fn() -> Option<&'n str>,
    ) -> bool {
        let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
        let is_type = |wanted: &String| {
            wanted.as_bytes() == msg_type
                || name().is_some_and(|name| name.eq_ignore_ascii_case(wanted))
        };
        let number = || record.get(Tag::MSG_SEQ_NUM).and_then(parse_uint);
        let is_number =
            |wanted: &RangeInclusive<u64>| number().is_some_and(|number| wanted.contains(&number));
        asks(&self.types, is_type)
            && asks(&self.sessions, |parties| parties.are_of(record))
            && asks(&self.numbers, is_number)
            && self.fields.iter().all(|wanted| wanted.is_in(record))
            && self.is_in_time(record)
    }

    fn is_in_time(&self, record: &Record<'_>) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let Some(time) = record.get(Tag::SENDING_TIME).and_then(Moment::of_wire) else {
            return false;
        };
        self.is_between(time)
    }

    fn is_between(&self, time: Moment) -> bool {
        self.since.is_none_or(|since| !time.is_before(since))
            && self.until.is_none_or(|until| time.is_before(until))
    }
}

impl Wanted {
    /// Whether a field of the message has it.
    fn is_in(&self, record: &Record<'_>) -> bool {
        record.fields.iter().any(|field| {
            let is_value = |value: &Vec<u8>| value == field.value;
            self.tags.contains(&field.tag) && self.value.as_ref().is_none_or(is_value)
        })
    }

    /// `11=O17`, `ClOrdID=O17`, or `11` for any value; `tags` finds the tags of a name.
    pub(super) fn parse(text: &str, tags: impl Fn(&str) -> Vec<u32>) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.as_bytes().to_vec())),
            None => (text.trim(), None),
        };
        if let Some(tag) = parse_uint(name.as_bytes()).and_then(|tag| u32::try_from(tag).ok()) {
            return Ok(Self { tags: vec![tag], value });
        }
        let tags = tags(name);
        if tags.is_empty() {
            return Err(format!("no dictionary has a field `{name}`"));
        }
        Ok(Self { tags, value })
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
    use super::super::tests::first;
    use super::*;

    fn passes(filter: &Filter) -> bool {
        let line = b"8=FIX.4.4|9=1|35=D|49=A|56=B|34=7|52=20261123-10:00:00.5|11=O1|10=000|";
        let record = first(line);
        let passes = filter.passes(&record, || Some("NewOrderSingle"));
        // A look at the bytes leaves out nothing that passes, and most of the rest.
        assert!(!passes || filter.may_pass(record.raw));
        passes
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

    #[test]
    fn fields_are_by_tag_or_name_with_a_value_or_any() {
        let tags = |name: &str| if name == "ClOrdID" { vec![11] } else { Vec::new() };
        for (wanted, expected) in
            [("11=O1", true), ("ClOrdID=O1", true), ("11=O2", false), ("11", true), ("41", false)]
        {
            let fields = vec![Wanted::parse(wanted, tags).unwrap()];
            assert_eq!(passes(&Filter { fields, ..Filter::default() }), expected, "{wanted}");
        }
        assert!(Wanted::parse("Colour=x", tags).is_err());
    }

    #[test]
    fn a_look_at_the_bytes_tells_most_that_cannot_pass() {
        let time = |text| Moment::parse(text).unwrap();
        let by_type =
            Filter { type_starts: vec![b"35=D".into(), b"35=8".into()], ..Filter::default() };
        let by_time = Filter { since: Some(time("10:00")), ..Filter::default() };
        for (line, may) in [
            (&b"8=FIX.4.4|9=1|35=D|52=20261123-10:00:00|10=0|"[..], (true, true)),
            (b"8=FIX.4.4|9=1|35=8|52=20261123-09:00:00|10=0|", (true, false)),
            (b"8=FIX.4.4|9=1|35=G|52=soon|10=0|", (false, false)),
            (b"8=FIX.4.4|9=1|35=G|452=1|52=20261123-11:00:00|10=0|", (false, true)),
        ] {
            assert_eq!((by_type.may_pass(line), by_time.may_pass(line)), may);
        }
    }

    #[test]
    fn times_are_those_of_sending_and_of_the_day_where_no_day_is_said() {
        for (since, until, expected) in [
            (Some("10:00"), None, true),
            (Some("10:00:00.501"), None, false),
            (None, Some("10:00:00.5"), false),
            (Some("20261123-09:00:00"), Some("2026-11-23T10:00:01Z"), true),
            (Some("2026-11-24"), None, false),
        ] {
            let read = |text: Option<&str>| text.map(|text| Moment::parse(text).unwrap());
            let filter = Filter { since: read(since), until: read(until), ..Filter::default() };
            assert_eq!(passes(&filter), expected, "{since:?} {until:?}");
        }
    }
}
