//! The dictionaries that settings files name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fixline::dictionary::xml::{self, Limits};
use fixline::dictionary::{
    ApplVerId, Check, Dictionaries, Dictionary, Level, Policy, Spec, Standard,
};
use fixline::settings::{Settings, SettingsReader};
use fixline::wire::{Message, Tag, from_text};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/settings/cfg").join(name)
}

fn compiled(spec: &Spec) -> Arc<Dictionary> {
    Arc::new(Dictionary::compile(spec).unwrap())
}

#[test]
fn sessions_are_held_to_the_files_and_else_to_the_dictionary_of_their_version() {
    let plain = Settings::read(path("acceptance.cfg")).unwrap();
    let held = plain.clone().with_dictionaries().unwrap();
    let text = |name| std::fs::read_to_string(path(name)).unwrap();
    let own = compiled(&xml::read(&text("spec/session.xml"), &Limits::new()).unwrap());
    let application = compiled(&Spec::from_text(&text("spec/application.txt")).unwrap());
    let policy = Policy::STRICT.with(Check::LooseFormat, Level::Off);
    let expected = [
        Dictionaries::new(Arc::clone(&own)).policy(policy),
        Dictionaries::new(compiled(&Standard::Fix44.spec()))
            .policy(policy.with(Check::UserDefinedTag, Level::Off)),
        Dictionaries::new(own)
            .policy(policy)
            .application(ApplVerId::new(9), Arc::clone(&application))
            .application(ApplVerId::new(6), application),
    ];
    for ((plain, held), dictionaries) in plain.sessions.iter().zip(&held.sessions).zip(expected) {
        let builder = plain.options.builder().dictionaries(dictionaries);
        assert_eq!(held.config, builder.build().unwrap(), "{held}");
        assert_ne!(held.config, plain.config);
    }
}

#[test]
fn file_09_the_key_of_strict_formats_refuses_what_real_traffic_says() {
    let found = |keys: &str, field: &str| {
        let text = format!(
            "[SESSION]\nConnectionType=acceptor\nSocketAcceptPort=1\nBeginString=FIX.4.4\n\
             SenderCompID=A\nTargetCompID=B\n{keys}\n"
        );
        let settings = SettingsReader::new().parse("x.cfg", &text).unwrap();
        let policy = settings.sessions[0].dictionaries.checks.policy();
        let order = from_text(&format!(
            "8=FIX.4.4|35=D|49=B|56=A|34=2|52=20261123-10:00:00|11=O1|55=X|54=1|\
             60=20261123-10:00:00|38=1|40=1|{field}|"
        ));
        let dictionary = compiled(&Standard::Fix44.spec());
        let found = dictionary.validate(Message::parse(&order).unwrap(), &policy);
        found.err().map(|violation| (violation.check.reason(), violation.tag.map(Tag::get)))
    };
    for (field, tag) in [("15=GBp", 15), ("15=USDT", 15)] {
        assert_eq!(found("", field), None, "{field}");
        assert_eq!(found("ValidateLooseFormats=N", field), None, "{field}");
        let strict = found("ValidateLooseFormats=Y", field);
        assert_eq!(strict, Some((Some(6), Some(tag))), "{field}");
    }
    for keys in ["", "ValidateLooseFormats=Y"] {
        assert_eq!(found(keys, "15=GBP"), None);
        assert_eq!(found(keys, "200=202613"), Some((Some(6), Some(200))));
    }
}

#[test]
fn a_session_without_a_dictionary_is_as_it_was() {
    let text = std::fs::read_to_string(path("acceptance.cfg")).unwrap();
    let text = text.replace("[DEFAULT]", "[DEFAULT]\nUseDataDictionary=N");
    let plain = SettingsReader::new().parse("x.cfg", &text).unwrap();
    let held = plain.clone().with_dictionaries().unwrap();
    for (plain, held) in plain.sessions.iter().zip(&held.sessions) {
        assert_eq!(plain.config, held.config);
    }
}

#[test]
fn dictionaries_that_cannot_be_used_are_said_at_once() {
    let session = |id: usize, path: &str| {
        format!(
            "[SESSION]\nConnectionType=acceptor\nSocketAcceptPort=1\nBeginString=FIX.4.4\n\
             SenderCompID=A\nTargetCompID={id}\nDataDictionary={path}\n"
        )
    };
    let folder = path("spec").display().to_string();
    let text = [
        session(1, &format!("{folder}/none.xml")),
        session(2, &format!("{folder}/application.txt")),
        session(3, &format!("{folder}/../wrong.cfg")),
    ];
    let settings = SettingsReader::new().parse("x.cfg", &text.concat()).unwrap();
    let error = settings.with_dictionaries().unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 3, "{error}");
    assert!(lines[0].starts_with(&format!("x.cfg:7: DataDictionary: {folder}/none.xml: ")));
    assert_eq!(
        lines[1],
        "x.cfg:14: DataDictionary: the session's dictionary has no header: under FIXT.1.1 give \
         that of FIXT.1.1 first"
    );
    assert!(lines[2].starts_with(&format!("x.cfg:21: DataDictionary: {folder}/../wrong.cfg: ")));
}

/// FILE-07: what is odd about a dictionary is a note, what is wrong is told at once, with its lines.
#[test]
fn file_07_what_is_odd_about_a_dictionary_is_noted() {
    let folder = std::env::temp_dir().join(format!("fixline-odd-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let odd = "<fix major='4' minor='4'><header><field name='A'/></header>
        <messages><message name='M' msgtype='U1' msgcat='other'><field name='A'/></message></messages>
        <fields><field number='600' name='A' type='QUANTITY'/></fields></fix>";
    std::fs::write(folder.join("odd.xml"), odd).unwrap();
    std::fs::write(
        folder.join("wrong.xml"),
        odd.replace("<message ", "<message name='N'/><message "),
    )
    .unwrap();
    let read = |file: &str| {
        let path = folder.join(file);
        let text = format!(
            "[SESSION]\nConnectionType=acceptor\nSocketAcceptPort=1\nBeginString=FIX.4.4\n\
             SenderCompID=A\nTargetCompID=B\nDataDictionary={}\n",
            path.display()
        );
        let settings = SettingsReader::new().parse("x.cfg", &text).unwrap();
        settings.with_dictionaries().map_err(|error| error.to_string())
    };
    let notes: Vec<String> =
        read("odd.xml").unwrap().notes.iter().map(ToString::to_string).collect();
    assert!(notes.iter().any(|note| note.contains("odd.xml:2:19: msgcat='other' of message U1")));
    assert!(notes.iter().any(|note| note.contains("odd.xml:3:17: type `QUANTITY` of field A")));
    let error = read("wrong.xml").unwrap_err();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(error.contains("wrong.xml:2:19: message N has no `msgtype`: give it one"), "{error}");
}
