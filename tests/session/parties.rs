//! SubIDs and LocationIDs as part of the identity; third parties.

use fixline::session::{ConfigBuilder, ConfigError, SeqNums, ThirdParty, Version};

use crate::line::{Line, acceptor, initiator};

fn with_sub_ids(config: ConfigBuilder) -> ConfigBuilder {
    config.sender_sub_id("DESK").target_sub_id("TRADER").sub_ids_are_identity(true)
}

#[test]
fn a_first_logon_with_another_sub_id_gets_not_a_byte() {
    // S-ID-05, S-LOGON-19
    for ids in ["", "50=TRADER", "50=OTHER|57=DESK", "50=DESK|57=TRADER"] {
        let mut line = Line::new(with_sub_ids(acceptor(Version::Fix44)), SeqNums::FRESH);
        line.connect();
        let log = line.receive(&format!("35=A|34=1|{ids}|98=0|108=30"));
        assert!(log.len() == 1 && log[0].starts_with("disconnect: CompID problem"), "{log:?}");
    }
}

#[test]
fn a_message_with_another_sub_id_is_rejected_and_the_connection_ended() {
    let mut line = Line::new(with_sub_ids(acceptor(Version::Fix44)), SeqNums::FRESH);
    line.connect();
    assert_eq!(line.receive("35=A|34=1|50=TRADER|57=DESK|98=0|108=30"), ["authenticate 1"]);
    assert_eq!(line.accept(), ["> 35=A|34=1|50=DESK|57=TRADER|98=0|108=30"]);
    assert_eq!(line.receive("35=D|34=2|50=TRADER|57=DESK|11=A"), ["deliver D 2"]);
    let log = line.receive("35=D|34=3|50=OTHER|57=DESK|11=A");
    let reject = "> 35=3|34=2|50=DESK|57=TRADER|45=3|58=CompID problem (50)|371=50|372=D|373=9";
    assert_eq!(log, [reject, "> 35=5|34=3|50=DESK|57=TRADER|58=CompID problem (50)"]);
}

#[test]
fn location_ids_are_compared_too_and_only_what_was_configured() {
    let config = acceptor(Version::Fix44).target_location_id("NY").sub_ids_are_identity(true);
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|50=ANY|142=NY|98=0|108=30");
    assert_eq!(line.accept(), ["> 35=A|34=1|143=NY|98=0|108=30"]);
}

#[test]
fn sub_ids_inform_unless_agreed_on() {
    let config = acceptor(Version::Fix44).target_sub_id("TRADER");
    let mut line = Line::up(config);
    assert_eq!(line.receive("35=D|34=2|50=OTHER|11=A"), ["deliver D 2"]);
}

#[test]
fn an_identity_of_sub_ids_needs_one() {
    let config = acceptor(Version::Fix44).sub_ids_are_identity(true);
    assert_eq!(config.build().err(), Some(ConfigError::NoSubIds));
}

#[test]
fn sessions_differ_by_their_sub_ids_where_these_count() {
    let build = |config: ConfigBuilder| config.build().expect("valid");
    let desk = build(with_sub_ids(acceptor(Version::Fix44)));
    let other = build(with_sub_ids(acceptor(Version::Fix44)).target_sub_id("OTHER"));
    let plain = build(acceptor(Version::Fix44));
    assert!(desk.has_identity_of(&desk.clone()));
    assert!(!desk.has_identity_of(&other));
    assert!(desk.has_identity_of(&plain));
}

// OnBehalfOfCompID, DeliverToCompID.

#[test]
fn a_third_party_that_was_not_agreed_on_is_rejected_and_the_session_goes_on() {
    // S-ID-06, 18.b
    let config = acceptor(Version::Fix44)
        .on_behalf_of_comp_ids(ThirdParty::OneOf(vec![b"FUND".to_vec()]))
        .deliver_to_comp_ids(ThirdParty::Nobody);
    let mut line = Line::up(config);
    assert_eq!(line.receive("35=D|34=2|115=FUND|11=A"), ["deliver D 2"]);
    let log = line.receive("35=D|34=3|115=OTHER|11=A");
    let text = "58=CompID problem (115)|371=115|372=D|373=9";
    assert_eq!(log, [format!("> 35=3|34=2|128=OTHER|45=3|{text}")]);
    assert_eq!(line.receive("35=D|34=4|11=A"), [format!("> 35=3|34=3|45=4|{text}")]);
    let log = line.receive("35=D|34=5|115=FUND|128=X|11=A");
    let text = "58=CompID problem (128)|371=128|372=D|373=9";
    assert_eq!(log, [format!("> 35=3|34=4|115=X|128=FUND|45=5|{text}")]);
    assert_eq!(line.take_rules().last(), Some(&"S-ID-06 (18.b)"));
    // Session messages name nobody.
    assert_eq!(line.receive("35=1|34=6|112=T"), ["> 35=0|34=5|112=T"]);
    assert_eq!(line.next_in(), 7);
}

#[test]
fn a_third_party_may_be_demanded() {
    let config = initiator(Version::Fix42).deliver_to_comp_ids(ThirdParty::Somebody);
    let mut line = Line::up(config);
    assert_eq!(line.receive("35=D|34=2|128=X|11=A"), ["deliver D 2"]);
    let log = line.receive("35=D|34=3|11=A");
    assert_eq!(log, ["> 35=3|34=2|45=3|58=CompID problem (128)|371=128|372=D|373=9"]);
}
