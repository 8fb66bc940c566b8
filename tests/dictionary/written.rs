//! Random bodies of each standard dictionary, put in any order, are written so that they are right
//! and read the same.

use fixline::dictionary::{BodyWriter, EntryFields, EntryWriter};
use fixline::testing::Random;
use fixline::wire::{Body, Message, PutField, Tag, from_text};

use crate::generate::{Parts, Put};
use crate::random::{Version, for_each_message};

/// A field of a level, and the entries that it counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    tag: Tag,
    value: Vec<u8>,
    entries: Vec<Vec<Self>>,
}

/// The fields of a level, which is this deep, by tag.
fn level(puts: &[Put], depth: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    let starts = puts.chunk_by(|_, next| next.depth > depth);
    for own in starts {
        let (field, inner) = own.split_first().unwrap();
        let mut entries: Vec<&[Put]> = Vec::new();
        let mut rest = inner;
        while let Some(delimiter) = rest.first() {
            let begins = |put: &Put| put.depth == depth + 1 && put.tag == delimiter.tag;
            let len = rest[1..].iter().position(begins).map_or(rest.len(), |at| at + 1);
            entries.push(&rest[..len]);
            rest = &rest[len..];
        }
        assert_eq!(field.counts.unwrap_or(0), entries.len(), "{puts:?}");
        let entries = entries.into_iter().map(|entry| level(entry, depth + 1)).collect();
        let value = field.value.replace("\\x01", "\x01").into_bytes();
        nodes.push(Node { tag: Tag::new(field.tag).unwrap(), value, entries });
    }
    nodes.sort();
    nodes
}

/// The fields of a level as the dictionary reads them, by tag.
fn read(fields: EntryFields<'_, '_>) -> Vec<Node> {
    let node = |field: fixline::wire::Field<'_>| {
        let entries = fields.group(field.tag).into_iter().flatten().map(read).collect();
        Node { tag: field.tag, value: field.value.to_vec(), entries }
    };
    let mut nodes: Vec<Node> = fields.own().map(node).collect();
    nodes.sort();
    nodes
}

fn shuffled(nodes: &[Node], random: &mut Random) -> Vec<Node> {
    let mut nodes = nodes.to_vec();
    for at in (1..nodes.len()).rev() {
        nodes.swap(at, random.below(at + 1));
    }
    nodes
}

macro_rules! fill {
    ($name:ident, $Writer:ty) => {
        fn $name(writer: &mut $Writer, nodes: &[Node], random: &mut Random) {
            for node in shuffled(nodes, random) {
                if node.entries.is_empty() {
                    writer.put(node.tag, &node.value);
                    continue;
                }
                let mut group = writer.group(node.tag);
                for entry in &node.entries {
                    fill_entry(&mut group.entry(), entry, random);
                }
            }
        }
    };
}

fill!(fill_body, BodyWriter<'_>);
fill!(fill_entry, EntryWriter<'_, '_>);

/// The message with this body, as text.
fn text(version: &Version, msg_type: &str, parts: &Parts, body: &Body) -> String {
    let around = Parts { body: Vec::new(), ..parts.clone() }.text(version.begin_string, msg_type);
    let trailer = parts.trailer.iter().map(|put| put.tag).next();
    let at =
        trailer.and_then(|tag| around.find(&format!("|{tag}="))).map_or(around.len(), |at| at + 1);
    let mut text = String::from(&around[..at]);
    for field in body.as_fields().unwrap() {
        let value = String::from_utf8_lossy(field.value).replace('\x01', "\\x01");
        text += &format!("{}={value}|", field.tag);
    }
    text + &around[at..]
}

#[test]
fn whatever_order_fields_are_put_in_they_are_right_and_read_the_same() {
    let groups = std::cell::Cell::new(0);
    for_each_message(|case, parts, random| {
        let (version, msg_type) = (case.version, case.msg_type);
        let nodes = level(&parts.body, 0);
        let name = version.dictionary.version();
        let mut writer = version.dictionary.body_writer(msg_type).unwrap();
        fill_body(&mut writer, &nodes, random);
        let mut body = Body::new();
        writer.write(&mut body).unwrap_or_else(|error| panic!("{name} {error}\n{nodes:?}"));

        let text = text(version, msg_type, parts, &body);
        assert_eq!(version.found(&text), None, "{name}\n{text}");
        let bytes = from_text(&text);
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(read(version.dictionary.body(message).unwrap()), nodes, "{name}\n{text}");
        groups.set(groups.get() + nodes.iter().filter(|node| !node.entries.is_empty()).count());

        // Put in another order, it is the same body, to the byte.
        fill_body(&mut writer, &nodes, random);
        let mut again = Body::new();
        writer.write_part(&mut again).unwrap();
        assert_eq!(again.as_fields(), body.as_fields());
    });
    assert!(groups.get() > 500, "{}", groups.get());
}

/// What an order has, or an entry of a group, its delimiter first.
fn members(of: Option<Tag>) -> &'static [u32] {
    match of.map_or(0, Tag::get) {
        0 => &[11, 453, 386, 55, 58, 355],
        453 => &[448, 447, 452, 802, 58],
        386 => &[336, 625],
        802 => &[523, 803],
        _ => &[9999],
    }
}

/// Tags and values that are mostly wrong.
const TAGS: [u32; 8] = [448, 802, 523, 453, 58, 8, 627, 9999];
const VALUES: [&str; 4] = ["", "a\x01b", "3", "x"];

macro_rules! anything {
    ($name:ident, $Writer:ty) => {
        /// Puts mostly what may be put, and says what that is.
        fn $name(writer: &mut $Writer, of: Option<Tag>, random: &mut Random) -> Vec<Node> {
            let mut nodes: Vec<Node> = Vec::new();
            for turn in 0..=random.below(5) {
                let own = members(of);
                let tag = match random.below(40) {
                    0 => TAGS[random.below(TAGS.len())],
                    _ if turn == 0 => own[0],
                    _ => own[random.below(own.len())],
                };
                let tag = Tag::new(tag).unwrap();
                if nodes.iter().any(|node| node.tag == tag) && random.below(20) != 0 {
                    continue;
                }
                let (mut value, mut entries) = (b"1".to_vec(), Vec::new());
                if [453, 386, 802].contains(&tag.get()) && random.below(40) != 0 {
                    let mut group = writer.group(tag);
                    for _ in 0..random.below(3) {
                        entries.push(any_entry(&mut group.entry(), Some(tag), random));
                    }
                    if entries.is_empty() {
                        continue;
                    }
                    value = entries.len().to_string().into_bytes();
                } else {
                    if random.below(40) == 0 {
                        value = VALUES[random.below(VALUES.len())].into();
                    }
                    if tag == Tag::ENCODED_TEXT {
                        writer.put(Tag::ENCODED_TEXT_LEN, b"1");
                        let (tag, value) = (Tag::ENCODED_TEXT_LEN, b"1".to_vec());
                        nodes.push(Node { tag, value, entries: Vec::new() });
                    }
                    writer.put(tag, &value);
                }
                nodes.push(Node { tag, value, entries });
            }
            nodes.sort();
            nodes
        }
    };
}

anything!(any_body, BodyWriter<'_>);
anything!(any_entry, EntryWriter<'_, '_>);

#[test]
fn whatever_is_put_is_read_the_same_or_refused_as_a_whole() {
    let dictionary = crate::dictionary(crate::FIX44);
    let mut writer = dictionary.body_writer("D").unwrap();
    let mut written = [0; 2];
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let nodes = any_body(&mut writer, None, &mut random);
        let mut body = Body::new();
        let is_right = writer.write_part(&mut body).is_ok();
        let fields = body.as_fields().expect("nothing that cannot be written");
        if is_right {
            let bytes = from_text(&format!("8=FIX.4.4|35=D|{fields}"));
            let message = Message::parse(&bytes).unwrap();
            assert_eq!(read(dictionary.body(message).unwrap()), nodes, "{fields}");
        } else {
            assert!(fields.is_empty(), "{fields}");
        }
        let has_groups = nodes.iter().any(|node| !node.entries.is_empty());
        written[usize::from(is_right)] += usize::from(has_groups);
    }
    assert!(written.iter().all(|&count| count > 2_000), "{written:?}");
}
