//! `docs/STATES.md`: what the gate makes of every message in every state, and the transitions;
//! generated from the code, and compared with what is checked in.

extern crate std;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::clock::{Instant, Now};
use super::config::Config;
use super::fault::Fault;
use super::inbound::{Verdict, judge};
use super::policy::{ResendPolicy, ResetPermission, Role};
use super::state::{Phase, SeqNums, State, Up};
use super::transition::TRANSITIONS;
use super::version::Version;
use crate::wire::{Framed, SeqNum, UtcTime, from_text, next_frame, scan};

const HEAD: &str = "\
# States

Generated from `src/session/transition.rs` and `src/session/inbound.rs` by a test, which also keeps
it true: `UPDATE_DOCS=1 cargo test --lib states_document` writes it anew.

## Transitions

Losing the transport leads to `Down` from everywhere, `Input::Disconnect` and a fatal fault to
`Ended`.

";

/// What the peer may send, as body and MsgType.
const MESSAGES: [(&str, &str); 11] = [
    ("Heartbeat", "35=0"),
    ("TestRequest", "35=1|112=T"),
    ("ResendRequest", "35=2|7=1|16=0"),
    ("Reject", "35=3|45=1"),
    ("SequenceReset-GapFill", "35=4|123=Y|36=99"),
    ("SequenceReset-Reset", "35=4|36=99"),
    ("Logout", "35=5"),
    ("Logon", "35=A|98=0|108=30"),
    ("Logon, 141=Y, 34=1", "35=A|98=0|108=30|141=Y"),
    ("application", "35=D|11=A"),
    ("application, empty tag", "35=D|11="),
];

#[test]
fn states_document_is_what_the_code_does() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/STATES.md");
    let document = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &document).expect("docs/ can be written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == document,
        "docs/STATES.md is not what the code does: look at the difference, then run \
         UPDATE_DOCS=1 cargo test --lib states_document"
    );
}

fn document() -> String {
    let mut text = String::from(HEAD);
    text.push_str("```mermaid\nstateDiagram-v2\n");
    for (from, to, why) in TRANSITIONS {
        text.push_str(&format!("    {from:?} --> {to:?}: {why}\n"));
    }
    text.push_str("```\n\n## What the gate makes of a message\n\n");
    text.push_str(
        "One table for each state of an established session. The columns say whether the \
         MsgSeqNum is too low, the expected one or too high, and `Y` whether PossDupFlag(43) is \
         set (with an OrigSendingTime before the SendingTime). The peer may reset. Where the roles \
         differ the cell has both, the initiator first; what comes of each message, for each role \
         and before the Logons are exchanged too, is in `tests/session/states.rs`.\n",
    );
    for (name, phase) in phases() {
        text.push_str(&format!("\n### {name}\n\n"));
        text.push_str("| message | low | low Y | expected | expected Y | high | high Y |\n");
        text.push_str("|---|---|---|---|---|---|---|\n");
        for (message, fields) in MESSAGES {
            let mut row = format!("| {message} ");
            for seq in [5, 10, 12] {
                for poss_dup in [false, true] {
                    let [initiator, acceptor] = [Role::Initiator, Role::Acceptor]
                        .map(|role| cell(role, &phase, fields, seq, poss_dup));
                    let same = initiator == acceptor;
                    let cell = if same { acceptor } else { format!("{initiator} / {acceptor}") };
                    row.push_str(&format!("| {cell} "));
                }
            }
            text.push_str(&row);
            text.push_str("|\n");
        }
    }
    text
}

fn phases() -> Vec<(&'static str, Phase)> {
    let until = Instant::from_millis(1_000_000);
    let old_next_in = seq(10);
    let fault = Fault::NoMsgSeqNum;
    std::vec![
        ("Active", Phase::Active),
        ("ResetProbe", Phase::ResetProbe { test_req_id: Some(seq(1)), until }),
        ("ResetSent", Phase::ResetSent { old_epoch: 0, old_next_in, until }),
        ("LogoutDue", Phase::LogoutDue { text: "".into(), until }),
        ("LogoutSent", Phase::LogoutSent { until }),
        ("LogoutReceived", Phase::LogoutReceived { until, status: None }),
        ("LogoutAcked", Phase::LogoutAcked { until, status: None, times: 1 }),
        ("Failing", Phase::Failing { fault, until }),
    ]
}

fn seq(number: u64) -> SeqNum {
    SeqNum::new(number).expect("not zero")
}

fn cell(role: Role, phase: &Phase, fields: &str, number: u64, poss_dup: bool) -> String {
    let start = if role == Role::Initiator { Config::initiator } else { Config::acceptor };
    let config = start(Version::Fix44, "US", "PEER", ResendPolicy::All)
        .reset_permission(ResetPermission::ALL)
        .build()
        .expect("valid");
    let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
    let nums = SeqNums { next_in: seq(10), next_out: seq(20), ..SeqNums::FRESH };
    let mut state = State::new(nums);
    state.now = Now::new(Instant::default(), utc);
    let mut up = Up::new(30, Instant::default());
    up.phase = phase.clone();
    let number = if fields.contains("141=Y") { 1 } else { number };
    let again = if poss_dup { "43=Y|122=20261122-09:29:00|" } else { "" };
    let (msg_type, body) = fields.split_once('|').unwrap_or((fields, ""));
    let body = if body.is_empty() { String::new() } else { format!("{body}|") };
    let bytes = from_text(&format!(
        "8=FIX.4.4|{msg_type}|34={number}|49=PEER|52=20261122-09:30:00|56=US|{again}{body}"
    ));
    let Framed::Frame(frame) = next_frame(&bytes, usize::MAX) else { panic!("a frame") };
    let scan = scan(frame, usize::MAX).expect("not garbled");
    name(judge(&config, &state, &up, &scan, &mut None))
}

/// A verdict in words.
fn name(verdict: Verdict<'_>) -> String {
    match verdict {
        Verdict::Fault(fault) => {
            let rule = fault.rule();
            let what = match fault.response() {
                super::fault::Response::Ignore => "ignore",
                super::fault::Response::Reject { .. } => "Reject",
                super::fault::Response::BusinessReject { .. } => "BusinessMessageReject",
                super::fault::Response::RejectAndLogout { .. } => "Reject, Logout",
                super::fault::Response::Logout { .. } => "Logout",
            };
            format!("{what} {rule}")
        }
        Verdict::Duplicate => "duplicate".to_string(),
        Verdict::Drop(why) => format!("drop: {why}"),
        Verdict::Ahead => "hold, ask".to_string(),
        Verdict::FillAhead => "ask".to_string(),
        Verdict::ResendRequestAhead { .. } => "replay, then ask".to_string(),
        Verdict::Logout => "Logout".to_string(),
        Verdict::LogoutAhead => "Logout, ask".to_string(),
        Verdict::Application => "deliver".to_string(),
        Verdict::Count => "count only".to_string(),
        Verdict::Heartbeat { .. } => "count".to_string(),
        Verdict::TestRequest { .. } => "count, Heartbeat".to_string(),
        Verdict::ResendRequest { .. } => "count, replay".to_string(),
        Verdict::Reject => "count, deliver".to_string(),
        Verdict::GapFill { .. } => "next = 36".to_string(),
        Verdict::SequenceReset { .. } => "next = 36".to_string(),
        Verdict::ResetLogon => "reset, Logon".to_string(),
        Verdict::ResetAnswer => "reset done".to_string(),
        Verdict::ResetAgain => "answered before".to_string(),
        Verdict::BadReset(fault) => format!("end: {fault}"),
        Verdict::OldSeries => "old series".to_string(),
    }
}
