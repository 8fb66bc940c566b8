//! Random messages of each standard dictionary are right, and each way to break one is told.

use std::collections::BTreeSet;

use fixline::dictionary::{Check, Datatype, Dictionary, Policy, Spec, Standard, Violation};
use fixline::testing::Random;
use fixline::wire::{DefectKind, Message, ParseError, from_text};

use crate::generate::{Parts, Put, Source};

/// Messages of each type of each dictionary; `PROPERTY_CASES` has more.
fn cases() -> u64 {
    std::env::var("PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3)
}

/// A dictionary with the one of its header.
pub(crate) struct Version {
    spec: Spec,
    transport_spec: Spec,
    pub(crate) dictionary: Dictionary,
    transport: Dictionary,
    pub(crate) begin_string: &'static str,
}

impl Version {
    fn new(standard: Standard) -> Self {
        let over = standard.transport();
        let (spec, transport_spec) = (standard.spec(), over.spec());
        let compile =
            |spec| Dictionary::compile(spec).unwrap_or_else(|error| panic!("{standard}: {error}"));
        let (dictionary, transport) = (compile(&spec), compile(&transport_spec));
        Self { spec, transport_spec, dictionary, transport, begin_string: over.name() }
    }

    pub(crate) fn found(&self, text: &str) -> Option<(Check, u32)> {
        let bytes = from_text(text);
        let message = Message::parse(&bytes).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let found = self.dictionary.validate_within(&self.transport, message, &Policy::STRICT);
        found.err().map(|Violation { check, tag }| (check, tag.map_or(0, |tag| tag.get())))
    }
}

/// What a random message is of.
pub(crate) struct Case<'v> {
    pub(crate) version: &'v Version,
    source: &'v Source<'v>,
    pub(crate) msg_type: &'v str,
    /// The tags that its type may have.
    own: BTreeSet<u32>,
}

impl Case<'_> {
    fn text(&self, parts: &Parts) -> String {
        parts.text(self.version.begin_string, self.msg_type)
    }
}

/// Plays `play` with random messages of every type of every dictionary.
pub(crate) fn for_each_message(play: impl Fn(&Case<'_>, &Parts, &mut Random)) {
    for standard in Standard::ALL {
        let version = Version::new(standard);
        let (source, transport) =
            (Source::new(&version.spec), Source::new(&version.transport_spec));
        for (number, message) in version.spec.messages.iter().enumerate() {
            let mut own = BTreeSet::new();
            source.deep_tags(&message.members, &mut own);
            source.deep_tags(&version.transport_spec.header, &mut own);
            source.deep_tags(&version.transport_spec.trailer, &mut own);
            let (version, source, msg_type) = (&version, &source, &message.msg_type);
            let played = Case { version, source, msg_type, own };
            for case in 0..cases() {
                let mut random = Random::new(case * 1_000 + number as u64);
                let body = source.body(&mut random, &message.members);
                let parts = transport.around(&mut random, body);
                play(&played, &parts, &mut random);
            }
        }
    }
}

#[test]
fn what_a_dictionary_allows_is_right() {
    for_each_message(|case, parts, _| {
        let text = case.text(parts);
        let name = case.version.dictionary.version();
        assert_eq!(case.version.found(&text), None, "{name}\n{text}");
    });
}

/// A way to break a message, if this one has what it takes; what must be found in it then.
type Break = fn(&Case<'_>, &mut Parts, &mut Random) -> Option<(Check, u32)>;

const BREAKS: [Break; 8] = [
    unknown_tag,
    missing_tag,
    foreign_tag,
    wrong_value,
    wrong_format,
    repeated_tag,
    wrong_count,
    wrong_order,
];

#[test]
fn each_way_to_break_a_message_is_told() {
    let mut broken = [0; BREAKS.len()];
    let counts = std::cell::RefCell::new(&mut broken);
    for_each_message(|case, parts, random| {
        for (number, change) in BREAKS.iter().enumerate() {
            let mut changed = parts.clone();
            let Some(expected) = change(case, &mut changed, random) else {
                continue;
            };
            let text = case.text(&changed);
            let name = case.version.dictionary.version();
            assert_eq!(case.version.found(&text), Some(expected), "{name}, break {number}\n{text}");
            counts.borrow_mut()[number] += 1;
        }
    });
    assert!(broken.iter().all(|&count| count > 100), "{broken:?}");
}

fn put(tag: u32, value: &str) -> Put {
    Put { tag, value: value.into(), is_required: false, depth: 0, counts: None }
}

/// One of the fields that satisfy a condition.
fn pick(parts: &Parts, random: &mut Random, fits: impl Fn(&Put) -> bool) -> Option<usize> {
    let fitting: Vec<usize> =
        parts.body.iter().enumerate().filter(|(_, put)| fits(put)).map(|(at, _)| at).collect();
    fitting.get(random.below(fitting.len())).copied()
}

/// Fields on the level of the message that are not data, nor lengths of data, nor counts.
fn is_plain(put: &Put) -> bool {
    let tag = fixline::wire::Tag::new(put.tag).expect("a tag");
    // What only the dictionary knows to be a pair is told by its values.
    let is_pair = matches!(&*put.value, "a=b" | "3") && put.tag > 1_500;
    put.depth == 0
        && !is_pair
        && put.counts.is_none()
        && tag.length_tag().is_none()
        && tag.data_tag().is_none()
}

fn unknown_tag(case: &Case<'_>, parts: &mut Parts, random: &mut Random) -> Option<(Check, u32)> {
    let tag = [4_999, 40_001].into_iter().find(|tag| !case.source.fields.contains_key(tag))?;
    let at = random.below(parts.body.len() + 1);
    parts.body.insert(at, put(tag, "x"));
    // Not between a length and its data, which would be garbled.
    let pair = |pair: &[Put]| {
        pair[1].tag == tag && ["5", "3"].contains(&&*pair[0].value) && !is_plain(&pair[0])
    };
    (!parts.body.windows(2).any(pair)).then_some((Check::UnknownTag, tag))
}

fn missing_tag(_: &Case<'_>, parts: &mut Parts, random: &mut Random) -> Option<(Check, u32)> {
    let at = pick(parts, random, |put| put.is_required && is_plain(put))?;
    let tag = parts.body.remove(at).tag;
    // A group may have taken its place: the tag stands in an entry, too.
    Some((Check::RequiredTagMissing, tag))
}

fn foreign_tag(case: &Case<'_>, parts: &mut Parts, random: &mut Random) -> Option<(Check, u32)> {
    let text = |tag: &&u32| case.source.fields[tag].datatype == Datatype::String;
    let pairs = |tag: &&u32| {
        let tag = fixline::wire::Tag::new(**tag).expect("a tag");
        tag.is_header() || tag.is_trailer() || tag.length_tag().is_some()
    };
    let foreign: Vec<u32> = case
        .source
        .fields
        .keys()
        .filter(|tag| !case.own.contains(tag) && text(tag) && !pairs(tag))
        .copied()
        .collect();
    let tag = *foreign.get(random.below(foreign.len()))?;
    parts.body.push(put(tag, "x"));
    Some((Check::TagNotInMessage, tag))
}

fn wrong_value(case: &Case<'_>, parts: &mut Parts, random: &mut Random) -> Option<(Check, u32)> {
    let closed = |put: &Put| {
        let field = case.source.fields[&put.tag];
        let types = [Datatype::Int, Datatype::String, Datatype::Char];
        put.counts.is_none()
            && !field.values.is_empty()
            && !field.open
            && types.contains(&field.datatype)
    };
    let at = pick(parts, random, closed)?;
    let wrong = &mut parts.body[at];
    wrong.value = match case.source.fields[&wrong.tag].datatype {
        Datatype::Int => "98765".into(),
        Datatype::Char => "~".into(),
        _ => "~none~".into(),
    };
    Some((Check::IncorrectValue, wrong.tag))
}

fn wrong_format(case: &Case<'_>, parts: &mut Parts, random: &mut Random) -> Option<(Check, u32)> {
    let free = [Datatype::String, Datatype::Exchange, Datatype::Data, Datatype::XmlData];
    let multiple = [Datatype::MultipleStringValue, Datatype::MultipleCharValue, Datatype::Length];
    let formed = |put: &Put| {
        let datatype = case.source.fields[&put.tag].datatype;
        put.counts.is_none() && !free.contains(&datatype) && !multiple.contains(&datatype)
    };
    // A Length before data is not looked at here: data of another length is garbled.
    let at = pick(parts, random, |put| formed(put) && !["5", "3"].contains(&&*put.value))?;
    parts.body[at].value = "+nonsense".into();
    Some((Check::IncorrectFormat, parts.body[at].tag))
}

fn repeated_tag(_: &Case<'_>, parts: &mut Parts, random: &mut Random) -> Option<(Check, u32)> {
    let at = pick(parts, random, is_plain)?;
    let again = parts.body[at].clone();
    let tag = again.tag;
    parts.body.insert(at + 1, again);
    Some((Check::Repeated, tag))
}

fn wrong_count(case: &Case<'_>, parts: &mut Parts, random: &mut Random) -> Option<(Check, u32)> {
    let free = |put: &Put| put.counts.is_some() && case.source.fields[&put.tag].values.is_empty();
    let at = pick(parts, random, free)?;
    let counter = &mut parts.body[at];
    counter.value = (counter.counts? + 1).to_string();
    Some((Check::GroupCount, counter.tag))
}

/// The first two fields of an entry change places.
fn wrong_order(_: &Case<'_>, parts: &mut Parts, random: &mut Random) -> Option<(Check, u32)> {
    let swappable = |at: usize| {
        let three: Option<&[Put; 3]> =
            parts.body.get(at..at + 3).and_then(|put| put.try_into().ok());
        three.is_some_and(|[counter, first, second]| {
            let plain = |put: &Put| is_plain(&Put { depth: 0, ..put.clone() });
            counter.counts.is_some()
                && plain(first)
                && plain(second)
                && second.depth == first.depth
                && first.tag != second.tag
                // Around the group the second one would have its own place.
                && !parts.body.iter().any(|put| put.tag == second.tag && put.depth < second.depth)
        })
    };
    let candidates: Vec<usize> = (0..parts.body.len()).filter(|&at| swappable(at)).collect();
    let at = *candidates.get(random.below(candidates.len()))?;
    parts.body.swap(at + 1, at + 2);
    Some((Check::GroupOrder, parts.body[at + 1].tag))
}

#[test]
fn what_the_scan_finds_does_not_come_to_the_dictionary() {
    for_each_message(|case, parts, random| {
        if let Some(at) = pick(parts, random, is_plain) {
            let mut changed = parts.clone();
            changed.body[at].value.clear();
            let bytes = from_text(&case.text(&changed));
            let error = Message::parse(&bytes).expect_err("a value is missing");
            assert!(
                matches!(error, ParseError::Defect(defect) if defect.kind == DefectKind::EmptyValue),
                "{error}"
            );
            let mut changed = parts.clone();
            changed.body.insert(at + 1, put(97, "Y"));
            let bytes = from_text(&case.text(&changed));
            let error = Message::parse(&bytes).expect_err("a header field is late");
            assert!(
                matches!(error, ParseError::Defect(defect)
                    if defect.kind == DefectKind::Misplaced || defect.kind == DefectKind::Repeated),
                "{error}"
            );
        }
        let text = case.text(parts).replace(&format!("|35={}|", case.msg_type), "|35=**|");
        assert_eq!(case.version.found(&text), Some((Check::UnknownMsgType, 35)));
    });
}
