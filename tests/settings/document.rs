//! `docs/SETTINGS.md` is what the code says, and the code says all there is.

use std::path::Path;

use fixline::session::{Config, ResendPolicy, Role, Version};
use fixline::settings::{Resend, SessionOptions, reference};

#[test]
fn settings_document_is_what_the_code_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SETTINGS.md");
    let document = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &document).expect("docs/ can be written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == document,
        "docs/SETTINGS.md is not what the code does: look at the difference, then run \
         UPDATE_DOCS=1 cargo test --all-features --test settings"
    );
}

/// The rows of the tables below `## Options`, as option and default.
fn options(document: &str) -> Vec<(String, String)> {
    let (_, options) = document.split_once("## Options").expect("there is a section");
    let rows = options.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let mut cells = row.split(" | ");
        let name = cells.next().unwrap_or_default().trim_end_matches('`');
        (name.into(), cells.next().unwrap_or_default().into())
    })
    .collect()
}

/// The setters of a builder: methods that take and give `self`.
fn setters(path: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let source = std::fs::read_to_string(path).expect("the builder is there");
    let methods = source.lines().filter(|line| line.trim_start().starts_with("pub "));
    methods
        .filter_map(|line| line.split_once("(mut self").or_else(|| line.split_once("(self)")))
        .filter_map(|(before, _)| before.rsplit_once("fn "))
        .map(|(_, name)| name.to_owned())
        .filter(|name| name != "build")
        .collect()
}

#[test]
fn every_setter_of_a_builder_is_an_option() {
    let documented = options(&reference());
    let builders = [
        ("", "src/session/profile.rs"),
        ("", "src/session/builder.rs"),
        ("", "src/session/dialect.rs"),
        ("", "src/session/identity.rs"),
        ("ConfigBuilder::", "src/session/validation.rs"),
        ("ConnectionOptions::", "src/engine/options.rs"),
        ("Reconnect::", "src/engine/reconnect/mod.rs"),
        ("AdmissionOptions::", "src/engine/accepting/admission/mod.rs"),
        ("TcpConnector::", "src/adapters/tcp.rs"),
    ];
    let mut known = Vec::new();
    for (owner, path) in builders {
        known.extend(setters(path).into_iter().map(|name| format!("{owner}{name}")));
    }
    assert!(known.len() > 40, "{known:?}");
    for name in &known {
        assert!(documented.iter().any(|(row, _)| row == name), "{name} is no documented option");
    }
    for (name, _) in &documented {
        assert!(known.contains(name), "{name} is documented, and no setter");
    }
}

/// Defaults that are no values but depend on others, or on nothing being said.
const IN_WORDS: [&str; 7] = [
    "recovery_timeout",
    "idle_probe",
    "warn_at_msg_seq_num",
    "precision",
    "default_appl_ver_id",
    "accept_appl_ver_ids",
    "test_message_indicator",
];

#[test]
fn every_documented_default_is_the_default() {
    let plain = Config::initiator(Version::Fix44, "A", "B", ResendPolicy::All).build().unwrap();
    let options = options(&reference());
    let of_session = options.iter().filter(|(name, _)| !name.contains("::"));
    let mut in_words = Vec::new();
    for (name, default) in of_session {
        let default = if default == "none" { "" } else { default };
        let value = serde_json::from_str(default)
            .unwrap_or_else(|_| serde_json::Value::String(default.to_owned()));
        let empty = SessionOptions::new(Role::Initiator, Version::Fix44, "A", "B", Resend::All);
        let mut json = serde_json::to_value(empty).unwrap();
        json[name] = value;
        match serde_json::from_value::<Config>(json) {
            Ok(config) => assert_eq!(config, plain, "{name} = {default}"),
            Err(_) => in_words.push(name.as_str()),
        }
    }
    assert_eq!(in_words, IN_WORDS);
}
