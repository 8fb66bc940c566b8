//! Application versions under FIXT.1.1 (S-FIXT), and what its Logout says.

use fixline::dictionary::ApplVerId;
use fixline::session::{ConfigBuilder, ConfigError, SeqNums, Version};
use fixline::wire::Message;

use crate::line::{Line, acceptor, initiator, nums};

fn up(config: ConfigBuilder) -> Line {
    Line::up(config)
}

#[test]
fn a_reject_names_the_version_in_force() {
    // S-VAL-07
    let mut line = up(acceptor(Version::Fix50Sp2));
    let text = "45=2|58=Tag specified without a value (11)|371=11|372=D|373=4|1130=9";
    assert_eq!(line.receive("35=D|34=2|11="), [format!("> 35=3|34=2|{text}")]);
    // The message said it itself.
    let text = "45=3|58=Tag specified without a value (11)|371=11|372=D|373=4";
    assert_eq!(line.receive("35=D|34=3|1128=9|11="), [format!("> 35=3|34=3|{text}")]);
    // Session messages have none.
    let text = "45=4|58=Required tag missing (112)|371=112|372=1|373=1";
    assert_eq!(line.receive("35=1|34=4"), [format!("> 35=3|34=4|{text}")]);
}

#[test]
fn a_reject_may_leave_the_version_out() {
    let mut line = up(acceptor(Version::Fix50Sp2).ref_appl_ver_id(false));
    let text = "45=2|58=Tag specified without a value (11)|371=11|372=D|373=4";
    assert_eq!(line.receive("35=D|34=2|11="), [format!("> 35=3|34=2|{text}")]);
}

#[test]
fn a_session_message_with_an_application_version_is_rejected() {
    // S-FIXT-06
    for (tag, code) in [(1128, 4), (1129, 9), (1156, 9)] {
        let mut line = up(acceptor(Version::Fix50Sp2));
        let log = line.receive(&format!("35=0|34=2|{tag}={code}"));
        let text = format!("Tag not defined for this message type ({tag})");
        assert_eq!(log, [format!("> 35=3|34=2|45=2|58={text}|371={tag}|372=0|373=2")]);
        assert_eq!(line.take_rules().last(), Some(&"S-FIXT-06"));
        assert_eq!(line.next_in(), 3);
    }
}

#[test]
fn core_09_a_session_message_may_state_a_version_that_is_served() {
    let mut line = up(acceptor(Version::Fix50Sp2));
    line.send("D", "11=A").unwrap();
    assert_eq!(line.receive("35=1|34=2|1128=9|112=T"), ["> 35=0|34=3|112=T"]);
    let notice = "let pass: Tag not defined for this message type (1128)";
    assert!(line.notices.iter().any(|it| it == notice), "{:?}", line.notices);
    let repeated = "> 35=D|34=2|43=Y|122=20261122-09:30:00.000|11=A";
    assert_eq!(line.receive("35=2|34=3|1128=9|7=2|16=2"), ["fetch 2 to 2", repeated]);
    assert!(line.receive("35=4|34=4|1128=9|36=9|123=Y").is_empty());
    assert_eq!(line.next_in(), 9);
    // What recovery rests on is taken with any (CORE-01).
    assert!(line.receive("35=4|34=9|1128=4|36=11|123=Y").is_empty());
    assert_eq!(line.next_in(), 11);
    // Two things of which one cannot be served.
    let log = line.receive("35=0|34=11|1128=9|1156=9");
    assert!(log[0].contains("|371=1128|"), "{log:?}");
}

#[test]
fn a_message_of_a_version_that_is_not_served_is_rejected() {
    // S-FIXT-07
    let mut line = up(acceptor(Version::Fix50Sp2));
    let log = line.receive("35=D|34=2|1128=4|11=A");
    assert_eq!(log.len(), 1);
    assert!(log[0].starts_with("> 35=3|34=2|45=2|58="), "{log:?}");
    assert!(log[0].ends_with("|371=1128|372=D|373=18"), "{log:?}");
    assert_eq!(line.receive("35=D|34=3|1128=9|11=A"), ["deliver D 3"]);
}

#[test]
fn further_versions_can_be_accepted() {
    let config = || acceptor(Version::Fix50Sp2).accept_appl_ver_ids(&["4", "7"]);
    let mut line = up(config());
    assert_eq!(line.receive("35=D|34=2|1128=4|11=A"), ["deliver D 2"]);
    assert_eq!(line.receive("35=D|34=3|1128=8|11=A").len(), 1);
    // As the peer's default too (S-FIXT-05).
    let mut line = Line::new(config(), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|1137=7");
    assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=30|1137=9"]);
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 2"]);
}

#[test]
fn versions_may_go_unchecked() {
    let mut line = up(acceptor(Version::Fix50Sp2).check_appl_ver_id(false));
    assert_eq!(line.receive("35=D|34=2|1128=4|11=A"), ["deliver D 2"]);
    assert!(line.receive("35=0|34=3|1128=9").is_empty());
}

#[test]
fn before_fixt_nobody_looks_at_versions() {
    let mut line = up(acceptor(Version::Fix44));
    assert_eq!(line.receive("35=D|34=2|1128=4|11=A"), ["deliver D 2"]);
}

#[test]
fn accepted_versions_are_codes_and_need_fixt() {
    for config in [
        acceptor(Version::Fix50).accept_appl_ver_ids(&["FIX.4.4"]),
        acceptor(Version::Fix50).accept_appl_ver_ids(&["7", ""]),
        acceptor(Version::Fix44).accept_appl_ver_ids(&["6"]),
    ] {
        assert_eq!(config.build().err(), Some(ConfigError::ApplVerIds));
    }
}

#[test]
fn the_version_of_a_message_is_its_own_or_that_of_its_type_or_the_default() {
    // S-FIXT-04
    let config = acceptor(Version::Fix50Sp2).accept_appl_ver_ids(&["4", "6"]);
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|384=2|372=D|385=S|1130=6|1410=Y|372=8|385=S|1130=4|1137=9");
    line.accept();
    let version = |text: &str| {
        let bytes = line.peer_message(text);
        line.session.appl_ver_id(Message::parse(&bytes).expect("well formed"))
    };
    assert_eq!(version("35=D|34=2|1128=4|11=A"), Some(ApplVerId::new(4)));
    assert_eq!(version("35=D|34=2|11=A"), Some(ApplVerId::new(6)));
    // It does not say that it is the default for its type.
    assert_eq!(version("35=8|34=2|11=A"), Some(ApplVerId::FIX50SP2));
    assert_eq!(version("35=B|34=2|11=A"), Some(ApplVerId::FIX50SP2));
    assert_eq!(version("35=0|34=2"), None);
    let text = "45=2|58=Tag specified without a value (11)|371=11|372=D|373=4|1130=6";
    assert_eq!(line.receive("35=D|34=2|11="), [format!("> 35=3|34=2|{text}")]);
}

#[test]
fn a_type_whose_version_is_not_served_is_rejected() {
    let mut line = Line::new(acceptor(Version::Fix50Sp2), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|384=1|372=D|385=S|1130=4|1410=Y|1137=9");
    line.accept();
    let log = line.receive("35=D|34=2|11=A");
    assert!(log[0].ends_with("|371=1137|372=D|373=18|1130=4"), "{log:?}");
    assert_eq!(line.receive("35=B|34=3|58=A"), ["deliver B 3"]);
}

// NextExpectedMsgSeqNum on Logout.

#[test]
fn a_logout_over_numbers_may_say_what_we_expect() {
    // S-789-16
    let config = || acceptor(Version::Fix50Sp2).next_expected_on_logout(true);
    let mut line = up(config());
    line.receive("35=0|34=2");
    let text = "MsgSeqNum too low, expecting 3 but received 2";
    assert_eq!(line.receive("35=0|34=2"), [format!("> 35=5|34=2|58={text}|789=3|1409=9")]);
    // Any other does not.
    let mut line = up(config());
    assert_eq!(line.logout(""), ["> 35=5|34=2"]);
}

#[test]
fn what_the_peers_logout_says_that_it_expects_is_told() {
    let config = initiator(Version::Fix50Sp2).next_expected_on_logout(true);
    let mut line = Line::new(config, nums(5, 7));
    line.connect();
    line.receive("35=5|34=5|58=MsgSeqNum too low|789=40|1409=9");
    assert!(line.notices.iter().any(|n| n == "the peer expects 40"), "{:?}", line.notices);
    let mut line = up(acceptor(Version::Fix50Sp2).next_expected_on_logout(true));
    line.receive("35=5|34=2|789=40|1409=9");
    assert!(line.notices.iter().any(|n| n == "the peer expects 40"), "{:?}", line.notices);
}

#[test]
fn a_logout_has_no_expectation_before_fixt() {
    let config = acceptor(Version::Fix44).next_expected_on_logout(true);
    let expected =
        ConfigError::Version { setting: "next_expected_on_logout", since: Version::Fix50 };
    assert_eq!(config.build().err(), Some(expected));
}
