//! Random messages that a specification allows, as lists of fields.

use std::collections::{BTreeMap, BTreeSet};

use fixline::dictionary::{Datatype, FieldSpec, Member, Spec};
use fixline::testing::Random;
use fixline::wire::Tag;

/// A field, and what is known of where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    pub(crate) tag: u32,
    pub(crate) value: String,
    pub(crate) is_required: bool,
    /// 0 on the level of the message.
    pub(crate) depth: usize,
    /// How many entries it counts, if it is a NumInGroup field.
    pub(crate) counts: Option<usize>,
}

/// The header, the body and the trailer of a message, without 8, 9, 35 and 10.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) header: Vec<Put>,
    pub(crate) body: Vec<Put>,
    pub(crate) trailer: Vec<Put>,
}

impl Parts {
    pub(crate) fn text(&self, begin_string: &str, msg_type: &str) -> String {
        let mut text = format!("8={begin_string}|35={msg_type}|");
        for Put { tag, value, .. } in self.header.iter().chain(&self.body).chain(&self.trailer) {
            text.push_str(&format!("{tag}={value}|"));
        }
        text
    }
}

/// A specification, at hand.
pub(crate) struct Source<'s> {
    spec: &'s Spec,
    pub(crate) fields: BTreeMap<u32, &'s FieldSpec>,
    components: BTreeMap<&'s str, &'s [Member]>,
    /// Data by its length, where the wire does not know the two: as they stand one behind the other.
    pairs: BTreeMap<u32, u32>,
}

impl<'s> Source<'s> {
    pub(crate) fn new(spec: &'s Spec) -> Self {
        let fields = spec.fields.iter().map(|field| (field.tag, field)).collect();
        let components =
            spec.components.iter().map(|component| (&*component.name, &*component.members));
        let mut source =
            Self { spec, fields, components: components.collect(), pairs: BTreeMap::new() };
        let lists = spec.components.iter().map(|component| &component.members);
        for list in lists.chain(spec.messages.iter().map(|message| &message.members)) {
            source.pair(list);
        }
        source
    }

    fn pair(&mut self, members: &[Member]) {
        let is_data = |tag: u32| {
            let datatype = self.fields.get(&tag).map(|field| field.datatype);
            matches!(datatype, Some(Datatype::Data | Datatype::XmlData))
        };
        for pair in members.windows(2) {
            let (length, data) = (tag_of(&pair[0]), tag_of(&pair[1]));
            if is_data(data) && length != 0 && Tag::new(data).unwrap().length_tag().is_none() {
                self.pairs.insert(length, data);
            }
        }
        for member in members {
            if let Member::Group { members, .. } = member {
                self.pair(members);
            }
        }
    }

    /// Header and trailer of this specification around a body.
    pub(crate) fn around(&self, random: &mut Random, body: Vec<Put>) -> Parts {
        let frame = |put: &Put| ![8, 9, 35, 10].contains(&put.tag);
        let mut part = |members| {
            let mut level = self.level(random, members, 0);
            level.retain(frame);
            level
        };
        Parts { header: part(&self.spec.header), body, trailer: part(&self.spec.trailer) }
    }

    /// One level: what is required and some of the rest, groups behind all else, which only the
    /// level of a message may do.
    pub(crate) fn body(&self, random: &mut Random, members: &[Member]) -> Vec<Put> {
        self.level(random, members, 0)
    }

    fn level(&self, random: &mut Random, members: &[Member], depth: usize) -> Vec<Put> {
        let mut chosen = Vec::new();
        self.choose(random, members, true, depth > 0, &mut chosen);
        if depth == 0 {
            chosen.sort_by_key(|(member, _)| matches!(member, Member::Group { .. }));
        }
        let mut level = Vec::new();
        // Tags that the groups so far would take for their own.
        let mut taken = BTreeSet::new();
        for (at, (member, is_required)) in chosen.iter().enumerate() {
            let later = chosen.get(at + 1..).unwrap_or_default();
            match member {
                Member::Field { tag, .. } if !taken.contains(tag) => {
                    self.field(random, *tag, *is_required, depth, &mut level);
                }
                Member::Group { tag, members, .. } if !taken.contains(tag) => {
                    let mut own = BTreeSet::new();
                    self.deep_tags(members, &mut own);
                    let robs =
                        |(other, needed): &(&Member, bool)| *needed && own.contains(&tag_of(other));
                    if !later.iter().any(robs) && depth < 3 {
                        self.group(random, *tag, members, *is_required, depth, &mut level);
                        taken.extend(own);
                    }
                }
                _ => {}
            }
        }
        level
    }

    /// Which members of a list there are, components resolved. The component that brings what an
    /// entry begins with is there.
    fn choose<'m>(
        &'m self,
        random: &mut Random,
        members: &'m [Member],
        is_level_there: bool,
        begins_entry: bool,
        chosen: &mut Vec<(&'m Member, bool)>,
    ) {
        for (at, member) in members.iter().enumerate() {
            match member {
                Member::Component { name, required } => {
                    let is_first = begins_entry && at == 0;
                    if *required || is_first || random.below(4) == 0 {
                        let inner = self.components.get(&**name).copied().unwrap_or_default();
                        self.choose(random, inner, is_level_there, is_first, chosen);
                    }
                }
                Member::Field { required, .. } | Member::Group { required, .. } => {
                    if *required || random.below(4) == 0 {
                        chosen.push((member, *required && is_level_there));
                    }
                }
            }
        }
    }

    fn field(
        &self,
        random: &mut Random,
        tag: u32,
        is_required: bool,
        depth: usize,
        level: &mut Vec<Put>,
    ) {
        let put = |tag, value| Put { tag, value, is_required, depth, counts: None };
        let tag_known = Tag::new(tag).expect("a tag");
        if tag_known.length_tag().is_some() {
            return;
        }
        if let Some(data) =
            tag_known.data_tag().filter(|data| self.fields.contains_key(&data.get()))
        {
            level.push(put(tag, "5".into()));
            level.push(put(data.get(), "a=b\\x01c".into()));
            return;
        }
        if let Some(data) = self.pairs.get(&tag) {
            level.push(put(tag, "3".into()));
            level.push(put(*data, "a=b".into()));
            return;
        }
        if self.pairs.values().any(|data| *data == tag) {
            return;
        }
        level.push(put(tag, self.value(random, tag)));
    }

    fn group(
        &self,
        random: &mut Random,
        tag: u32,
        members: &[Member],
        is_required: bool,
        depth: usize,
        level: &mut Vec<Put>,
    ) {
        let count = 1 + random.below(2);
        let counter =
            Put { tag, value: count.to_string(), is_required, depth, counts: Some(count) };
        let mut entries = vec![counter];
        let delimiter = self.first(members);
        for _ in 0..count {
            let entry = self.level(random, members, depth + 1);
            if entry.first().is_none_or(|first| first.tag != tag_of(delimiter)) {
                match delimiter {
                    Member::Group { tag, members, .. } => {
                        self.group(random, *tag, members, false, depth + 1, &mut entries);
                    }
                    _ => self.field(random, tag_of(delimiter), false, depth + 1, &mut entries),
                }
            }
            entries.extend(entry);
        }
        level.extend(entries);
    }

    /// What an entry begins with.
    fn first<'m>(&'m self, members: &'m [Member]) -> &'m Member {
        match members.first().expect("a group has members") {
            Member::Component { name, .. } => {
                self.first(self.components.get(&**name).expect("it is defined"))
            }
            member => member,
        }
    }

    /// Every tag of a list, those within its groups included.
    pub(crate) fn deep_tags(&self, members: &[Member], tags: &mut BTreeSet<u32>) {
        for member in members {
            match member {
                Member::Component { name, .. } => {
                    let inner = self.components.get(&**name).copied().unwrap_or_default();
                    self.deep_tags(inner, tags);
                }
                Member::Field { tag, .. } => drop(tags.insert(*tag)),
                Member::Group { tag, members, .. } => {
                    tags.insert(*tag);
                    self.deep_tags(members, tags);
                }
            }
        }
    }

    /// The tags that stand in groups of a list.
    #[cfg(feature = "xml")]
    pub(crate) fn grouped_tags(&self, members: &[Member], tags: &mut BTreeSet<u32>) {
        for member in members {
            match member {
                Member::Component { name, .. } => {
                    let inner = self.components.get(&**name).copied().unwrap_or_default();
                    self.grouped_tags(inner, tags);
                }
                Member::Field { .. } => {}
                Member::Group { members, .. } => self.deep_tags(members, tags),
            }
        }
    }

    /// A value that the field may have.
    fn value(&self, random: &mut Random, tag: u32) -> String {
        let field = self.fields.get(&tag).expect("it is defined");
        if let Some(value) = field.values.get(random.below(field.values.len())) {
            return value.value.clone();
        }
        let number = 1 + random.below(28);
        match field.datatype {
            Datatype::Int | Datatype::Length | Datatype::SeqNum | Datatype::TagNum => {
                number.to_string()
            }
            Datatype::NumInGroup => "0".into(),
            Datatype::DayOfMonth => number.to_string(),
            Datatype::Float
            | Datatype::Qty
            | Datatype::Price
            | Datatype::PriceOffset
            | Datatype::Amt
            | Datatype::Percentage => format!("{number}.50"),
            Datatype::Char => "x".into(),
            Datatype::Boolean => "Y".into(),
            Datatype::MultipleCharValue => "x y".into(),
            Datatype::MultipleStringValue => "xx y".into(),
            Datatype::Country => "CH".into(),
            Datatype::Currency => "CHF".into(),
            Datatype::Language => "de".into(),
            Datatype::MonthYear => "202611".into(),
            Datatype::UtcTimestamp => format!("202611{number:02}-09:30:00"),
            Datatype::UtcTimeOnly | Datatype::LocalMktTime => "09:30:00".into(),
            Datatype::UtcDateOnly | Datatype::LocalMktDate => format!("202611{number:02}"),
            Datatype::TzTimeOnly => "09:30+01".into(),
            Datatype::TzTimestamp => "20261122-09:30:00+01:00".into(),
            Datatype::Tenor => format!("M{number}"),
            _ => format!("text {number}"),
        }
    }
}

fn tag_of(member: &Member) -> u32 {
    match member {
        Member::Field { tag, .. } | Member::Group { tag, .. } => *tag,
        Member::Component { .. } => 0,
    }
}
