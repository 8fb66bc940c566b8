//! Optional fields and behaviour, each of which both sides must have agreed on.

use fixline::session::{ConfigError, ResetPolicy, SendError, SeqNums, Version};

use crate::line::{Line, acceptor, initiator};

#[test]
fn every_message_says_how_far_we_are() {
    let config = acceptor(Version::Fix44).last_msg_seq_num_processed(true);
    let mut line = Line::new(config, SeqNums::FRESH);
    assert_eq!(line.log_on(1), ["authenticate 1", "> 35=A|34=1|369=1|98=0|108=30"]);
    assert_eq!(line.receive("35=1|34=2|112=HELLO"), ["> 35=0|34=2|369=2|112=HELLO"]);
    // The message ahead is not processed yet (S-SEQ-13).
    assert_eq!(line.receive("35=D|34=4|11=A"), ["> 35=2|34=3|369=2|7=3|16=0", "hold 4"]);
}

#[test]
fn our_logon_says_what_we_accept() {
    let config = initiator(Version::Fix44).announce_max_message_size(true);
    let mut line = Line::new(config, SeqNums::FRESH);
    assert_eq!(line.connect(), ["> 35=A|34=1|98=0|108=30|383=65536"]);
}

#[test]
fn what_the_peer_does_not_accept_is_not_sent() {
    // S-LOGON-16
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|383=600");
    line.accept();
    assert_eq!(line.send("B", &format!("58={}|", "x".repeat(400))), Ok(2));
    let refused = line.send("B", &format!("58={}|", "x".repeat(600)));
    assert_eq!(refused, Err(SendError::TooLarge { max: 600 }));
    assert_eq!(line.next_out(), 3);
}

#[test]
fn what_the_peer_does_not_accept_any_more_is_filled() {
    // S-LOGON-16: it was sent when the peer accepted more.
    let mut line = Line::up(acceptor(Version::Fix44));
    assert_eq!(line.send("B", &format!("58={}|", "x".repeat(600))), Ok(2));
    line.close();
    line.connect();
    line.receive("35=A|34=2|98=0|108=30|383=600");
    line.accept();
    assert_eq!(
        line.receive("35=2|34=3|7=2|16=2"),
        ["fetch 2 to 2", "> 35=4|34=2|43=Y|122=20261122-09:30:00.000|36=3|123=Y"]
    );
    assert!(line.notices.contains(&"2 is gap-filled: longer than is accepted".to_owned()));
}

#[test]
fn a_peer_that_accepts_next_to_nothing_is_refused() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|383=100");
    let text = "MaxMessageSize(383) = 100 < required message size 512";
    assert_eq!(line.accept(), [format!("> 35=5|34=1|58={text}"), format!("disconnect: {text}")]);
}

#[test]
fn test_and_production_do_not_mix() {
    let test = || acceptor(Version::Fix44).test_message_indicator(true);
    let mut line = Line::new(test(), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|464=Y");
    assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=30|464=Y"]);

    let mut line = Line::new(test(), SeqNums::FRESH);
    line.connect();
    // Absent is production (S-LOGON-15).
    line.receive("35=A|34=1|98=0|108=30");
    let text = "Value is incorrect (out of range) for this tag (464)";
    assert_eq!(line.accept(), [format!("> 35=5|34=1|58={text}"), format!("disconnect: {text}")]);
}

#[test]
fn redundant_requests_answer_every_message_ahead() {
    // S-RR-05, D-08
    let config = acceptor(Version::Fix44).redundant_resend_requests(true);
    let mut line = Line::up(config);
    assert_eq!(line.receive("35=D|34=4|11=C"), ["> 35=2|34=2|7=2|16=0", "hold 4"]);
    assert_eq!(line.receive("35=D|34=5|11=D"), ["> 35=2|34=3|7=2|16=0", "hold 5"]);
}

#[test]
fn a_repetition_without_its_first_time_passes_by_option() {
    let mut line = Line::up(acceptor(Version::Fix44).require_orig_sending_time(false));
    assert_eq!(line.receive("35=D|34=2|43=Y|11=A"), ["deliver D 2 again"]);
}

#[test]
fn a_repetition_from_the_future_is_only_rejected_by_option() {
    let mut line = Line::up(acceptor(Version::Fix44).reject_only_bad_orig_sending_time(true));
    assert_eq!(
        line.receive("35=D|34=2|43=Y|122=20261122-09:31:00|11=A"),
        ["> 35=3|34=2|45=2|58=OrigSendingTime(122) is after SendingTime(52)|371=122|372=D|373=10"]
    );
    assert_eq!(line.next_in(), 3);
}

#[test]
fn what_is_composed_offline_is_pulled_by_the_peer_after_the_next_logon() {
    // 16, S-Q-01, S-Q-02: SendingTime is that of the transmission.
    let mut line = Line::up(acceptor(Version::Fix44).offline_sends(true));
    line.close();
    assert_eq!(line.send("D", "11=NIGHT|"), Ok(2));
    line.sleep(3600.0);
    assert_eq!(line.log_on(2), ["authenticate 2", "> 35=A|34=3|98=0|108=30"]);
    assert_eq!(
        line.receive("35=2|34=3|7=2|16=0"),
        [
            "fetch 2 to 3",
            "> 35=D|34=2|43=Y|122=20261122-09:30:00.000|11=NIGHT",
            "> 35=4|34=3|43=Y|122=20261122-10:30:00.000|36=4|123=Y",
        ]
    );
}

#[test]
fn what_a_pending_reset_would_void_is_not_composed_offline() {
    let pending = SeqNums { reset_pending: true, ..SeqNums::FRESH };
    let mut line = Line::new(initiator(Version::Fix44).offline_sends(true), pending);
    assert_eq!(line.send("D", "11=NIGHT|"), Err(SendError::NotLoggedOn));
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|141=Y");
    line.close();
    assert_eq!(line.send("D", "11=NIGHT|"), Ok(2));
}

#[test]
fn without_the_option_nothing_is_composed_offline() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    assert_eq!(line.send("D", "11=NIGHT|"), Err(SendError::NotLoggedOn));
    assert_eq!(line.next_out(), 1);
}

#[test]
fn a_reset_policy_and_offline_messages_exclude_each_other() {
    let config = acceptor(Version::Fix44).offline_sends(true).reset(ResetPolicy::NEVER.at_logout());
    assert_eq!(config.build(), Err(ConfigError::OfflineSends));
}
