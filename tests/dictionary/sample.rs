//! Specifications as text, for tests.
//!
//! ```text
//! version FIX.4.4
//! field 54 Side Char 1=BUY 2=SELL
//! component Instrument 55* 167
//! header 8* 9* 35*
//! trailer 10*
//! message D NewOrderSingle 11* @Instrument* [453 448* 447 [802 523 803 ] ]
//! admin 0 Heartbeat 112
//! ```
//!
//! `..` behind values says that there are others, `*` is required, `@` a component, `[453` begins a group, and `]` or `]*` alone ends it.

use fixline::dictionary::{
    ComponentSpec, Datatype, FieldSpec, Member, MessageSpec, Spec, ValueSpec,
};

/// The specification that a text says.
pub(crate) fn spec(text: &str) -> Spec {
    let mut spec = Spec::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["version", version] => spec.version = (*version).into(),
            ["field", tag, name, datatype, values @ ..] => spec.fields.push(FieldSpec {
                tag: tag.parse().expect(line),
                name: (*name).into(),
                datatype: self::datatype(datatype),
                values: values
                    .iter()
                    .filter(|word| **word != "..")
                    .map(|word| value(word))
                    .collect(),
                open: values.contains(&".."),
            }),
            ["component", name, members @ ..] => {
                let members = self::members(&mut members.iter().copied());
                spec.components.push(ComponentSpec { name: (*name).into(), members });
            }
            ["header", members @ ..] => spec.header = self::members(&mut members.iter().copied()),
            ["trailer", members @ ..] => spec.trailer = self::members(&mut members.iter().copied()),
            [kind @ ("message" | "admin"), msg_type, name, members @ ..] => {
                spec.messages.push(MessageSpec {
                    msg_type: (*msg_type).into(),
                    name: (*name).into(),
                    admin: *kind == "admin",
                    members: self::members(&mut members.iter().copied()),
                });
            }
            _ => panic!("{line}"),
        }
    }
    spec
}

fn value(text: &str) -> ValueSpec {
    let (value, name) = text.split_once('=').expect(text);
    ValueSpec { value: value.into(), name: name.into() }
}

fn members<'t>(words: &mut impl Iterator<Item = &'t str>) -> Vec<Member> {
    members_until_end(words).0
}

/// The members, and whether what ends them is required.
fn members_until_end<'t>(words: &mut impl Iterator<Item = &'t str>) -> (Vec<Member>, bool) {
    let mut members = Vec::new();
    while let Some(word) = words.next() {
        let (plain, required) = match word.strip_suffix('*') {
            Some(plain) => (plain, true),
            None => (word, false),
        };
        if plain == "]" {
            return (members, required);
        }
        members.push(if let Some(name) = plain.strip_prefix('@') {
            Member::Component { name: name.into(), required }
        } else if let Some(tag) = plain.strip_prefix('[') {
            let tag = tag.parse().expect(word);
            let (members, required) = members_until_end(words);
            Member::Group { tag, required, members }
        } else {
            Member::Field { tag: plain.parse().expect(word), required }
        });
    }
    (members, false)
}

fn datatype(name: &str) -> Datatype {
    use Datatype as T;
    let all = [
        T::Int,
        T::Length,
        T::NumInGroup,
        T::SeqNum,
        T::TagNum,
        T::DayOfMonth,
        T::Float,
        T::Qty,
        T::Price,
        T::PriceOffset,
        T::Amt,
        T::Percentage,
        T::Char,
        T::Boolean,
        T::String,
        T::MultipleCharValue,
        T::MultipleStringValue,
        T::Country,
        T::Currency,
        T::Exchange,
        T::Language,
        T::MonthYear,
        T::UtcTimestamp,
        T::UtcTimeOnly,
        T::UtcDateOnly,
        T::LocalMktDate,
        T::LocalMktTime,
        T::TzTimeOnly,
        T::TzTimestamp,
        T::Tenor,
        T::Data,
        T::XmlData,
    ];
    all.into_iter().find(|datatype| format!("{datatype:?}") == name).expect(name)
}
