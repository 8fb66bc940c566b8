//! How connections end before the Logons are exchanged, and what each end means for the next
//! attempt.

use std::time::Duration;

use fixline::session::{Input, Reason, Recovery, Refusal, SeqNums, Status, Version};
use fixline::wire::Fields;

use crate::line::{Line, acceptor, initiator, nums};

/// An initiator whose Logon, number 7, is out.
fn logon_sent(version: Version) -> Line {
    let mut line = Line::new(initiator(version), nums(5, 7));
    line.connect();
    line
}

fn reason(line: &Line) -> Reason {
    match line.session.status() {
        Status::Ended(reason) => reason,
        status => panic!("not ended: {status:?}"),
    }
}

#[test]
fn core_02_a_reject_in_answer_is_delivered_and_so_is_the_logout_behind_it() {
    for (version, rejection) in [
        (Version::Fix44, "35=3|34=5|45=7|372=A|373=5|371=554|58=Wrong password"),
        (Version::Fix44, "35=j|34=5|45=7|372=A|380=0|58=Wrong password"),
        (Version::Fix40, "35=3|34=5|45=7|58=Wrong password"),
    ] {
        let mut line = logon_sent(version);
        let kind = &rejection[3..4];
        assert_eq!(line.receive(rejection), [format!("deliver {kind} 5")]);
        assert_eq!(
            line.receive("35=5|34=6|58=Bye"),
            ["deliver 5 6", "disconnect: the peer refused our Logon"]
        );
        assert_eq!(reason(&line), Reason::RefusedByPeer { status: None });
        assert_eq!(reason(&line).recovery(), Recovery::Operator);
        // Both used up their numbers, and nothing was answered.
        assert_eq!(line.session.seq_nums(), nums(7, 8));
    }
}

#[test]
fn core_02_a_rejection_whose_number_does_not_fit_is_delivered_all_the_same() {
    for (seq, next_in) in [(1, 5), (9, 5)] {
        let mut line = logon_sent(Version::Fix44);
        let rejection = format!("35=3|34={seq}|45=7|58=NO");
        assert_eq!(line.receive(&rejection), [format!("deliver 3 {seq}")]);
        assert_eq!(line.next_in(), next_in);
    }
}

#[test]
fn core_02_a_rejection_without_a_logout_behind_it_refuses_soon_or_when_the_peer_closes() {
    let mut line = logon_sent(Version::Fix44);
    line.receive("35=3|34=5|45=7|58=NO");
    assert!(line.wait(1.9).is_empty());
    assert_eq!(line.wait(0.1), ["disconnect: the peer refused our Logon"]);

    let mut line = logon_sent(Version::Fix44);
    line.receive("35=3|34=5|45=7|58=NO");
    assert_eq!(line.close(), ["disconnect: the peer refused our Logon"]);

    // A flood of them puts nothing off.
    let mut line = logon_sent(Version::Fix44);
    line.receive("35=3|34=5|45=7|58=NO");
    for seq in 6..10 {
        line.wait(0.45);
        line.receive(&format!("35=3|34={seq}|45=7|58=NO"));
    }
    assert_eq!(line.wait(0.2), ["disconnect: the peer refused our Logon"]);

    let config = initiator(Version::Fix44).error_logout_wait(Duration::ZERO);
    let mut line = Line::new(config, nums(5, 7));
    line.connect();
    assert_eq!(
        line.receive("35=3|34=5|45=7|58=NO"),
        ["deliver 3 5", "disconnect: the peer refused our Logon"]
    );
}

#[test]
fn core_02_a_logon_behind_a_rejection_is_a_welcome() {
    let mut line = logon_sent(Version::Fix44);
    line.receive("35=3|34=5|45=7|371=9999|58=Unknown tag");
    assert_eq!(line.receive("35=A|34=6|98=0|108=30"), ["deliver A 6"]);
    assert_eq!(line.next_in(), 7);
    assert!(line.wait(5.0).is_empty());
}

#[test]
fn core_02_a_repeated_rejection_is_no_answer_to_a_logon() {
    let mut line = logon_sent(Version::Fix44);
    assert_eq!(
        line.again("35=3|34=5|45=7|58=OLD"),
        ["> 35=5|34=8|58=First message not a Logon", "disconnect: First message not a Logon"]
    );
}

#[test]
fn core_02_an_answer_that_would_be_the_same_again_is_not_asked_for_at_once() {
    for (answer, recovery) in [
        ("35=A|34=5|98=0", Recovery::Operator),
        ("35=A|34=5|108=30", Recovery::Operator),
        ("35=A|34=5|98=0|108=30|383=10", Recovery::Operator),
        ("35=A|34=5|98=1|108=30", Recovery::Operator),
        ("35=A|34=5|98=0|108=30|1=", Recovery::Operator),
        ("35=A|34=5|52=20261122-07:30:00|98=0|108=30", Recovery::RetryLater),
        ("35=0|34=5", Recovery::RetryLater),
    ] {
        let mut line = logon_sent(Version::Fix44);
        line.receive(answer);
        assert_eq!(reason(&line).recovery(), recovery, "{answer}");
    }
    // An answer of 70 kB.
    let mut line = logon_sent(Version::Fix44);
    line.receive_bytes(b"8=FIX.4.4\x019=70000\x0135=A\x01");
    assert_eq!(reason(&line).recovery(), Recovery::RetryLater);
    assert!(reason(&line).advice().contains("message_len_max"));
}

#[test]
fn core_15_a_logout_behind_bytes_that_could_not_be_read_is_no_refusal_for_ever() {
    let mut line = logon_sent(Version::Fix44);
    line.garbled("35=A|34=5|98=0|108=30");
    assert_eq!(
        line.receive("35=5|34=6"),
        ["deliver 5 6", "disconnect: the peer's answer to our Logon could not be read"]
    );
    assert_eq!(reason(&line).recovery(), Recovery::RetryLater);
    // Nothing was counted: the answer is asked for after the next Logon.
    assert_eq!(line.next_in(), 5);
}

#[test]
fn core_15_a_logout_that_refuses_does_so_behind_anything() {
    for (status, recovery) in [(5, Recovery::Operator), (7, Recovery::WaitLonger)] {
        let mut line = logon_sent(Version::Fix50Sp2);
        line.garbled("35=A|34=5|98=0|108=30");
        line.receive(&format!("35=5|34=6|1409={status}"));
        assert_eq!(reason(&line), Reason::RefusedByPeer { status: Some(status) });
        assert_eq!(reason(&line).recovery(), recovery);
    }
}

#[test]
fn core_15_no_more_than_garbled_bytes_is_said_to_be_so() {
    let mut line = logon_sent(Version::Fix44);
    line.garbled("35=A|34=5|98=0|108=30");
    assert_eq!(line.wait(10.0), ["disconnect: the peer's answer to our Logon could not be read"]);
    let mut line = logon_sent(Version::Fix44);
    line.receive_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_eq!(line.close(), ["disconnect: the peer's answer to our Logon could not be read"]);
}

#[test]
fn edge_24_a_verdict_that_nobody_gave_has_its_own_reason_on_both_sides() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30");
    assert_eq!(line.wait(10.0), ["disconnect: the application did not decide about the Logon"]);
    assert_eq!(reason(&line), Reason::VerdictTimeout);

    // What its peer sees.
    let mut line = logon_sent(Version::Fix44);
    assert_eq!(line.close(), ["disconnect: the peer closed without answering our Logon"]);
    let mut line = logon_sent(Version::Fix44);
    assert_eq!(line.wait(10.0), ["disconnect: the peer did not answer our Logon"]);
    assert_eq!(reason(&line), Reason::LogonUnanswered);

    // Who connects and says nothing.
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    assert_eq!(line.wait(10.0), ["disconnect: no Logon in time"]);
}

#[test]
fn edge_24_a_verdict_that_was_dropped_refuses_and_says_so() {
    let mut line = Line::new(acceptor(Version::Fix44), nums(3, 4));
    line.connect();
    line.receive("35=A|34=3|98=0|108=30");
    assert_eq!(
        line.refuse(Refusal::Undecided),
        [
            "> 35=5|34=4|58=Nobody decided about the Logon",
            "disconnect: the application let the verdict on the Logon drop"
        ]
    );
    assert_eq!(reason(&line), Reason::Undecided);
    assert_eq!(line.session.seq_nums(), nums(3, 5));
}

#[test]
fn edge_24_a_signature_that_nobody_gave_has_its_own_reason() {
    let mut line = Line::new(initiator(Version::Fix44).sign_logon(true), SeqNums::FRESH);
    line.input(Input::Connected { logon: Fields::EMPTY });
    line.wait(10.0);
    assert_eq!(reason(&line), Reason::NotSigned);
}

#[test]
fn edge_25_a_venue_that_logs_us_out_is_waited_for_and_one_that_names_a_fault_is_not() {
    for (logout, status, recovery) in [
        ("35=5|34=2", None, Recovery::WaitLonger),
        ("35=5|34=2|1409=4", Some(4), Recovery::WaitLonger),
        ("35=5|34=2|1409=7", Some(7), Recovery::WaitLonger),
        ("35=5|34=2|1409=6", Some(6), Recovery::Operator),
        ("35=5|34=2|1409=9", Some(9), Recovery::Operator),
        ("35=5|34=2|1409=99999999", None, Recovery::WaitLonger),
    ] {
        let mut line = Line::up(initiator(Version::Fix50Sp2).logout_linger(Duration::ZERO));
        line.receive(logout);
        assert_eq!(reason(&line), Reason::LoggedOutByPeer { status }, "{logout}");
        assert_eq!(reason(&line).recovery(), recovery, "{logout}");
        assert!(reason(&line).is_orderly());
    }
    let mut line = Line::up(initiator(Version::Fix44));
    line.logout("done");
    line.receive("35=5|34=2");
    assert_eq!(reason(&line).recovery(), Recovery::Done);
}

#[test]
fn edge_25_a_refusal_outside_of_session_hours_is_waited_out() {
    let mut line = logon_sent(Version::Fix50Sp2);
    assert_eq!(
        line.receive("35=5|34=5|1409=7|58=Closed"),
        ["deliver 5 5", "disconnect: the peer refused our Logon (SessionStatus 7)"]
    );
    assert_eq!(reason(&line).recovery(), Recovery::WaitLonger);
    assert!(!reason(&line).needs_operator());
}

#[test]
fn edge_25_what_a_peer_names_is_not_forgotten_when_it_does_not_close() {
    let mut line = Line::up(initiator(Version::Fix50Sp2));
    line.receive("35=5|34=2|1409=6");
    line.wait(10.0);
    assert_eq!(reason(&line), Reason::LoggedOutByPeer { status: Some(6) });
    let mut line = Line::up(initiator(Version::Fix50Sp2));
    line.receive("35=5|34=2");
    line.wait(10.0);
    assert_eq!(reason(&line), Reason::LingerTimeout);
}

#[test]
fn core_02_a_reject_of_our_reset_is_delivered() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    assert_eq!(line.receive("35=3|34=3|45=1|58=Already logged on"), ["deliver 3 3"]);
    assert_eq!(
        line.wait(10.0).last().map(String::as_str),
        Some("disconnect: the peer did not take part in the reset")
    );
}

#[test]
fn core_18_a_message_that_is_too_long_is_told_with_its_remedy() {
    let mut line = Line::up(initiator(Version::Fix44));
    line.receive_bytes(b"8=FIX.4.4\x019=70000\x0135=B\x01");
    assert_eq!(
        line.notices.last().map(String::as_str),
        Some(
            "BodyLength(9) = 70000 exceeds the maximum message size; raise message_len_max \
             (settings key MaxMessageSize): the peer sends the same message again after each Logon"
        )
    );
    assert_eq!(reason(&line).recovery(), Recovery::RetryLater);
    // The peer is told what is wrong, not how to mend it here.
    let mut line = Line::up(initiator(Version::Fix44));
    let log = line.receive_bytes(b"8=FIX.4.4\x019=70000\x0135=B\x01");
    assert_eq!(log[0], "> 35=5|34=2|58=BodyLength(9) = 70000 exceeds the maximum message size");
}

#[test]
fn core_18_the_quickfix_profile_takes_what_other_engines_take() {
    let config = initiator(Version::Fix44).quickfix_profile();
    let mut line = Line::up(config);
    let log = line.receive(&format!("35=B|34=2|148={}", "x".repeat(100_000)));
    assert_eq!(log, ["deliver B 2"]);
}

#[test]
fn edge_24_whoever_fits_is_welcome_by_option() {
    let config = || acceptor(Version::Fix44).ask_about_logons(false);
    let mut line = Line::new(config(), SeqNums::FRESH);
    line.connect();
    assert_eq!(
        line.receive("35=A|34=1|98=0|108=30|553=me"),
        ["> 35=A|34=1|98=0|108=30", "deliver A 1"]
    );
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 2"]);
    // Ahead of a gap, and wrong.
    let mut line = Line::new(config(), nums(3, 4));
    line.connect();
    assert_eq!(
        line.receive("35=A|34=5|98=0|108=30"),
        ["> 35=A|34=4|98=0|108=30", "> 35=2|34=5|7=3|16=0", "deliver A 5"]
    );
    let mut line = Line::new(config(), nums(3, 4));
    line.connect();
    assert!(line.receive("35=A|34=2|98=0|108=30")[0].contains("MsgSeqNum too low"));
    assert!(matches!(line.session.status(), Status::Ended(_)));
    // Not whoever does not fit.
    let mut line = Line::new(config(), SeqNums::FRESH);
    line.connect();
    assert!(line.receive("35=A|34=1|49=EVIL|98=0|108=30")[0].starts_with("disconnect"));
}

#[test]
fn edge_24_every_way_to_be_late_has_words_of_its_own() {
    use std::collections::BTreeSet;
    let reasons = [
        Reason::LogonTimeout,
        Reason::LogonUnanswered,
        Reason::VerdictTimeout,
        Reason::Undecided,
        Reason::NotSigned,
        Reason::NotStored,
        Reason::LogonUnread,
        Reason::ClosedBeforeLogon,
        Reason::LogonRefused,
        Reason::RefusedByPeer { status: None },
        Reason::Closed,
    ];
    let words: BTreeSet<String> = reasons.iter().map(ToString::to_string).collect();
    let advice: BTreeSet<&str> = reasons.iter().map(|reason| reason.advice()).collect();
    assert_eq!((words.len(), advice.len()), (reasons.len(), reasons.len()));
}
