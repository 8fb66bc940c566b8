//! The dictionaries that ship with the crate, against what they are made from and against those of
//! another engine, where these are present.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixline::dictionary::xml::{self, Limits};
use fixline::dictionary::{Member, Spec, Standard};

/// A folder beside the repository, or nothing and a word about it.
fn shared(path: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if folder.exists() {
        return Some(folder);
    }
    println!("skipped: ../shared/{path} is not there");
    None
}

#[test]
fn tables_and_constants_are_what_the_command_makes() {
    let Some(repository) = shared("data/fix-repository-2010") else { return };
    let Some(orchestra) = shared("data/orchestra") else { return };
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dictionary");
    // What an earlier run left there is not made by this one.
    fs::remove_dir_all(&made).unwrap_or_default();
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for folder in ["dictionary/shipped/tables", "dictionary/codes", "wire/tag"] {
        fs::create_dir_all(made.join(folder)).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_fixline"))
        .args(["dictionary", "compile", "--repository"])
        .arg(repository)
        .arg("--orchestra")
        .arg(orchestra)
        .arg("--output")
        .arg(&made)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let files = files(&made);
    assert!(files.len() > 2 * Standard::ALL.len(), "{files:?}");
    for file in files {
        let checked_in = checked_in.join(file.strip_prefix(&made).unwrap());
        assert!(
            fs::read(&file).unwrap() == fs::read(&checked_in).unwrap_or_default(),
            "{}: run `cargo run --features cli -- dictionary compile --repository ..`",
            checked_in.display()
        );
    }
}

/// Those of a folder and of all within it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What `fixline dictionary show` says of files that make no dictionary.
#[test]
fn faults_of_a_dictionary_name_its_file() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let empty = file("empty.xml", "");
    let own = file("own.txt", "field 58 Text String\nmessage U1 Own 58\n");
    let fine = file("fine.txt", "field 6001 Desk String\n");
    let wrong = file("wrong.txt", "message U2 Other 7777\n");
    for (arguments, expected) in [
        (
            vec!["--dictionary", &empty],
            format!("{empty}: has neither fields nor messages: give a file with a dictionary"),
        ),
        (
            vec!["--dictionary", &own, "--overlay", &wrong, "--overlay", &fine],
            format!(
                "{wrong}:1: Other has tag 7777, which no field defines: define it, or correct the name"
            ),
        ),
        (
            vec!["--dictionary", &own],
            format!("{own} has no field, message or component Disk: no version has it"),
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_fixline"))
            .args(["dictionary", "show", "Disk"])
            .args(&arguments)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told, format!("error: {expected}\n"), "{arguments:?}");
        assert_eq!(output.status.code(), Some(1));
    }
}

/// FILE-07: all findings, with lines and cures, and what messages would be held to.
#[test]
fn file_07_the_check_of_a_dictionary_prints_all_findings() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check");
    fs::create_dir_all(&folder).unwrap();
    let check = |name: &str, text: &str, arguments: &[&str]| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_fixline"))
            .args(["dictionary", "check"])
            .arg(&path)
            .args(arguments)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        (told.replace(&path.display().to_string(), "FILE"), output.status.code())
    };
    let odd = "<fix major='4' minor='4'><header><field name='A'/></header>
 <messages><message name='M' msgtype='U1' msgcat='other'>
  <field name='A'/><field name='A' required='Y'/></message></messages>
 <fields><field number='600' name='A' type=' QUANTITY'/></fields></fix>";
    let notes = "note: FILE:2:12: msgcat='other' of message U1: taken for an application message; write admin or app
note: FILE:3:20: member A is there twice: the first stands, required where one of them is; take one out
note: FILE:4:10: type ` QUANTITY` of field A is misspelt: taken for QTY; write QTY
";
    let (told, code) = check("odd.xml", odd, &[]);
    assert!(told.starts_with(&format!(
        "{notes}FILE: FIX.4.4, 3 notes\n  1 fields, 1 application messages, 0 session messages\n"
    )), "{told}");
    assert_eq!(code, Some(0));
    assert_eq!(check("odd.xml", odd, &["--quiet"]), (notes.to_owned(), Some(0)));
    let errors = notes.replace("note:", "error:") + "FILE: no dictionary comes out of it\n";
    assert_eq!(check("odd.xml", odd, &["--strict"]), (errors, Some(1)));

    let wrong = odd.replace("<field name='A'/><field", "<field name='B'/><group/><field");
    let (told, code) = check("wrong.xml", &wrong, &[]);
    for error in [
        "error: FILE:3:3: field B is not defined: define it in <fields>, or correct its name\n",
        "error: FILE:3:20: a <group> has no `name`: give it one\n",
        "note: FILE:4:10: type ` QUANTITY`",
        "\nFILE: no dictionary comes out of it\n",
    ] {
        assert!(told.contains(error), "{error}\n{told}");
    }
    assert_eq!(code, Some(1));

    let overlay = "<fix><messages><message msgtype='D'><group name='NoPartyIDs'><field name='Desk'/>\
                   </group></message></messages>\
                   <fields><field number='6001' name='Desk' type='STRING'/></fields></fix>";
    let (told, code) = check("overlay.xml", overlay, &["--over", "FIX.4.4"]);
    assert!(told.starts_with("FILE: FIX.4.4, nothing odd\n  913 fields"), "{told}");
    assert_eq!(code, Some(0));

    let lone = "version FIX.5.0SP2\nfield 11 ClOrdID String\nmessage D NewOrderSingle 11!\n";
    let (told, _) = check("lone.txt", lone, &[]);
    let frame =
        "header, trailer and session messages: that of FIXT.1.1, which comes with the program";
    assert!(told.contains(frame) && told.contains("under FIXT.1.1: ApplVerID 9"), "{told}");
}

#[test]
fn fix_4_4_differs_from_the_other_engine_s_in_known_ways() {
    compare(Standard::Fix44, "FIX44.xml", include_str!("../data/differences-FIX.4.4.txt"));
}

#[test]
fn fix_4_0_differs_from_the_other_engine_s_in_known_ways() {
    compare(Standard::Fix40, "FIX40.xml", include_str!("../data/differences-FIX.4.0.txt"));
}

/// Every difference is in the list, and everything in the list is a difference.
fn compare(standard: Standard, file: &str, accepted: &str) {
    let Some(path) = shared(&format!("conformance/quickfix/spec/{file}")) else { return };
    let theirs = xml::read(&fs::read_to_string(path).unwrap(), &Limits::new()).unwrap();
    let (ours, theirs) = (facts(&standard.spec()), facts(&theirs));
    let only = |sign: char, a: &BTreeSet<String>, b: &BTreeSet<String>| -> Vec<String> {
        a.difference(b).map(|fact| format!("{sign} {fact}")).collect()
    };
    let mut found: Vec<String> = only('+', &ours, &theirs);
    found.extend(only('-', &theirs, &ours));
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let accepted: BTreeSet<&str> =
        accepted.lines().filter(|line| line.starts_with(['+', '-'])).collect();
    let new: Vec<_> = found.difference(&accepted).collect();
    let gone: Vec<_> = accepted.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "{standard}\nnot explained (+ ours only, - theirs only):\n{}\nno difference any more:\n{}",
        lines(&new),
        lines(&gone)
    );
}

fn lines(facts: &[&&str]) -> String {
    facts.iter().map(|fact| format!("{fact}\n")).collect()
}

/// What a dictionary says, as lines that can be compared: names of values are left out, since
/// everyone has their own.
fn facts(spec: &Spec) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for field in &spec.fields {
        facts.insert(format!("field {} {} {}", field.tag, field.name, field.datatype.name()));
        for value in &field.values {
            facts.insert(format!("value {}={}", field.tag, value.value));
        }
    }
    let components: BTreeMap<&str, &[Member]> =
        spec.components.iter().map(|c| (c.name.as_str(), c.members.as_slice())).collect();
    let mut walk = Walk { components, facts: &mut facts };
    walk.members("header", &spec.header, true);
    walk.members("trailer", &spec.trailer, true);
    for message in &spec.messages {
        walk.facts.insert(format!("message {} admin={}", message.msg_type, message.admin));
        walk.members(&format!("message {}", message.msg_type), &message.members, true);
    }
    facts
}

struct Walk<'s, 'f> {
    components: BTreeMap<&'s str, &'s [Member]>,
    facts: &'f mut BTreeSet<String>,
}

impl Walk<'_, '_> {
    /// Members by their way through groups; components are as if their members stood there.
    fn members(&mut self, path: &str, members: &[Member], outer: bool) {
        for member in members {
            match member {
                Member::Field { tag, required } => self.member(path, *tag, *required && outer),
                Member::Group { tag, required, members } => {
                    self.member(path, *tag, *required && outer);
                    self.members(&format!("{path} {tag}"), members, true);
                }
                Member::Component { name, required } => {
                    let members = self.components[name.as_str()];
                    self.members(path, members, *required && outer);
                }
            }
        }
    }

    fn member(&mut self, path: &str, tag: u32, required: bool) {
        self.facts.insert(format!("{path} {tag}{}", if required { "!" } else { "" }));
    }
}
