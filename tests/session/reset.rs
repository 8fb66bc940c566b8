//! Both numbers back to 1: section 3.4 of the rules.

use fixline::session::{
    ConfigBuilder, ConfigError, Input, ResetPermission, ResetPolicy, SendError, SeqNums, Status,
    Version,
};

use crate::line::{Line, acceptor, initiator, nums, seq};

const fn numbers(epoch: u32, next_in: u64, next_out: u64, reset_pending: bool) -> SeqNums {
    SeqNums { epoch, next_in: seq(next_in), next_out: seq(next_out), reset_pending }
}

fn permitting(config: ConfigBuilder) -> ConfigBuilder {
    config.reset_permission(ResetPermission::ALL)
}

const RESET_LOGON: &str = "35=A|34=1|98=0|108=30|141=Y";

// At connection start: the peer's (S-RESET-02 to S-RESET-05).

#[test]
fn an_acceptor_obeys_a_reset_when_it_may() {
    // S-RESET-01, S-RESET-04
    let mut line = Line::new(permitting(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(line.receive(RESET_LOGON), ["authenticate 1"]);
    // INV-12: nothing before the verdict.
    assert_eq!(line.session.seq_nums(), nums(5, 7));
    assert_eq!(line.accept(), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 1/2"]);
}

#[test]
fn an_acceptor_that_does_not_permit_a_reset_says_so_and_keeps_its_numbers() {
    // S-RESET-05
    for permission in [ResetPermission::NONE, ResetPermission::NONE.in_session()] {
        let config = acceptor(Version::Fix44).reset_permission(permission);
        let mut line = Line::new(config, nums(5, 7));
        line.connect();
        line.receive(RESET_LOGON);
        assert_eq!(
            line.accept(),
            [
                "> 35=5|34=7|58=ResetSeqNumFlag(141)=Y is not permitted",
                "disconnect: ResetSeqNumFlag(141)=Y is not permitted"
            ]
        );
        assert_eq!(line.session.seq_nums(), nums(5, 8));
    }
}

#[test]
fn a_reset_that_is_not_number_one_is_refused() {
    // S-RESET-08, LOG-09
    let mut line = Line::new(permitting(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|141=Y");
    assert_eq!(
        line.accept(),
        [
            "> 35=5|34=7|58=ResetSeqNumFlag(141)=Y requires MsgSeqNum(34)=1",
            "disconnect: ResetSeqNumFlag(141)=Y requires MsgSeqNum(34)=1"
        ]
    );
    assert_eq!(line.session.seq_nums(), nums(5, 8));
}

#[test]
fn a_refused_logon_resets_nothing() {
    // LOG-08, INV-12
    let mut line = Line::new(permitting(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive(RESET_LOGON);
    assert_eq!(
        line.refuse(fixline::session::Refusal::Silent),
        ["disconnect: we refused the Logon"]
    );
    assert_eq!(line.session.seq_nums(), nums(5, 7));

    // Nor does one that is accepted and faulty.
    line.close();
    line.connect();
    line.receive("35=A|34=1|98=1|108=30|141=Y");
    line.accept();
    assert_eq!(line.session.seq_nums(), nums(5, 8));
}

#[test]
fn a_reset_flag_of_n_continues() {
    let mut line = Line::new(permitting(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|141=N");
    assert_eq!(line.accept(), ["> 35=A|34=7|98=0|108=30"]);
}

#[test]
fn a_reset_flag_that_is_neither_y_nor_n_is_refused() {
    let mut line = Line::new(permitting(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|141=X");
    assert_eq!(
        line.accept(),
        [
            "> 35=5|34=7|58=Incorrect data format for value (141)",
            "disconnect: Incorrect data format for value (141)"
        ]
    );
}

#[test]
fn fix_4_0_knows_no_reset_flag() {
    let mut line = Line::new(acceptor(Version::Fix40), nums(1, 7));
    line.connect();
    line.receive(RESET_LOGON);
    assert_eq!(line.accept(), ["> 35=A|34=7|98=0|108=30"]);
}

// At connection start: ours.

fn resetting() -> ConfigBuilder {
    initiator(Version::Fix44).reset(ResetPolicy::NEVER.at_logon())
}

#[test]
fn an_initiator_announces_its_reset() {
    let mut line = Line::new(resetting(), nums(5, 7));
    assert_eq!(line.connect(), ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert_eq!(line.session.seq_nums(), numbers(1, 1, 2, true));
    assert_eq!(line.receive(RESET_LOGON), ["deliver A 1/1"]);
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
    assert!(line.notices.contains(&"the peer agreed to the reset".to_owned()));
}

#[test]
fn every_attempt_asks_for_the_reset_until_the_peer_agrees() {
    // LOG-11; a crash in between changes nothing.
    let mut line = Line::new(resetting(), nums(5, 7));
    line.connect();
    line.close();
    assert_eq!(line.connect(), ["reset to epoch 2, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
    let mut line = Line::new(initiator(Version::Fix44), line.session.seq_nums());
    assert_eq!(line.connect(), ["reset to epoch 3, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
    line.receive(RESET_LOGON);
    line.close();
    assert_eq!(line.connect(), ["> 35=A|34=2|98=0|108=30"]);
}

#[test]
fn an_answer_that_does_not_reset_is_refused() {
    // S-RESET-09, D-20
    for answer in [
        "35=A|34=1|98=0|108=30",
        "35=A|34=1|98=0|108=30|141=N",
        "35=A|34=7|98=0|108=30",
        "35=A|34=2|98=0|108=30|141=Y",
    ] {
        let mut line = Line::new(resetting(), nums(5, 7));
        line.connect();
        let text = "Expected a Logon with ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1";
        assert_eq!(
            line.receive(answer),
            [format!("> 35=5|34=2|58={text}"), format!("disconnect: {text}")]
        );
        assert!(line.session.seq_nums().reset_pending);
    }
}

#[test]
fn a_reset_that_we_did_not_ask_for_is_refused_where_it_is_not_permitted() {
    // S-RESET-10
    let in_session = ResetPermission::NONE.in_session();
    let config = initiator(Version::Fix44).reset_permission(in_session);
    let mut line = Line::new(config, nums(5, 7));
    line.connect();
    assert_eq!(
        line.receive(RESET_LOGON),
        [
            "> 35=5|34=8|58=ResetSeqNumFlag(141)=Y is not permitted",
            "disconnect: ResetSeqNumFlag(141)=Y is not permitted"
        ]
    );
    assert_eq!(line.session.seq_nums(), nums(5, 9));
}

#[test]
fn a_reset_that_an_acceptor_asks_for_in_its_answer_is_obeyed_where_it_is_permitted() {
    // S-RESET-10
    let mut line = Line::new(permitting(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(
        line.receive(RESET_LOGON),
        ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y", "deliver A 1/1"]
    );
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
    assert_eq!(line.send("D", "11=A|"), Ok(2));
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 1/2"]);
}

#[test]
fn a_reset_in_an_answer_that_is_not_number_one_is_refused() {
    // S-RESET-08
    let mut line = Line::new(permitting(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(
        line.receive("35=A|34=5|98=0|108=30|141=Y"),
        [
            "> 35=5|34=8|58=ResetSeqNumFlag(141)=Y requires MsgSeqNum(34)=1",
            "disconnect: ResetSeqNumFlag(141)=Y requires MsgSeqNum(34)=1"
        ]
    );
}

#[test]
fn a_refusal_of_our_reset_keeps_it_pending() {
    let mut line = Line::new(resetting(), nums(5, 7));
    line.connect();
    assert_eq!(
        line.receive("35=5|34=12|58=NO RESETS"),
        ["deliver 5 1/12", "disconnect: the peer refused our Logon"]
    );
    assert_eq!(line.session.seq_nums(), numbers(1, 1, 2, true));
}

// By policy: an acceptor at each Logon (S-RESET-13).

#[test]
fn an_acceptor_that_starts_anew_with_each_logon_repeats_the_flag_that_it_got() {
    for (logon, flag) in [("35=A|34=1|98=0|108=30", ""), (RESET_LOGON, "|141=Y")] {
        let config = acceptor(Version::Fix44).reset(ResetPolicy::NEVER.at_logon());
        let mut line = Line::new(config, nums(5, 7));
        line.connect();
        line.receive(logon);
        assert_eq!(
            line.accept(),
            ["reset to epoch 1".into(), format!("> 35=A|34=1|98=0|108=30{flag}")]
        );
        assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
    }
}

// By policy at the end of a connection (S-RESET-13).

#[test]
fn a_policy_resets_after_both_logouts() {
    let policy = ResetPolicy::NEVER.at_logout();
    let up = || Line::up(acceptor(Version::Fix44).reset(policy));

    let mut line = up();
    line.logout("bye");
    line.receive("35=5|34=2");
    assert_eq!(line.close(), ["reset to epoch 1"]);
    assert_eq!(line.session.seq_nums(), numbers(1, 1, 1, false));

    let mut line = up();
    line.receive("35=5|34=2");
    assert_eq!(line.close(), ["reset to epoch 1", "disconnect: logged out"]);

    // The Logouts were exchanged, whoever is slow to close.
    let mut line = up();
    line.receive("35=5|34=2");
    line.wait(10.0);
    assert_eq!(line.close(), ["reset to epoch 1"]);

    // Not when there was no answer.
    let mut line = up();
    line.logout("bye");
    line.wait(10.0);
    assert!(line.close().is_empty());

    let mut line = up();
    assert_eq!(line.close(), ["disconnect: the transport closed without a Logout"]);
    assert_eq!(line.session.seq_nums(), nums(2, 2));
}

#[test]
fn a_policy_resets_whenever_a_connection_ends() {
    let config = acceptor(Version::Fix44).reset(ResetPolicy::NEVER.at_disconnect());
    let mut line = Line::up(config);
    assert_eq!(
        line.close(),
        ["reset to epoch 1", "disconnect: the transport closed without a Logout"]
    );
    assert_eq!(line.session.seq_nums(), numbers(1, 1, 1, false));
    // Nothing to reset where nothing was used.
    line.connect();
    assert_eq!(line.close(), ["disconnect: the transport closed without a Logout"]);
}

#[test]
fn a_policy_resets_when_the_peer_broke_a_rule() {
    let config = || acceptor(Version::Fix44).reset(ResetPolicy::NEVER.at_error());
    let mut line = Line::up(config());
    line.receive("35=D|34=1|11=Z");
    line.wait(2.0);
    assert_eq!(line.close(), ["reset to epoch 1"]);

    let mut line = Line::up(config());
    line.logout("bye");
    line.receive("35=5|34=2");
    assert!(line.close().is_empty());
}

#[test]
fn a_reset_by_policy_does_not_make_up_for_one_that_is_pending() {
    let policy = ResetPolicy::NEVER.at_logon().at_disconnect();
    let mut line = Line::new(initiator(Version::Fix44).reset(policy), nums(5, 7));
    line.connect();
    assert_eq!(
        line.close(),
        ["reset to epoch 2, pending", "disconnect: the transport closed without a Logout"]
    );
    assert_eq!(line.session.seq_nums(), numbers(2, 1, 1, true));
}

#[test]
fn fix_4_0_cannot_announce_a_reset() {
    let config = initiator(Version::Fix40).reset(ResetPolicy::NEVER.at_logon());
    assert_eq!(config.build(), Err(ConfigError::NoResetSeqNumFlag));
    let mut line = Line::up(initiator(Version::Fix40));
    assert_eq!(
        line.input(Input::ResetSeqNums),
        ["misuse: this version of FIX has no ResetSeqNumFlag"]
    );
}

// In session: the peer's.

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
    line.receive(RESET_LOGON);
    assert_eq!(line.session.seq_nums(), numbers(2, 2, 2, false));
}

// In session: ours.

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
