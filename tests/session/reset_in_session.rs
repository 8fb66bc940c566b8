//! Both numbers back to 1 in session: S-RESET.

use fixline::session::{Input, SendError, Status, Version};

use crate::line::{Line, acceptor, initiator, nums, seq};
use crate::reset::{RESET_LOGON, numbers, permitting};

// The peer's.

fn up() -> Line {
    Line::up(permitting(acceptor(Version::Fix44)))
}

#[test]
fn a_reset_in_session_is_answered_in_kind() {
    // S-RESET-06, LOG-07
    let mut line = up();
    line.receive("35=D|34=2|11=A");
    line.send("8", "37=X").unwrap();
    assert_eq!(line.receive(RESET_LOGON), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
    assert_eq!(line.receive("35=D|34=2|11=B"), ["deliver D 1/2"]);
    assert_eq!(line.send("8", "37=Y"), Ok(2));
}

#[test]
fn a_reset_in_session_ends_a_gap_and_what_was_held_and_a_replay() {
    // S-RESET-14, LOG-01
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.serves = false;
    line.receive("35=2|34=4|7=2|16=0");
    line.receive("35=D|34=6|11=E");
    assert_eq!(line.held.len(), 1);
    assert_eq!(line.receive(RESET_LOGON), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert!(line.held.is_empty());
    assert_eq!(line.session.status(), Status::LoggedOn { recovering: false, replaying: false });
    assert!(line.store_end().is_empty());
    assert_eq!(line.receive("35=D|34=2|11=B"), ["deliver D 1/2"]);
    assert_eq!(line.receive("35=D|34=3|11=C"), ["deliver D 1/3"]);
}

#[test]
fn a_reset_in_session_that_is_not_permitted_is_the_end() {
    let mut line = Line::up(acceptor(Version::Fix44));
    assert_eq!(
        line.receive(RESET_LOGON),
        ["> 35=5|34=2|58=ResetSeqNumFlag(141)=Y is not permitted"]
    );
    assert_eq!(line.session.seq_nums(), nums(2, 3));
}

#[test]
fn a_reset_in_session_that_is_not_number_one_is_the_end() {
    let mut line = up();
    assert_eq!(
        line.receive("35=A|34=2|98=0|108=30|141=Y"),
        ["> 35=5|34=2|58=ResetSeqNumFlag(141)=Y requires MsgSeqNum(34)=1"]
    );
    assert_eq!(line.session.seq_nums(), nums(2, 3));
}

#[test]
fn a_logon_in_session_without_a_reset_is_the_end() {
    // S-LOGON-27, LOG-02
    for seq in [1, 2, 9] {
        let mut line = up();
        assert_eq!(
            line.receive(&format!("35=A|34={seq}|98=0|108=30")),
            ["> 35=5|34=2|58=Already logged on"]
        );
    }
}

#[test]
fn a_repeated_reset_logon_never_resets() {
    // S-RESET-11
    let mut line = up();
    assert!(line.again("35=A|34=2|98=0|108=30|141=Y").is_empty());
    assert_eq!(line.session.seq_nums(), nums(3, 2));
    assert!(line.again("35=A|34=1|98=0|108=30|141=Y").is_empty());
    assert_eq!(line.session.seq_nums(), nums(3, 2));
}

#[test]
fn two_resets_make_two_epochs() {
    // LOG-25
    let mut line = up();
    line.receive(RESET_LOGON);
    line.receive("35=0|34=2");
    line.receive(RESET_LOGON);
    assert_eq!(line.session.seq_nums(), numbers(2, 2, 2, false));
}

// Ours.

#[test]
fn our_reset_probes_first_and_is_done_with_the_answer() {
    // S-RESET-03
    let mut line = up();
    line.send("8", "37=X").unwrap();
    assert_eq!(line.input(Input::ResetSeqNums), ["> 35=1|34=3|112=3"]);
    assert_eq!(line.session.status(), Status::Resetting);
    assert_eq!(line.send("8", "37=Y"), Err(SendError::Resetting));
    assert_eq!(
        line.receive("35=0|34=2|112=3"),
        ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]
    );
    assert_eq!(line.session.seq_nums(), numbers(1, 1, 2, true));
    assert_eq!(line.send("8", "37=Y"), Err(SendError::Resetting));
    assert!(line.receive(RESET_LOGON).is_empty());
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
    assert!(line.notices.contains(&"the peer agreed to the reset".to_owned()));
    assert_eq!(line.send("8", "37=Y"), Ok(2));
    assert_eq!(line.receive("35=D|34=2|11=B"), ["deliver D 1/2"]);
}

#[test]
fn only_the_heartbeat_that_answers_the_probe_begins_the_reset() {
    let mut line = up();
    line.input(Input::ResetSeqNums);
    assert!(line.receive("35=0|34=2").is_empty());
    assert!(line.receive("35=0|34=3|112=9").is_empty());
    assert_eq!(line.receive("35=D|34=4|11=A"), ["deliver D 4"]);
    assert_eq!(line.receive("35=1|34=5|112=T"), ["> 35=0|34=3|112=T"]);
    assert_eq!(line.session.status(), Status::Resetting);
}

#[test]
fn the_probe_finds_a_gap_and_the_reset_waits_for_it() {
    let mut line = up();
    line.input(Input::ResetSeqNums);
    assert_eq!(line.receive("35=0|34=3|112=2"), ["> 35=2|34=3|7=2|16=0", "hold 3"]);
    assert_eq!(
        line.again("35=D|34=2|11=A"),
        ["deliver D 2 again", "reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]
    );
}

#[test]
fn our_reset_waits_until_nothing_is_missing_on_either_side() {
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=0");
    line.receive("35=D|34=4|11=D");
    assert!(line.input(Input::ResetSeqNums).is_empty());
    assert_eq!(line.session.status(), Status::Resetting);
    assert_eq!(line.again("35=D|34=3|11=C"), ["deliver D 3 again", "deliver D 4"]);
    assert_eq!(
        line.store_end(),
        ["> 35=4|34=2|43=Y|122=20261122-09:30:00.000|36=3|123=Y", "> 35=1|34=3|112=3"]
    );
    assert_eq!(
        line.receive("35=0|34=5|112=3"),
        ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]
    );
}

#[test]
fn a_probe_that_becomes_part_of_a_gap_fill_is_sent_anew() {
    // The peer missed a message, asks for everything behind it, and never sees our TestRequest.
    let mut line = up();
    line.send("8", "37=X").unwrap();
    assert_eq!(line.input(Input::ResetSeqNums), ["> 35=1|34=3|112=3"]);
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=0"),
        [
            "fetch 2 to 3",
            "> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X",
            "> 35=4|34=3|43=Y|122=20261122-09:30:00.000|36=4|123=Y",
            "> 35=1|34=4|112=4"
        ]
    );
    assert!(line.receive("35=0|34=3|112=3").is_empty());
    assert_eq!(
        line.receive("35=0|34=4|112=4"),
        ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]
    );
}

#[test]
fn a_probe_that_the_peer_has_already_is_not_sent_anew() {
    let mut line = up();
    line.send("8", "37=X").unwrap();
    assert_eq!(line.input(Input::ResetSeqNums), ["> 35=1|34=3|112=3"]);
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=2"),
        ["fetch 2 to 2", "> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X"]
    );
    assert_eq!(
        line.receive("35=0|34=3|112=3"),
        ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]
    );
}

#[test]
fn messages_in_flight_are_delivered_under_the_old_epoch() {
    // S-RESET-07
    let mut line = up();
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    assert_eq!(line.receive("35=D|34=3|11=A"), ["deliver D 3"]);
    assert_eq!(line.receive("35=D|34=4|11=B"), ["deliver D 4"]);
    // Only what is in sequence.
    assert!(line.receive("35=D|34=6|11=D").is_empty());
    assert!(line.receive("35=D|34=4|11=B").is_empty());
    // Nothing is answered.
    assert!(line.receive("35=1|34=5|112=T").is_empty());
    assert!(line.receive("35=2|34=6|7=1|16=0").is_empty());
    assert_eq!(line.receive("35=D|34=7|11=E"), ["deliver D 7"]);
    assert!(line.receive("35=4|34=8|36=50").is_empty());
    assert!(line.receive(RESET_LOGON).is_empty());
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
}

#[test]
fn nothing_is_taken_for_the_old_series_behind_bytes_that_may_have_been_the_answer() {
    // A damaged answer, and a number that both series have.
    let good = up().peer_message(RESET_LOGON);
    for at in [0, good.len() - 3] {
        let mut line = up();
        line.input(Input::ResetSeqNums);
        line.receive("35=0|34=2|112=2");
        let mut damaged = good.clone();
        damaged[at] ^= 1;
        line.receive_bytes(&damaged);
        assert!(line.receive("35=D|34=3|11=B").is_empty());
        assert_eq!(line.session.status(), Status::Resetting);
    }
}

#[test]
fn a_fill_in_flight_moves_the_old_series() {
    let mut line = up();
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    assert!(line.receive("35=4|34=3|123=Y|36=6").is_empty());
    assert_eq!(line.receive("35=D|34=6|11=A"), ["deliver D 6"]);
}

#[test]
fn a_strict_reset_takes_nothing_but_its_answer() {
    let config = permitting(acceptor(Version::Fix44)).strict_reset(true);
    let mut line = Line::up(config);
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    assert_eq!(line.receive("35=D|34=3|11=A"), ["> 35=5|34=2|58=Expected the answer to our reset"]);
}

#[test]
fn an_answer_to_our_reset_must_reset() {
    for answer in ["35=A|34=1|98=0|108=30", "35=A|34=3|98=0|108=30", "35=A|34=2|98=0|108=30|141=Y"]
    {
        let mut line = up();
        line.input(Input::ResetSeqNums);
        line.receive("35=0|34=2|112=2");
        assert_eq!(
            line.receive(answer),
            ["> 35=5|34=2|58=Expected a Logon with ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1"]
        );
        assert!(line.session.seq_nums().reset_pending);
    }
}

#[test]
fn a_logout_instead_of_the_answer_is_acknowledged_and_the_reset_stays_pending() {
    let mut line = Line::up(initiator(Version::Fix44));
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    assert_eq!(line.receive("35=5|34=3|58=NO RESETS"), ["> 35=5|34=2", "deliver 5 3"]);
    assert_eq!(line.session.seq_nums(), numbers(1, 1, 3, true));
    line.close();
    assert_eq!(line.connect(), ["reset to epoch 2, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
}

#[test]
fn a_reset_that_is_cut_off_is_asked_for_again() {
    // LOG-04
    let mut line = Line::up(initiator(Version::Fix44));
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    line.close();
    assert_eq!(line.connect(), ["reset to epoch 2, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert_eq!(line.receive(RESET_LOGON), ["deliver A 2/1"]);
    assert_eq!(line.session.seq_nums(), numbers(2, 2, 2, false));
}

#[test]
fn a_probe_that_is_cut_off_resets_nothing() {
    let mut line = Line::up(initiator(Version::Fix44));
    line.input(Input::ResetSeqNums);
    line.close();
    assert_eq!(line.session.seq_nums(), nums(2, 3));
    assert_eq!(line.connect(), ["> 35=A|34=3|98=0|108=30"]);
}

#[test]
fn a_probe_without_an_answer_ends_after_ten_seconds() {
    let mut line = up();
    line.input(Input::ResetSeqNums);
    assert!(line.wait(9.9).is_empty());
    assert_eq!(
        line.wait(0.1),
        [
            "> 35=5|34=3|58=The sequence number reset was not answered",
            "disconnect: the peer did not take part in the reset"
        ]
    );
    assert_eq!(line.session.seq_nums(), nums(2, 4));
}

#[test]
fn a_reset_without_an_answer_ends_after_ten_seconds_and_nothing_is_sent_meanwhile() {
    // LOG-10: no Heartbeat between our Logon and the answer.
    let config =
        permitting(acceptor(Version::Fix44)).logon_timeout(std::time::Duration::from_secs(60));
    let mut line = Line::up(config);
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    assert!(line.wait(59.9).is_empty());
    assert_eq!(
        line.wait(0.1),
        [
            "> 35=5|34=2|58=The sequence number reset was not answered",
            "disconnect: the peer did not take part in the reset"
        ]
    );
}

#[test]
fn operators_wait_while_numbers_are_reset() {
    let mut line = up();
    line.input(Input::ResetSeqNums);
    let busy = "misuse: not now: the session is logging out or resetting its numbers";
    for input in [
        Input::ResetSeqNums,
        Input::TestRequest,
        Input::SequenceReset { new: seq(9) },
        Input::ResendRequest { from: seq(1), to: seq(1) },
    ] {
        assert_eq!(line.input(input), [busy]);
    }
    line.receive("35=0|34=2|112=2");
    assert_eq!(line.logout("bye"), [busy]);
}

// Both sides start (crossing).

#[test]
fn crossing_resets_answer_each_other() {
    // The peer sent its Logon before it saw ours.
    let mut line = up();
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    assert!(line.receive(RESET_LOGON).is_empty());
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
}

#[test]
fn the_peers_reset_takes_the_place_of_ours_that_only_probes() {
    let mut line = up();
    line.input(Input::ResetSeqNums);
    assert_eq!(line.receive(RESET_LOGON), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
    // The Heartbeat to the probe was sent before and got lost with the old series.
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 1/2"]);
}

#[test]
fn a_reset_that_we_want_ourselves_needs_no_permission() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.input(Input::ResetSeqNums);
    assert_eq!(line.receive(RESET_LOGON), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y"]);
}

#[test]
fn a_pending_reset_of_an_acceptor_is_answered_by_the_peers_next_reset_logon() {
    // The in-session reset was cut off; the peer resets with its next Logon.
    let mut line = Line::up(acceptor(Version::Fix44));
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    line.close();
    line.connect();
    line.receive(RESET_LOGON);
    assert_eq!(line.accept(), ["reset to epoch 2", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert_eq!(line.session.seq_nums(), numbers(2, 2, 2, false));
}

#[test]
fn a_pending_reset_of_an_acceptor_is_asked_for_again_in_answer_to_the_next_logon() {
    // The in-session reset was cut off, and the peer does not know of it (S-RESET-10).
    for (logon, old_series) in [(2, "35=D|34=3|11=A"), (40, "35=D|34=41|11=A")] {
        let mut line = Line::up(acceptor(Version::Fix44));
        line.input(Input::ResetSeqNums);
        line.receive("35=0|34=2|112=2");
        line.close();
        line.connect();
        line.receive(&format!("35=A|34={logon}|98=0|108=30"));
        assert_eq!(line.accept(), ["reset to epoch 2, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
        assert_eq!(line.session.status(), Status::Resetting);
        assert_eq!(line.session.seq_nums(), numbers(2, 1, 2, true));
        assert_eq!(
            line.receive(old_series),
            ["deliver D 1/".to_owned() + &(logon + 1).to_string()]
        );
        assert!(line.receive(RESET_LOGON).is_empty());
        assert_eq!(line.session.seq_nums(), numbers(2, 2, 2, false));
        assert_eq!(line.send("8", "37=X"), Ok(2));
    }
}

#[test]
fn a_pending_reset_that_the_peer_does_not_permit_stays_pending() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    line.close();
    line.connect();
    line.receive("35=A|34=3|98=0|108=30");
    line.accept();
    assert_eq!(line.receive("35=5|34=4|58=NO RESETS"), ["> 35=5|34=2", "deliver 5 1/4"]);
    assert!(line.session.seq_nums().reset_pending);
}
