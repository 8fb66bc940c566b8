//! What differs from version to version; the session is the same (S-FIXT-10).

use fixline::session::{ConfigError, SeqNums, Version};

use crate::line::{Line, acceptor, initiator};

/// `expected` for each version, oldest first.
fn each(expected: [&str; 8]) -> impl Iterator<Item = (Version, &str)> {
    Version::ALL.into_iter().zip(expected)
}

#[test]
fn only_fixt_names_the_version_of_the_application() {
    // S-FIXT-02, S-FIXT-03; the harness compares BeginString (S-FRAME-03).
    for (version, appl) in each(["", "", "", "", "", "|1137=7", "|1137=8", "|1137=9"]) {
        let mut line = Line::new(initiator(version), SeqNums::FRESH);
        assert_eq!(line.connect(), [format!("> 35=A|34=1|98=0|108=30{appl}")]);
        assert_eq!(line.receive(&format!("35=A|34=1|98=0|108=30{appl}")), ["deliver A 1"]);
    }
}

#[test]
fn a_logon_without_the_version_of_the_application_is_refused() {
    // S-FIXT-02, AT 1d
    let mut line = Line::new(acceptor(Version::Fix50Sp2), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30");
    assert_eq!(
        line.accept(),
        ["> 35=5|34=1|58=Required tag missing (1137)", "disconnect: Required tag missing (1137)"]
    );
}

#[test]
fn another_version_of_the_application_is_refused() {
    // S-FIXT-07
    let mut line = Line::new(acceptor(Version::Fix50Sp2), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|1137=8");
    let text = "Value is incorrect (out of range) for this tag (1137)";
    assert_eq!(line.accept(), [format!("> 35=5|34=1|58={text}"), format!("disconnect: {text}")]);
}

#[test]
fn the_version_of_the_application_can_be_another_one() {
    let config = initiator(Version::Fix50Sp2).default_appl_ver_id("10");
    let mut line = Line::new(config, SeqNums::FRESH);
    assert_eq!(line.connect(), ["> 35=A|34=1|98=0|108=30|1137=10"]);
    for config in [
        initiator(Version::Fix44).default_appl_ver_id("6"),
        initiator(Version::Fix50).default_appl_ver_id(""),
        initiator(Version::Fix50).default_appl_ver_id("X"),
    ] {
        assert_eq!(config.build(), Err(ConfigError::DefaultApplVerId));
    }
}

#[test]
fn an_older_version_ignores_the_version_of_the_application() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|1137=9");
    assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=30"]);
}

#[test]
fn infinity_is_999999_before_fix_4_2() {
    // S-RR-02
    for (version, infinity) in each(["999999", "999999", "0", "0", "0", "0", "0", "0"]) {
        let mut line = Line::up(acceptor(version));
        assert_eq!(
            line.receive("35=D|34=3|11=B"),
            [format!("> 35=2|34=2|7=2|16={infinity}"), "hold 3".into()]
        );
    }
}

/// What a Reject says of the version of a message that does not say it itself (S-VAL-07).
fn of(version: Version) -> String {
    version.default_appl_ver_id().map(|code| format!("|1130={code}")).unwrap_or_default()
}

#[test]
fn a_reject_has_details_since_fix_4_2() {
    // S-VAL-04, S-VAL-05
    let details = "|371=11|372=D|373=4";
    for (version, details) in each(["", "", details, details, details, details, details, details]) {
        let mut line = Line::up(acceptor(version));
        assert_eq!(
            line.receive("35=D|34=2|11="),
            [format!(
                "> 35=3|34=2|45=2|58=Tag specified without a value (11){details}{}",
                of(version)
            )]
        );
    }
}

#[test]
fn a_reason_is_left_out_where_the_version_lacks_it() {
    // S-VAL-06: 13 since 4.3.
    let with = "|371=50|372=D|373=13";
    for (version, details) in each(["", "", "|371=50|372=D", with, with, with, with, with]) {
        let mut line = Line::up(acceptor(version));
        assert_eq!(
            line.receive("35=D|34=2|50=A|50=B|11=A"),
            [format!(
                "> 35=3|34=2|45=2|58=Tag appears more than once (50){details}{}",
                of(version)
            )]
        );
    }
}

#[test]
fn a_status_is_said_under_fixt_only() {
    // S-LOGON-13, S-OUT-13
    let status = "|1409=4";
    for (version, status) in each(["", "", "", "", "", status, status, status]) {
        let mut line = Line::up(acceptor(version));
        assert_eq!(
            line.receive("35=5|34=2"),
            [format!("> 35=5|34=2{status}"), "deliver 5 2".into()]
        );
    }
}

#[test]
fn a_refusal_says_its_status_under_fixt_only() {
    for (version, status) in each(["", "", "", "", "", "|1409=5", "|1409=5", "|1409=5"]) {
        let appl = version.default_appl_ver_id().map(|code| format!("|1137={code}"));
        let mut line = Line::new(acceptor(version), SeqNums::FRESH);
        line.connect();
        line.receive(&format!("35=A|34=1|98=0|108=30{}", appl.unwrap_or_default()));
        let refusal = fixline::session::Refusal::Logout { status: Some(5), text: "NO" };
        assert_eq!(
            line.refuse(refusal),
            [format!("> 35=5|34=1|58=NO{status}"), "disconnect: we refused the Logon".into()]
        );
    }
}

#[test]
fn a_message_of_any_other_version_is_the_end() {
    // S-ID-04
    for ours in Version::ALL {
        for theirs in Version::ALL {
            if ours.begin_string() == theirs.begin_string() {
                continue;
            }
            let mut line = Line::up(acceptor(ours));
            let begin_string = theirs.begin_string();
            assert_eq!(
                line.receive(&format!("8={begin_string}|35=0|34=2")),
                ["> 35=5|34=2|58=Incorrect BeginString"]
            );
        }
    }
}

#[test]
fn settings_for_fields_that_a_version_lacks_are_refused() {
    let version = |since, setting| Err(ConfigError::Version { setting, since });
    let build = |config: fixline::session::ConfigBuilder| config.build().map(|_| ());
    assert_eq!(
        build(acceptor(Version::Fix43).next_expected_msg_seq_num(true)),
        version(Version::Fix44, "next_expected_msg_seq_num")
    );
    assert_eq!(
        build(acceptor(Version::Fix41).last_msg_seq_num_processed(true)),
        version(Version::Fix42, "last_msg_seq_num_processed")
    );
    assert_eq!(
        build(acceptor(Version::Fix41).announce_max_message_size(true)),
        version(Version::Fix42, "announce_max_message_size")
    );
    assert_eq!(
        build(acceptor(Version::Fix42).test_message_indicator(true)),
        version(Version::Fix43, "test_message_indicator")
    );
    assert_eq!(
        build(acceptor(Version::Fix40).sender_location_id("LDN")),
        Err(ConfigError::NoLocationIds)
    );
}

#[test]
fn names_and_versions_go_both_ways() {
    for (version, name) in each([
        "FIX.4.0",
        "FIX.4.1",
        "FIX.4.2",
        "FIX.4.3",
        "FIX.4.4",
        "FIX.5.0",
        "FIX.5.0SP1",
        "FIX.5.0SP2",
    ]) {
        assert_eq!(version.name(), name);
        assert_eq!(Version::from_name(name), Some(version));
    }
    assert_eq!(Version::from_name("FIX.5.0SP3"), None);
}
