//! Both numbers back to 1 when a connection begins or ends: S-RESET.

use fixline::session::{
    ConfigBuilder, ConfigError, Input, ResetPermission, ResetPolicy, SeqNums, Version,
};

use crate::line::{Line, acceptor, initiator, nums, seq};

pub(crate) const fn numbers(
    epoch: u32,
    next_in: u64,
    next_out: u64,
    reset_pending: bool,
) -> SeqNums {
    SeqNums { epoch, next_in: seq(next_in), next_out: seq(next_out), reset_pending }
}

pub(crate) fn permitting(config: ConfigBuilder) -> ConfigBuilder {
    config.reset_permission(ResetPermission::ALL)
}

pub(crate) const RESET_LOGON: &str = "35=A|34=1|98=0|108=30|141=Y";

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
fn core_19_a_reset_that_takes_nothing_away_needs_no_permission() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive(RESET_LOGON);
    assert_eq!(line.accept(), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
    // An acceptor that sets the flag on every first Logon: nothing but ours was sent.
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    line.connect();
    assert_eq!(line.receive(RESET_LOGON), ["deliver A 1"]);
    assert_eq!(line.session.seq_nums(), numbers(0, 2, 2, false));
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 2"]);
    // Something was sent, or received: no.
    for numbers in [nums(1, 2), nums(2, 1)] {
        let mut line = Line::new(acceptor(Version::Fix44), numbers);
        line.connect();
        line.receive(RESET_LOGON);
        assert!(line.accept()[0].contains("|58=ResetSeqNumFlag(141)=Y is not permitted"));
        let mut line = Line::new(initiator(Version::Fix44), numbers);
        line.connect();
        assert!(line.receive(RESET_LOGON)[0].contains("141)=Y is not permitted"));
    }
}

#[test]
fn core_19_a_refusal_names_the_option_that_would_take_it() {
    let config = initiator(Version::Fix44).reset(ResetPolicy::NEVER.at_logon());
    let mut line = Line::new(config, nums(5, 7));
    line.connect();
    line.receive("35=A|34=1|98=0|108=30");
    assert!(line.notices.iter().any(|it| it.contains("infer_reset")), "{:?}", line.notices);
    let mut line = Line::new(acceptor(Version::Fix44), nums(5, 7));
    line.connect();
    line.receive(RESET_LOGON);
    line.accept();
    assert!(line.notices.iter().any(|it| it.contains("reset_permission")), "{:?}", line.notices);
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
    assert_eq!(line.close(), ["reset to epoch 1", "disconnect: the peer logged us out"]);

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
        ["reset to epoch 2, pending", "disconnect: the peer closed without answering our Logon"]
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
