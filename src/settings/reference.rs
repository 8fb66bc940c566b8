//! `docs/SETTINGS.md`, written from the tables that the code itself uses.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::key::{Does, Key, When};
use super::keys::GROUPS;
use super::session_options::{OPTIONS, OptionRow};
use crate::session::Role;

const HEAD: &str = "\
# Settings

Generated from `src/settings` by a test, which also keeps it true: `UPDATE_DOCS=1 cargo test
--all-features --test settings` writes it anew.

`fixline::settings::Settings` (feature `settings`) reads the settings files of the QuickFIX family:
`[DEFAULT]` once, `[SESSION]` for each session, `KEY=VALUE`, `#` for comments. The names of keys are
the same in upper and lower case. `${NAME}` in a value is an environment variable, `${file:PATH}` the
first line of a file (a password that stands elsewhere), `${secret:NAME}` what the application's own
function says; these two are for values that are never shown, `LogonTag` and the application's own.
Relative paths start from the folder of the settings file.

A file means what QuickFIX documents, also where it says nothing; `Profile::Standard` takes this
crate's defaults there. Everything that is wrong in a file is said at once, with its line; nothing
is ignored in silence. `fixline check FILE` says it on the command line.

An error is what contradicts itself, and what would make a session do other things than the file says.
All else that is not done as another engine does it is a note, which says what is done instead: logs,
databases, threads, tuning, keys of the application's own (`SettingsReader::application_key` and
`fixline check --key` name them; what is nearly a key of an engine is an error, as a slip).
`SettingsReader::ignore` and `fixline check --ignore hours,tls` take a file all the same that asks for
what is not there: `hours`, `tls`, `proxy`, `dynamic`, `addresses`. `SessionSettings::application` has
the values of all these keys.

In place of a dictionary that is not there but has the name of one that QuickFIX ships, such as
`FIX44.xml`, the crate's own is taken.

## Keys

Engines: C is QuickFIX in C++, J QuickFIX/J, N QuickFIX/n, G QuickFIX/Go; F is
fixline alone. \"Only\" is a key of which one value is what always happens, so that others are errors; \"refused as\" is an error that its word
lets pass.
";

const OPTIONS_HEAD: &str = "
## Options

What `fixline::session::ConfigBuilder` can set, and with the same names `SessionOptions`, which is
plain data and reads TOML, JSON and the like with the feature `serde`. Times are in seconds. Required
are `role`, `version`, `sender_comp_id`, `target_comp_id` and `resend` (`\"all\"`, `\"ask\"`,
`{ not_older_than = 60 }`, `{ except = [\"D\"] }`).

| option | default | rule | QuickFIX | what |
|---|---|---|---|---|
";

const ELSEWHERE_HEAD: &str = "
What is set elsewhere:

| option | default | rule | QuickFIX | what |
|---|---|---|---|---|
";

/// Options that are not the session's.
pub(super) const ELSEWHERE: &[OptionRow] = &[
    row("ConfigBuilder::dictionaries", "none", "S-VAL-36", "what messages of the peer are held to"),
    row("ConfigBuilder::check_composed", "false", "", "whether our own messages are held to them"),
    row("ConnectionOptions::receive_bytes", "two messages", "", "bytes received and not handled"),
    row("ConnectionOptions::send_bytes", "262144", "", "bytes composed and not sent"),
    row("ConnectionOptions::held_messages", "10000", "S-SEQ-10", "messages ahead of a gap"),
    row("ConnectionOptions::held_bytes", "4194304", "S-SEQ-10", "their bytes"),
    row("ConnectionOptions::outbox_bytes", "262144", "S-Q-01", "bytes that wait for their number"),
    row("ConnectionOptions::acknowledge", "on the next event", "", "when a message is handled"),
    row("ConnectionOptions::unhandled_max", "65536", "INV-04", "numbers that may be unhandled"),
    row("Reconnect::pauses", "1 to 30", "INV-25", "the first pause and the longest"),
    row("Reconnect::later_pauses", "1 to 300", "INV-25", "behind an end that will happen again"),
    row("Reconnect::waits", "60 to 900", "INV-25", "after the counterparty sent us away"),
    row("Reconnect::decided_by", "`Reason::recovery`", "INV-25", "what an end means for the next"),
    row("Reconnect::healthy_after", "30", "INV-25", "how long a session must be up to count"),
    row("Reconnect::without_attempt_limit", "4 a minute", "INV-25", "any number of attempts"),
    row("AdmissionOptions::logon_timeout", "10", "S-LOGON-26", "until a Logon is complete"),
    row("AdmissionOptions::per_address_max", "half", "", "connections without a Logon, by address"),
    row("AdmissionOptions::ipv6_prefix", "64", "", "bits of an IPv6 address that count as one"),
    row("AdmissionOptions::first_message_max", "4096", "", "bytes of a first message"),
    row("TcpConnector::or", "none", "", "further hosts"),
    row("TcpConnector::timeout", "10", "", "how long making a connection may take"),
];

const fn row(
    name: &'static str,
    default: &'static str,
    rules: &'static str,
    what: &'static str,
) -> OptionRow {
    OptionRow { name, default, rules, what }
}

/// The text of `docs/SETTINGS.md`: every key and every option.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(HEAD);
    for (title, keys) in GROUPS {
        let _infallible =
            write!(text, "\n### {title}\n\n| key | engines | value | here |\n|---|---|---|---|\n");
        for key in *keys {
            write_key(&mut text, key);
        }
    }
    text.push_str(OPTIONS_HEAD);
    for row in OPTIONS {
        write_option(&mut text, row, row.name);
    }
    text.push_str(ELSEWHERE_HEAD);
    for row in ELSEWHERE {
        write_option(&mut text, row, elsewhere(row.name));
    }
    text
}

/// What the table of keys calls an option that is not the session's.
fn elsewhere(name: &str) -> &'static str {
    match name {
        "ConfigBuilder::dictionaries" => "dictionaries.session",
        "Reconnect::pauses" => "network.reconnect",
        "TcpConnector::or" => "network.hosts",
        "TcpConnector::timeout" => "network.connect_timeout",
        _ => "none",
    }
}

fn write_key(text: &mut String, key: &Key) {
    let names: Vec<String> = key.names().map(|name| alloc::format!("`{name}`")).collect();
    let engines: Vec<&str> = key.engines.split("").filter(|engine| !engine.is_empty()).collect();
    let _infallible = write!(text, "| {} | {} | ", names.join(", "), engines.join(" "));
    let sets = |option: &str| {
        let whose = match key.role {
            Some(Role::Initiator) => ", of initiators",
            Some(Role::Acceptor) => ", of acceptors",
            None => "",
        };
        if option.is_empty() {
            String::from(
                "`schedule`, with the feature of this name; without it, hours that leave something out are refused as `hours`",
            )
        } else {
            alloc::format!("`{option}`{whose}")
        }
    };
    let nearest = |nearest: &str| {
        if nearest.is_empty() { String::new() } else { alloc::format!("; nearest: {nearest}") }
    };
    let _infallible = match key.does {
        Does::Flag(_) => writeln!(text, "`Y`, `N` | {} |", sets(key.option)),
        Does::Whole(least, most, _) => writeln!(text, "{least} to {most} | {} |", sets(key.option)),
        Does::Text(value, _) | Does::Secret(value, _) => {
            writeln!(text, "{value} | {} |", sets(key.option))
        }
        Does::Only { value, reason, nearest: other } => {
            writeln!(text, "only `{value}` | {reason}{} |", nearest(other))
        }
        Does::Noted { instead, .. } => writeln!(text, "note | {instead} |"),
        Does::Hours => writeln!(text, "hours | {} |", sets("")),
        Does::Asks(feature, ref when) => {
            let unless = match when {
                When::Always => String::new(),
                When::Not(value) => alloc::format!(", but `{value}`"),
                When::With(keys) => alloc::format!(", with `{}`", keys.join("`, `")),
            };
            let (name, instead) = (feature.name(), feature.instead());
            writeln!(
                text,
                "refused as `{name}`{unless} | {instead}{} |",
                nearest(feature.nearest())
            )
        }
    };
}

fn write_option(text: &mut String, row: &OptionRow, option: &str) {
    let keys = GROUPS.iter().flat_map(|(_, keys)| keys.iter());
    let keys = keys.filter(|key| key.option == option).flat_map(Key::names);
    let keys: Vec<String> = keys.map(|name| alloc::format!("`{name}`")).collect();
    let OptionRow { name, default, rules, what } = row;
    let (default, what) = (default.trim_matches('"'), what.trim().trim_end_matches('.'));
    let default = if default.is_empty() { "none" } else { default };
    let rules = linked(rules);
    let _infallible =
        writeln!(text, "| `{name}` | {default} | {rules} | {} | {what} |", keys.join(", "));
}

/// Ids of rules as links to what explains them.
fn linked(rules: &str) -> String {
    let ids = rules.split(", ").filter(|id| !id.is_empty());
    let links = ids.map(|id| alloc::format!("[{id}](RULES.md#{})", id.to_ascii_lowercase()));
    links.collect::<Vec<_>>().join(", ")
}
