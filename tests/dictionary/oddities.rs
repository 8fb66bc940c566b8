//! What public dictionaries have in them that no specification allows: each kind in random places of
//! the shipped ones, alone, in pairs, and all at once. FILE-01 to FILE-06.

use std::collections::BTreeMap;

use fixline::dictionary::xml::{self, Limits};
use fixline::dictionary::{
    Dictionary, Policy, Reader, Reading, Severity, Spec, Standard, Strictness,
};
use fixline::testing::Random;
use fixline::wire::{Message, from_text};

use crate::generate::Source;
use crate::quickfix_file::lines;

/// A file, line by line, and a way to make it odd in one place; false where it has none.
pub(crate) type Oddity = fn(&mut Vec<String>, &mut Random) -> bool;

/// Each with the row that it is of.
pub(crate) const ODDITIES: [(&str, Oddity); 32] = [
    ("FILE-01 a group counted by a STRING", |file, random| {
        replace(file, random, "type='NUMINGROUP'", "type='STRING'")
    }),
    ("FILE-01 a group counted by a CHAR", |file, random| {
        replace(file, random, "type='NUMINGROUP'", "type='CHAR'")
    }),
    ("FILE-02 QUANTITY", |file, random| replace(file, random, "type='QTY'", "type='QUANTITY'")),
    ("FILE-02 MONTH-YEAR", |file, random| {
        replace(file, random, "type='MONTHYEAR'", "type='MONTH-YEAR'")
    }),
    ("FILE-02 DAY-OF-MONTH", |file, random| {
        replace(file, random, "type='DAYOFMONTH'", "type='DAY-OF-MONTH'")
    }),
    ("FILE-02 a blank before", |file, random| replace(file, random, " type='", " type=' ")),
    ("FILE-02 a blank behind", |file, random| replace(file, random, "type='INT'", "type='INT '")),
    ("FILE-02 an unknown name", |file, random| {
        replace(file, random, "type='STRING'", "type='WHATEVER'")
    }),
    ("FILE-03 a value twice", |file, random| again(file, random, "<value enum='")),
    ("FILE-03 a member twice", |file, random| again(file, random, "<field name='")),
    ("FILE-03 a component twice in a list", |file, random| {
        again(file, random, "<component name='") && !file.is_empty()
    }),
    ("FILE-04 data without its length", data_without_length),
    ("FILE-05 a category that is none", |file, random| {
        replace(file, random, "msgcat='app'", "msgcat='other'")
    }),
    ("FILE-05 a session message in no category", |file, random| {
        replace(file, random, "msgcat='admin'", "msgcat=''")
            || replace(file, random, "msgcat='app'", "msgcat=''")
    }),
    ("FILE-06 a stray element", |file, random| {
        insert(file, random, |_| true, "<stray name='x' required='Y'/>")
    }),
    ("FILE-06 a stray value", |file, random| {
        // Not where it would be a value of a field.
        let of_field = ["<value", "<stray", "</field>"];
        let fits = |line: &str| !of_field.iter().any(|part| line.contains(part));
        insert(file, random, fits, "<value enum='1' description='x'/>")
    }),
    ("FILE-06 an unused component with unknown members", |file, random| {
        let unused = "<component name='Unused'><field name='No1'/><component name='No2'/>\
                      <group name='No3'><field name='No4'/></group></component>";
        insert(file, random, |line| line.contains("</components>"), unused)
    }),
    ("FILE-06 unused components that contain each other", |file, random| {
        let unused = "<component name='U1'><component name='U2'/></component>\
                      <component name='U2'><component name='U1'/></component>";
        insert(file, random, |line| line.contains("</components>"), unused)
    }),
    ("FILE-06 an empty value", |file, random| {
        insert(
            file,
            random,
            |line| line.contains("<value enum"),
            "<value enum='' description='x'/>",
        )
    }),
    ("FILE-06 a tag twice", |file, random| {
        let Some(at) = pick(file, random, |line| line.contains("<field number=")) else {
            return false;
        };
        let second = file[at].replace("name='", "name='Second").replace("'>", "'/>");
        file.insert(at, second.replace("type='CHAR'", "type='STRING'"));
        true
    }),
    ("FILE-06 a message twice", |file, random| {
        let Some(at) = pick(file, random, |line| line.contains("<message ")) else { return false };
        file.insert(at, file[at].replace("'>", "'/>"));
        true
    }),
    ("FILE-06 a tag twice after expansion", twice_after_expansion),
    ("FILE-06 a component twice", |file, random| {
        let is_definition = |line: &str| line.starts_with("  <component name=");
        let Some(at) = pick(file, random, is_definition) else { return false };
        let second = file[at].replace("'>", "'/>");
        let end =
            file.iter().position(|line| line.contains("</components>")).expect("there is one");
        file.insert(end, second);
        true
    }),
    ("a section twice", |file, random| {
        let sections = ["<header/>", "<trailer/>", "<messages/>", "<surplus/>"];
        let section = sections[random.below(sections.len())];
        let end = file.len() - 1;
        let has_own = file.iter().any(|line| line.trim() == section.replace("/>", ">"));
        file.insert(end, section.into());
        has_own || section == "<surplus/>"
    }),
    ("a word for N", |file, random| replace(file, random, "required='N'", "required='no'")),
    ("a message without a name", |file, random| {
        let Some(at) = pick(file, random, |line| line.contains("<message name='")) else {
            return false;
        };
        let from = file[at].find(" msgtype").expect("it has a type");
        file[at] = format!("  <message{}", &file[at][from..]);
        true
    }),
    ("a number with blanks", |file, random| replace(file, random, "number='", "number=' ")),
    ("a number with a sign", |file, random| replace(file, random, "number='", "number='+")),
    ("an ampersand", |file, random| replace(file, random, "description='", "description='R & D ")),
    ("an attribute twice", |file, random| {
        replace(file, random, "description='", "description='a' description='")
    }),
    ("a DOCTYPE", |file, _| {
        file.insert(0, "<!DOCTYPE fix SYSTEM \"fix.dtd\" [<!ENTITY a '>'>]>".into());
        true
    }),
    ("a field without a type", |file, random| replace(file, random, " type='STRING'", "")),
];

fn pick(file: &[String], random: &mut Random, fits: impl Fn(&str) -> bool) -> Option<usize> {
    let lines = file.iter().enumerate().filter(|(_, line)| fits(line));
    let fitting: Vec<usize> = lines.map(|(at, _)| at).collect();
    fitting.get(random.below(fitting.len())).copied()
}

fn replace(file: &mut [String], random: &mut Random, from: &str, to: &str) -> bool {
    let found = pick(file, random, |line| line.contains(from));
    found.is_some_and(|at| {
        file[at] = file[at].replacen(from, to, 1);
        true
    })
}

/// A line once more.
fn again(file: &mut Vec<String>, random: &mut Random, begin: &str) -> bool {
    let fits = |line: &str| line.trim_start().starts_with(begin) && line.ends_with("/>");
    let Some(at) = pick(file, random, fits) else { return false };
    file.insert(at, file[at].clone());
    true
}

/// Before a line, but not before the first.
fn insert(
    file: &mut Vec<String>,
    random: &mut Random,
    fits: impl Fn(&str) -> bool,
    new: &str,
) -> bool {
    let found =
        pick(file, random, |line| !line.contains("<fix ") && !line.contains("<!") && fits(line));
    found.is_some_and(|at| {
        file.insert(at, new.into());
        true
    })
}

fn data_without_length(file: &mut Vec<String>, random: &mut Random) -> bool {
    let is_length = |line: &str| {
        let is_member = line.trim_start().starts_with("<field name='");
        is_member && (line.contains("Length'") || line.contains("Len'"))
    };
    // Those of the header and the trailer, every message has.
    let body = file.iter().position(|line| line.contains("<messages>")).unwrap_or(0);
    let data: Vec<String> = file
        .iter()
        .filter(|line| line.contains("type='DATA'") || line.contains("type='XMLDATA'"))
        .filter_map(|line| line.split("name='").nth(1)?.split('\'').next())
        .map(|name| format!("<field name='{name}' "))
        .collect();
    let is_data = |line: &String| data.iter().any(|name| line.trim_start().starts_with(name));
    let is_of_body = |at: usize| at > body && file.get(at + 1).is_some_and(is_data);
    let lines = file.iter().enumerate().filter(|(at, line)| is_length(line) && is_of_body(*at));
    let fitting: Vec<usize> = lines.map(|(at, _)| at).collect();
    let found = fitting.get(random.below(fitting.len())).copied();
    found.is_some_and(|at| {
        file.remove(at);
        true
    })
}

/// Two components of a message bring the same.
fn twice_after_expansion(file: &mut Vec<String>, random: &mut Random) -> bool {
    let is_use = |line: &str| line.starts_with("   <component name='");
    let Some(at) = pick(file, random, is_use) else { return false };
    let second = file[at].replace("name='", "name='Again");
    let name = second.trim_start().strip_prefix("<component name='").expect("it has a name");
    let name = name.split('\'').next().expect("it has a name").to_owned();
    let own = file[at].trim_start().to_owned();
    file.insert(at + 1, second);
    let end = file.iter().position(|line| line.contains("</components>")).expect("there is one");
    file.insert(end, format!("<component name='{name}'>{own}</component>"));
    true
}

#[track_caller]
fn read(text: &str, what: &str) -> Reading {
    let mut reader = Reader::new();
    reader.add("odd.xml", text.as_bytes());
    let reading = reader.finish();
    let errors = reading.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    assert!(errors.is_empty() && reading.dictionary.is_some(), "{what}: {errors:?}");
    reading
}

#[test]
fn what_is_not_odd_has_no_findings() {
    for standard in Standard::ALL {
        let spec = standard.spec();
        let reading = read(&lines(&spec).join("\n"), standard.name());
        assert!(reading.findings.is_empty(), "{standard}: {:?}", reading.findings);
        let mut back = reading.spec;
        (back.requirements, back.version) = (spec.requirements, spec.version.clone());
        assert_eq!(Dictionary::compile(&back), Dictionary::compile(&spec), "{standard}");
    }
}

/// The findings name the file, a line that is there, and all that is needed to mend it.
#[test]
fn file_01_to_06_each_oddity_alone_is_a_note_with_its_line() {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (version, standard) in (0..).zip(Standard::ALL) {
        let whole = lines(&standard.spec());
        for (number, (what, make)) in (0..).zip(ODDITIES) {
            // Each in two of them.
            if (version + number) % 5 != 0 {
                continue;
            }
            let mut random = Random::new(version * 100 + number);
            let mut file = whole.clone();
            if !make(&mut file, &mut random) {
                continue;
            }
            let what = format!("{standard}, {what}");
            let text = file.join("\n");
            let reading = read(&text, &what);
            assert!(!reading.findings.is_empty(), "{what}: nothing is said");
            for note in &reading.findings {
                let line = usize::try_from(note.line).unwrap();
                assert!((1..=file.len()).contains(&line), "{what}: {note}");
                assert!(!note.made_of_it.is_empty() && !note.cure.is_empty(), "{what}: {note}");
                assert_eq!(note.file, "odd.xml");
            }
            // The plain functions take it, too, and who is strict does not.
            let spec =
                xml::read(&text, &Limits::new()).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(Dictionary::compile(&spec).is_ok(), "{what}");
            let mut strict = Reader::new().strictness(Strictness::Strict);
            strict.add("odd.xml", text.as_bytes());
            assert!(strict.finish().dictionary.is_none(), "{what}");
            *count.entry(ODDITIES[usize::try_from(number).unwrap()].0).or_default() += 1;
        }
    }
    assert_eq!(count.len(), ODDITIES.len(), "each was made somewhere: {count:?}");
}

#[test]
fn file_01_to_06_oddities_in_pairs_load() {
    let whole = lines(&Standard::Fix43.spec());
    for (one, (first, make_first)) in (0..).zip(ODDITIES) {
        for (other, (second, make_second)) in (0..).zip(ODDITIES).skip(one + 1) {
            let mut random = Random::new((one * 100 + other) as u64);
            let mut file = whole.clone();
            let made = make_first(&mut file, &mut random) & make_second(&mut file, &mut random);
            assert!(made || first.contains("section") || second.contains("section"));
            read(&file.join("\n"), &format!("{first}, and {second}"));
        }
    }
}

/// Whatever is odd about a file but what takes something away, messages that are right stay right.
#[test]
fn file_01_to_06_all_oddities_at_once_load_and_mean_what_they_meant() {
    for (version, standard) in (0..).zip(Standard::ALL) {
        let spec = standard.spec();
        let whole = lines(&spec);
        let mut random = Random::new(version * 1_000);
        let mut file = whole.clone();
        for _ in 0..3 {
            for (_, make) in ODDITIES.iter().filter(|(what, _)| !what.starts_with("FILE-04")) {
                make(&mut file, &mut random);
            }
        }
        let reading = read(&file.join("\n"), standard.name());
        let dictionary = reading.dictionary.expect("it was there");
        messages_stay_right(standard, &spec, &dictionary, &mut random);
    }
}

fn messages_stay_right(
    standard: Standard,
    spec: &Spec,
    dictionary: &Dictionary,
    random: &mut Random,
) {
    let over = standard.transport();
    let is_alone = over == standard;
    let (source, frame_spec) = (Source::new(spec), over.spec());
    let (frame, transport) = (Source::new(&frame_spec), Dictionary::compile(&frame_spec).unwrap());
    let transport = if is_alone { dictionary } else { &transport };
    for message in &spec.messages {
        let body = source.body(random, &message.members);
        let text = frame.around(random, body).text(over.name(), &message.msg_type);
        let bytes = from_text(&text);
        let parsed = Message::parse(&bytes).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let found = dictionary.validate_within(transport, parsed, &Policy::STANDARD);
        assert_eq!(found, Ok(None), "{standard}\n{text}");
    }
}
