//! Messages judged by the same file as QuickFIX C++ judges them. `tests/interop/run.sh` builds the
//! judge and names it in `FIXLINE_QUICKFIX_JUDGE`; without it there is nothing to compare with.
//!
//! What differs, and is left out of the comparison: QuickFIX C++ does not look into groups (values,
//! counts of groups within groups, order); it does not look at the formats of some types; it does not
//! read groups of the header, and data in groups. What is right to one and wrong to the other beyond
//! that is a fault.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fixline::dictionary::{
    Check, Datatype, Dictionary, Level, Member, Policy, Reader, Spec, Standard, Violation,
};
use fixline::testing::Random;
use fixline::wire::{Message, from_text};

use crate::generate::{Parts, Put, Source};
use crate::oddities::{ODDITIES, Oddity};
use crate::quickfix_file::lines;

/// How many messages for each file, and for each that is odd in one place or two.
const MESSAGES: usize = 1_000;
const MESSAGES_FEW: usize = 60;

fn judge() -> Option<PathBuf> {
    let judge = std::env::var_os("FIXLINE_QUICKFIX_JUDGE").map(PathBuf::from);
    if judge.is_none() {
        println!("skipped: FIXLINE_QUICKFIX_JUDGE names no judge, tests/interop/run.sh builds one");
    }
    judge
}

/// What the judge says of a file, and of each message.
fn judged(judge: &Path, file: &Path, messages: &[Vec<u8>]) -> Vec<String> {
    let mut child = Command::new(judge)
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the judge can be started");
    let mut input = child.stdin.take().expect("it is piped");
    let text: Vec<u8> =
        messages.iter().flat_map(|message| [message, &b"\n"[..]].concat()).collect();
    let writer = std::thread::spawn(move || input.write_all(&text));
    let output = child.wait_with_output().expect("it ends");
    // What brings it down leaves the rest unread.
    drop(writer.join());
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// A way to change a message.
fn changed(random: &mut Random, source: &Source<'_>, parts: &mut Parts) {
    let at = random.below(parts.body.len().max(1));
    let put = |tag, value: &str| Put {
        tag,
        value: value.into(),
        is_required: false,
        depth: 0,
        counts: None,
    };
    let Some(chosen) = parts.body.get(at).cloned() else { return };
    let pairs = |tag: u32| {
        let tag = fixline::wire::Tag::new(tag).expect("a tag");
        tag.length_tag().is_some() || tag.data_tag().is_some()
    };
    if pairs(chosen.tag) {
        return;
    }
    // What begins an entry decides how many there are.
    let is_in_group = chosen.depth > 0 || chosen.counts.is_some();
    match random.below(8) {
        0..=2 if is_in_group => {}
        0 => drop(parts.body.remove(at)),
        1 => parts.body.insert(at, put(4_999, "x")),
        2 => {
            let tags: Vec<u32> = source.fields.keys().copied().filter(|tag| !pairs(*tag)).collect();
            parts.body.insert(at, put(tags[random.below(tags.len())], "x"));
        }
        3 => parts.body[at].value = "~".into(),
        4 => parts.body[at].value = "98765".into(),
        5 => parts.body[at].value = "none of them".into(),
        6 => {
            if let Some(count) = chosen.counts {
                parts.body[at].value = (count + 1).to_string();
            }
        }
        _ => parts.body[at].value = "0".into(),
    }
}

/// The tags that stand in groups of a message, and not outside of them.
fn grouped(source: &Source<'_>, spec: &Spec, msg_type: &str) -> BTreeSet<u32> {
    let message = spec.messages.iter().find(|message| message.msg_type == msg_type);
    let mut tags = BTreeSet::new();
    source.grouped_tags(&message.expect("it is there").members, &mut tags);
    tags
}

struct Files {
    judge: PathBuf,
    folder: PathBuf,
    /// How often the two said what.
    verdicts: BTreeMap<(String, String), usize>,
    differing: Vec<String>,
}

impl Files {
    fn compare(
        &mut self,
        standard: Standard,
        text: &str,
        what: &str,
        count: usize,
        random: &mut Random,
    ) {
        let spec = comparable(standard);
        let path = self.folder.join(format!("{standard}.xml"));
        std::fs::write(&path, text).unwrap();
        let mut reader = Reader::new();
        reader.add(what, text.as_bytes());
        let reading = reader.finish();
        let dictionary =
            reading.dictionary.unwrap_or_else(|| panic!("{what}: {:?}", reading.findings));
        // Messages of what the file says without its oddities.
        let source = Source::new(&spec);
        let mut messages = Vec::new();
        for number in 0..count {
            let message = &spec.messages[random.below(spec.messages.len())];
            let body = source.body(random, &message.members);
            let mut parts = source.around(random, body);
            if number % 3 > 0 {
                changed(random, &source, &mut parts);
            }
            messages.push((
                &*message.msg_type,
                from_text(&parts.text(standard.name(), &message.msg_type)),
            ));
        }
        let bytes: Vec<Vec<u8>> = messages.iter().map(|(_, bytes)| bytes.clone()).collect();
        let theirs = judged(&self.judge, &path, &bytes);
        assert_eq!(theirs.first().map(String::as_str), Some("loaded"), "{what}");
        for ((msg_type, bytes), theirs) in messages.iter().zip(theirs.iter().skip(1)) {
            let ours = ours(&dictionary, bytes);
            let tag = ours.map_or(0, |(_, tag)| tag);
            let ours =
                ours.map_or_else(|| "ok".to_owned(), |(reason, tag)| format!("{reason} {tag}"));
            *self.verdicts.entry((reason(&ours), reason(theirs))).or_default() += 1;
            let is_right = ours == "ok";
            let is_looked_at = || {
                let in_group = grouped(&source, &spec, msg_type).contains(&tag);
                let formed = source.fields.get(&tag).map(|field| field.datatype);
                !(in_group || reason(&ours) == "6" && formed.is_some_and(is_free_to_them))
            };
            if theirs != "unread" && is_right != (theirs == "ok") && (is_right || is_looked_at()) {
                let shown = String::from_utf8_lossy(bytes).replace('\x01', "|");
                self.differing.push(format!("{what}: ours {ours}, theirs {theirs}: {shown}"));
            }
        }
    }
}

/// Types whose formats they do not look at.
const fn is_free_to_them(datatype: Datatype) -> bool {
    matches!(
        datatype,
        Datatype::Currency
            | Datatype::Country
            | Datatype::Language
            | Datatype::MonthYear
            | Datatype::DayOfMonth
            | Datatype::LocalMktDate
            | Datatype::LocalMktTime
            | Datatype::TzTimeOnly
            | Datatype::TzTimestamp
            | Datatype::Tenor
            | Datatype::TagNum
            | Datatype::MultipleCharValue
            | Datatype::MultipleStringValue
    )
}

/// What the version says, without what their files cannot say: lists that are not all, a size that is
/// a quantity as well; and without groups in the header.
fn comparable(standard: Standard) -> Spec {
    let mut spec = standard.spec();
    for field in &mut spec.fields {
        field.open = false;
        // Which messages there are, the messages say.
        if field.tag == 35 {
            field.values.clear();
        }
        if field.tag == 27 {
            field.datatype = Datatype::String;
        }
    }
    spec.header.retain(|member| !matches!(member, Member::Group { .. } | Member::Component { .. }));
    spec
}

fn reason(verdict: &str) -> String {
    verdict.split(' ').next().unwrap_or_default().to_owned()
}

/// As a session of QuickFIX's profile has it.
fn ours(dictionary: &Dictionary, bytes: &[u8]) -> Option<(u16, u32)> {
    let policy =
        Policy::STRICT.with(Check::LooseFormat, Level::Off).with(Check::GroupOrder, Level::Off);
    let Ok(message) = Message::parse(bytes) else { return Some((99, 0)) };
    let found = dictionary.validate(message, &policy).err()?;
    let Violation { check, tag } = found;
    Some((check.reason().unwrap_or(0), tag.map_or(0, |tag| tag.get())))
}

/// It refuses a field without a type, and does not look at formats of types that are misspelt.
fn comparable_oddities() -> impl Iterator<Item = (&'static str, Oddity)> {
    let others = ["FILE-02", "FILE-04", "a field without"];
    let is_other = move |what: &str| others.iter().any(|other| what.starts_with(other));
    ODDITIES.into_iter().filter(move |(what, _)| !is_other(what))
}

#[test]
fn messages_are_judged_as_quickfix_judges_them_by_the_same_file() {
    let Some(judge) = judge() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("judged");
    std::fs::create_dir_all(&folder).unwrap();
    let mut files = Files { judge, folder, verdicts: BTreeMap::new(), differing: Vec::new() };
    for (number, standard) in (0..).zip([
        Standard::Fix40,
        Standard::Fix41,
        Standard::Fix42,
        Standard::Fix43,
        Standard::Fix44,
    ]) {
        let whole = lines(&comparable(standard));
        let mut random = Random::new(number);
        files.compare(standard, &whole.join("\n"), standard.name(), MESSAGES, &mut random);
        let mut file = whole.clone();
        for (_, make) in comparable_oddities() {
            make(&mut file, &mut random);
        }
        let what = format!("{standard}, odd");
        files.compare(standard, &file.join("\n"), &what, MESSAGES, &mut random);
    }
    let whole = lines(&comparable(Standard::Fix44));
    let oddities: Vec<_> = comparable_oddities().collect();
    for (number, (first, make_first)) in oddities.iter().enumerate() {
        // Alone, and with another: each at least twice.
        for step in [0, 1, 7] {
            let (second, make_second) = oddities[(number + step) % oddities.len()];
            let mut random = Random::new((number * 100 + step) as u64);
            let mut file = whole.clone();
            make_first(&mut file, &mut random);
            if step > 0 {
                make_second(&mut file, &mut random);
            }
            let what = format!("{first}, and {second}");
            files.compare(Standard::Fix44, &file.join("\n"), &what, MESSAGES_FEW, &mut random);
        }
    }
    let mut same = 0;
    for ((ours, theirs), count) in &files.verdicts {
        println!("{count:6} ours {ours:4} theirs {theirs}");
        same += if (ours == "ok") == (theirs == "ok") { *count } else { 0 };
    }
    println!("{same} of {} judged alike", files.verdicts.values().sum::<usize>());
    assert!(files.differing.is_empty(), "{}", files.differing.join("\n"));
}
