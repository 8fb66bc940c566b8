//! Acceptance scripts, played without sockets at virtual time.
//!
//! Those in `tests/defs/scripts` are our own. `FIXLINE_DEFS` names a folder with others, of another
//! engine for example; without it they are skipped.

#[path = "../../examples/acceptance_server/app.rs"]
mod app;
mod compare;
mod foreign;
mod hall;
#[path = "../../examples/acceptance_server/numbers.rs"]
mod numbers;
mod player;
mod script;

use std::collections::BTreeSet;

use fixline::session::{Config, ResendPolicy, ResetPermission, ResetPolicy, Version};
use fixline::settings::Profile;

/// The peer's CompID for each version, so that one server serves them all.
const fn peer(version: Version) -> &'static str {
    match version {
        Version::Fix40 => "TW40",
        Version::Fix41 => "TW41",
        Version::Fix42 => "TW42",
        Version::Fix43 => "TW43",
        Version::Fix44 => "TW44",
        Version::Fix50 => "TW50",
        Version::Fix50Sp1 => "TW50SP1",
        Version::Fix50Sp2 => "TW50SP2",
    }
}

fn sessions() -> Vec<Config> {
    let session = |version| {
        Config::acceptor(version, "ISLD", peer(version), ResendPolicy::All)
            .quickfix_profile()
            .reset(ResetPolicy::NEVER.at_logon())
            .reset_permission(ResetPermission::ALL)
            .build()
            .expect("valid")
    };
    Version::ALL.into_iter().map(session).collect()
}

/// One of our own scripts as it is for a version.
fn for_version(text: &str, version: Version) -> String {
    let early = matches!(version, Version::Fix40 | Version::Fix41);
    let appl = version.default_appl_ver_id().map(|code| format!("1137={code}|"));
    let words = [
        ("{BEGIN}", version.begin_string().to_owned()),
        ("{PEER}", peer(version).to_owned()),
        ("{NOW}", if early { "<TIME>".to_owned() } else { "<TIME>.000".to_owned() }),
        ("{END}", if early { "999999".to_owned() } else { "0".to_owned() }),
        ("{APPL}", appl.unwrap_or_default()),
        ("|", "\u{1}".to_owned()),
    ];
    words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
}

#[test]
fn our_own_scripts_pass_in_every_version() {
    let configs = sessions();
    let scripts = [include_str!("scripts/day.def"), include_str!("scripts/answers.def")];
    for (version, script) in Version::ALL.into_iter().flat_map(|it| scripts.map(|text| (it, text)))
    {
        let text = for_version(script, version);
        let steps = script::parse(text.as_bytes()).expect("understood");
        if let Err(reason) = player::play(&steps, &configs) {
            panic!("{version}: {reason}");
        }
    }
}

/// What comes of a Logon after which `line` is expected.
fn after_logon(line: &str) -> Result<(), String> {
    let logon = "iCONNECT\nI8={BEGIN}|35=A|34=1|49={PEER}|52=<TIME>|56=ISLD|98=0|108=2|\n";
    let text = for_version(&format!("{logon}{line}\n"), Version::Fix44);
    player::play(&script::parse(text.as_bytes())?, &sessions())
}

#[test]
fn a_script_that_expects_something_else_fails_and_says_why() {
    let logon = "E8={BEGIN}|35=A|34=1|49=ISLD|52={NOW}|56={PEER}|98=0|108=";
    let says = |line: &str, words: &str| {
        let reason = after_logon(line).expect_err("must fail");
        assert!(reason.contains(words), "{reason}");
    };
    assert_eq!(after_logon(&format!("{logon}2|")), Ok(()));
    says(&format!("{logon}3|"), "line 3: field 108 should be 3 but is 2");
    says(&format!("{logon}2|141=Y|"), "field 9 should be");
    says("E8={BEGIN}|9=62|35=A|49=ISLD|", "expected field 49 but found 34=1");
    says("eDISCONNECT", "expected disconnection, received BeginString 8=FIX.4.4|");
    says("whatever", "line 3: not understood: whatever");
    says(&format!("{logon}2|\niDISCONNECT\nI8={{BEGIN}}|35=0|"), "line 5: cannot send");
    says("iSET_SESSION FIX.4.4:ISLD->NOBODY NEXTSENDERSEQNUM=2", "no such session");
}

#[test]
fn an_operator_can_set_the_numbers_of_a_session() {
    let text = "
iSET_SESSION FIX.4.4:ISLD->TW44 NEXTTARGETSEQNUM=7
iSET_SESSION FIX.4.4:ISLD->TW44 NEXTSENDERSEQNUM=2000
iCONNECT
I8={BEGIN}|35=A|34=7|49={PEER}|52=<TIME>|56=ISLD|98=0|108=2|
E8={BEGIN}|35=A|34=2000|49=ISLD|52={NOW}|56={PEER}|98=0|108=2|
";
    let steps = script::parse(for_version(text, Version::Fix44).as_bytes()).expect("understood");
    let config = Config::acceptor(Version::Fix44, "ISLD", "TW44", ResendPolicy::All);
    player::play(&steps, &[config.build().expect("valid")]).expect("passes");
}

#[test]
fn what_fails_is_explained_with_names() {
    let expects = "E8={BEGIN}|35=A|34=1|49=ISLD|52={NOW}|56={PEER}|98=0|108=3|";
    let head = "BeginString 8=FIX.4.4|BodyLength 9=62|MsgType 35=A Logon|MsgSeqNum 34=1|\
                SenderCompID 49=ISLD|SendingTime 52=20261123-09:30:00.000|TargetCompID 56=TW44|\
                EncryptMethod 98=0 None|";
    let expected = format!(
        "line 3: field 108 should be 3 but is 2\n    \
         expected {head}HeartBtInt 108=3|CheckSum 10=250|\n    \
         received {head}HeartBtInt 108=2|CheckSum 10=249|"
    );
    assert_eq!(after_logon(expects), Err(expected));
}

#[test]
fn foreign_scripts_pass() {
    let Some(folder) = foreign::folder() else { return };
    let outcome = foreign::play_all(&folder, Profile::QuickFix);
    println!("{} passed, {} failed", outcome.passed.len(), outcome.failed.len());
    let reasons: Vec<String> =
        outcome.failed.iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
    assert!(reasons.is_empty(), "{}", reasons.join("\n"));
}

/// What the standard does otherwise than the scripts want.
const STANDARD: &str = include_str!("standard.txt");

/// The scripts of a suite that are listed there.
fn listed(suite: &str) -> BTreeSet<&'static str> {
    let is_early = suite.ends_with("fix40") || suite.ends_with("fix41");
    let rows = STANDARD.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|row| {
        let mut parts = row.split(" | ");
        let (script, from) = (parts.next()?, parts.next()?);
        (from == "all" || !is_early).then_some(script)
    })
    .collect()
}

#[test]
fn the_standard_profile_fails_exactly_what_asks_for_more_than_fix_does() {
    let Some(folder) = foreign::folder() else { return };
    let outcome = foreign::play_all(&folder, Profile::Standard);
    println!("{} passed, {} failed", outcome.passed.len(), outcome.failed.len());
    for (path, reason) in &outcome.failed {
        let (suite, script) = split(path);
        assert!(listed(suite).contains(script), "{path} is not in standard.txt: {reason}");
    }
    for path in &outcome.passed {
        let (suite, script) = split(path);
        assert!(!listed(suite).contains(script), "{path} passes: take it out of standard.txt");
    }
}

/// Folder and name of a script.
fn split(path: &str) -> (&str, &str) {
    let (suite, file) = path.rsplit_once('/').unwrap_or(("", path));
    (suite, file.trim_end_matches(".def"))
}
