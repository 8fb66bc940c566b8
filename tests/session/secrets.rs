//! INV-23: what must stay secret never appears in what people read.

use std::fmt::{Debug, Display};

use fixline::session::{Action, Input, Refusal, SeqNums, Version};
use fixline::wire::{Body, Message, Tag};

use crate::line::{Line, acceptor, initiator};

const CANARY: &str = "CANARY";

/// The secrets of a Logon: Password, NewPassword, RawData, both encrypted passwords.
const SECRETS: &str = "554=CANARY|925=CANARY|95=6|96=CANARY|1401=6|1402=CANARY|1403=6|1404=CANARY";

/// Fails when `shown` gives the secret away, as text or as a list of bytes.
#[track_caller]
fn check(shown: impl Display) {
    let shown = shown.to_string();
    let bytes = format!("{:?}", CANARY.as_bytes());
    let list = bytes.trim_matches(['[', ']']);
    assert!(!shown.contains(CANARY) && !shown.contains(list), "{shown}");
    assert!(!shown.contains(&list.replace(", ", ",\n")), "{shown}");
}

#[track_caller]
fn check_debug(shown: impl Debug) {
    check(format!("{shown:?}"));
    check(format!("{shown:#?}"));
}

#[test]
fn the_canary_is_seen_where_it_is_no_secret() {
    // So that the checks below mean something.
    let body = Body::parse("58=CANARY|11=CANARY").unwrap();
    assert!(format!("{body:?}").contains(CANARY));
}

#[test]
fn fields_and_messages_do_not_show_it() {
    let body = Body::parse(SECRETS).unwrap();
    check_debug(&body);
    let fields = body.as_fields().unwrap();
    check_debug(fields);
    check(fields);
    for field in fields {
        check_debug(field);
    }
    let line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    let bytes = line.peer_message(&format!("35=A|34=1|98=0|108=30|{SECRETS}"));
    let message = Message::parse(&bytes).unwrap();
    check_debug(message);
    check(message);
    check_debug(message.fields());
}

#[test]
fn the_configuration_and_its_session_do_not_show_it() {
    let mut config = initiator(Version::Fix50Sp2);
    for field in Body::parse(SECRETS).unwrap().as_fields().unwrap() {
        config = config.logon_field(field.tag, std::str::from_utf8(field.value).unwrap());
    }
    check_debug(&config);
    let config = config.build().unwrap();
    check_debug(&config);
    let mut line = Line::new(initiator(Version::Fix50Sp2), SeqNums::FRESH);
    line.session = fixline::session::Session::new(config, SeqNums::FRESH);
    check_debug(&line.session);
    for shown in line.connect() {
        check(shown);
    }
    check_debug(&line.session);
    check_debug(&line.out);
    // It is what goes out.
    assert_eq!(line.next_out(), 2);
}

#[test]
fn inputs_do_not_show_it() {
    let body = Body::parse(SECRETS).unwrap();
    let logon = body.as_fields().unwrap();
    let line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    let bytes = line.peer_message(&format!("35=A|34=1|98=0|108=30|{SECRETS}"));
    let to = Message::parse(&bytes).unwrap();
    let one = fixline::wire::SeqNum::MIN;
    for input in [
        Input::Connected { logon },
        Input::Bytes(&bytes),
        Input::Accept { attempt: 1, logon },
        Input::Signed { attempt: 1, logon },
        Input::Stored { id: 1, seq: one, message: &bytes },
        Input::Held { seq: one, message: Some(&bytes) },
        Input::Reject { to, reason: None, tag: None, text: "" },
    ] {
        check_debug(input);
    }
}

#[test]
fn actions_notices_and_states_of_an_acceptor_do_not_show_it() {
    for verdict in [true, false] {
        let mut line = Line::new(acceptor(Version::Fix50), SeqNums::FRESH);
        line.connect();
        let bytes = line.peer_message(&format!("35=A|34=1|98=0|108=30|{SECRETS}|1137=7"));
        let actions = line.session.handle(Input::Bytes(&bytes), line.now, &mut line.out).unwrap();
        check_debug(&actions);
        for action in actions {
            check_debug(action);
            if let Action::Authenticate { attempt, logon } = action {
                line.attempt = attempt;
                // The application reads it.
                assert_eq!(logon.get(Tag::PASSWORD), Some(CANARY.as_bytes()));
                check(logon);
            }
        }
        check_debug(&line.session);
        let log = if verdict {
            line.accept()
        } else {
            line.refuse(Refusal::Logout { status: None, text: "WRONG PASSWORD" })
        };
        log.into_iter().chain(line.notices.drain(..)).for_each(check);
        check_debug(&line.session);
    }
}

#[test]
fn a_faulty_logon_is_not_quoted() {
    for logon in [
        format!("35=A|34=1|98=0|108=CANARY|{SECRETS}"),
        format!("35=A|34=1|98=CANARY|108=30|{SECRETS}"),
        format!("35=A|34=1|98=0|108=30|141=CANARY|{SECRETS}"),
        format!("35=A|34=1|98=0|108=30|{SECRETS}|CANARY=X"),
        format!("35=A|34=1|98=0|108=30|{SECRETS}|CANARY"),
        format!("35=A|34=1|49=CANARY|98=0|108=30|{SECRETS}"),
        format!("35=CANARY|34=1|98=0|108=30|{SECRETS}"),
    ] {
        for mut line in [
            Line::new(acceptor(Version::Fix44), SeqNums::FRESH),
            Line::new(initiator(Version::Fix44), SeqNums::FRESH),
        ] {
            line.connect();
            let mut log = line.receive(&logon);
            log.extend(line.accept());
            log.into_iter().chain(line.notices.drain(..)).for_each(check);
            check_debug(&line.session);
        }
    }
}

#[test]
fn no_logon_is_kept() {
    // Keep::Number for session messages: the store has nothing to give away.
    let config = initiator(Version::Fix44).logon_field(Tag::PASSWORD, CANARY);
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30");
    assert!(line.stored.is_empty());
}

#[test]
fn misuse_does_not_quote_fields() {
    let body = Body::parse("98=CANARY").unwrap();
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    let logon = body.as_fields().unwrap();
    let log = line.input(Input::Connected { logon });
    assert_eq!(log.len(), 1);
    log.into_iter().for_each(check);
    let error = Body::parse("554=CANARY|554=").unwrap_err();
    check_debug(error);
    check(error);
}

/// A test that fails prints what was said on its line: with names, and without secrets.
#[test]
fn a_test_that_fails_shows_the_conversation_and_no_secret() {
    const ASKED: &str = "FIXLINE_FAIL_ON_PURPOSE";
    if std::env::var_os(ASKED).is_some() {
        let config = initiator(Version::Fix44).logon_field(Tag::PASSWORD, CANARY);
        let mut line = Line::new(config, SeqNums::FRESH);
        line.connect();
        line.receive("35=A|34=1|98=0|108=30|58=hello");
        panic!("on purpose");
    }
    let name = "secrets::a_test_that_fails_shows_the_conversation_and_no_secret";
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(ASKED, "1")
        .output()
        .unwrap();
    let shown = String::from_utf8(run.stderr).unwrap();
    assert!(shown.contains("on purpose\n") && !run.status.success(), "{shown}");
    check(&shown);
    let said = shown.split_once("the conversation:\n  > ").map(|(_, said)| said);
    let said = said.unwrap_or_else(|| panic!("{shown}"));
    let (ours, theirs) = if cfg!(feature = "dictionaries") {
        ("|MsgType 35=A Logon|", "|Text 58=hello|")
    } else {
        ("|35=A|", "|58=hello|")
    };
    assert!(said.contains(ours) && said.contains(theirs) && said.contains("554=***|"), "{said}");
}
