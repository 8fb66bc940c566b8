//! Messages held to dictionaries: where in the order of checks, and what comes of it.

use fixline::dictionary::{ApplVerId, Check, Dictionaries, Level, Policy, Rule};
use fixline::session::{
    ConfigBuilder, ConfigError, Input, ResetPermission, SendError, SeqNums, Version,
};
use fixline::wire::Tag;

use crate::dictionary_text::{compiled, dictionaries};
use crate::line::{Line, acceptor, initiator, nums};

fn config(version: Version) -> ConfigBuilder {
    acceptor(version).dictionaries(dictionaries(version))
}

fn warning(check: Check) -> ConfigBuilder {
    let policy = Policy::STANDARD.with(check, Level::Warn);
    acceptor(Version::Fix44).dictionaries(dictionaries(Version::Fix44).policy(policy))
}

#[test]
fn a_message_that_breaks_its_dictionary_is_rejected_and_counted() {
    let mut line = Line::up(config(Version::Fix44));
    assert_eq!(
        line.receive("35=D|34=2|11=A|40=w"),
        [
            "> 35=3|34=2|45=2|58=Value is incorrect (out of range) for this tag (40)|371=40|372=D|373=5"
        ]
    );
    assert_eq!(line.next_in(), 3);
    assert_eq!(line.receive("35=D|34=3|11=A|40=2"), ["= deliver D 3"].map(|at| &at[2..]));
}

#[test]
fn old_versions_are_told_in_words_only() {
    let mut line = Line::up(config(Version::Fix41));
    assert_eq!(
        line.receive("35=D|34=2|11=A|38=+200.00"),
        ["> 35=3|34=2|45=2|58=Incorrect data format for value (38)"]
    );
}

#[test]
fn fix_4_2_has_no_reason_for_groups() {
    let mut line = Line::up(config(Version::Fix42));
    assert_eq!(
        line.receive("35=D|34=2|11=A|386=3|336=X|336=Y"),
        ["> 35=3|34=2|45=2|58=Incorrect NumInGroup count for repeating group (386)|371=386|372=D"]
    );
}

#[test]
fn what_the_policy_only_warns_of_is_noticed_and_delivered() {
    let mut line = Line::up(warning(Check::IncorrectValue));
    assert_eq!(line.receive("35=D|34=2|11=A|40=w"), ["deliver D 2"]);
    assert!(
        line.notices.iter().any(|notice| notice.contains("let pass: Value is incorrect")),
        "{:?}",
        line.notices
    );
}

#[test]
fn a_message_ahead_of_a_gap_is_judged_when_its_turn_comes() {
    let mut line = Line::up(config(Version::Fix44));
    let log = line.receive("35=D|34=3|11=A|40=w");
    assert_eq!(log, ["> 35=2|34=2|7=2|16=0", "hold 3"]);
    let log = line.again("35=D|34=2|11=A");
    assert_eq!(log[0], "deliver D 2 again");
    assert!(log[1].starts_with("> 35=3|34=3|45=3|58=Value is incorrect"), "{log:?}");
    assert_eq!(line.next_in(), 4);
}

#[test]
fn by_option_fields_are_judged_before_numbers() {
    let mut line = Line::up(config(Version::Fix44).fields_before_sequence(true));
    let log = line.receive("35=D|34=3|11=A|40=w");
    assert!(log[0].starts_with("> 35=3|34=2|45=3|58=Value is incorrect"), "{log:?}");
    assert_eq!((log.len(), line.next_in()), (1, 2));
}

#[test]
fn session_messages_are_held_to_the_dictionary_but_for_logout_and_reject() {
    let mut line = Line::up(config(Version::Fix44));
    assert_eq!(
        line.receive("35=0|34=2|11=x"),
        ["> 35=3|34=2|45=2|58=Tag not defined for this message type (11)|371=11|372=0|373=2"]
    );
    assert_eq!(line.receive("35=3|34=3|45=1|11=x"), ["deliver 3 3"]);
    let log = line.receive("35=5|34=4|11=x");
    assert!(log[0].starts_with("> 35=5|34=3"), "{log:?}");
}

#[test]
fn under_fixt_session_messages_are_held_to_the_dictionary_of_the_session() {
    // S-FIXT-09: a TestRequest is known to that one alone, an order to the application's alone.
    let mut line = Line::up(config(Version::Fix50Sp2));
    assert_eq!(line.receive("35=1|34=2|112=T"), ["> 35=0|34=2|112=T"]);
    assert_eq!(line.receive("35=D|34=3|11=A|40=2"), ["deliver D 3"]);
    let log = line.receive("35=0|34=4|11=A");
    assert!(log[0].contains("|58=Invalid tag number (11)|"), "{log:?}");
    let log = line.receive("35=D|34=5|11=A|112=T");
    assert!(log[0].contains("|58=Tag not defined for this message type (112)|"), "{log:?}");
}

#[test]
fn a_gap_fill_that_is_wrong_fills_nothing() {
    let mut line = Line::up(config(Version::Fix44));
    let log = line.receive("35=4|34=2|123=Y|36=9.0");
    assert!(log[0].starts_with("> 35=3|34=2|45=2|58=Incorrect data format"), "{log:?}");
    assert_eq!(line.next_in(), 2);
}

#[test]
fn a_logon_that_breaks_the_dictionary_is_refused() {
    let mut line = Line::new(config(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|11=x");
    assert_eq!(line.accept()[0], "> 35=5|34=1|58=Tag not defined for this message type (11)");
    let config = initiator(Version::Fix44).dictionaries(dictionaries(Version::Fix44));
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    let log = line.receive("35=A|34=1|98=0|108=30|11=x");
    assert_eq!(log[0], "> 35=5|34=2|58=Tag not defined for this message type (11)");
}

/// Both roles, with a policy that rejects fields of other messages, or one that lets them pass.
fn both_roles(level: Level) -> [ConfigBuilder; 2] {
    let policy = Policy::STANDARD.with(Check::TagNotInMessage, level);
    let known = dictionaries(Version::Fix44).policy(policy);
    [initiator(Version::Fix44), acceptor(Version::Fix44)]
        .map(|config| config.dictionaries(known.clone()).reset_permission(ResetPermission::ALL))
}

#[test]
fn a_logon_in_session_that_breaks_the_dictionary_ends_it_and_resets_nothing() {
    // S-LOGON-20, S-RESET-06
    for config in both_roles(Level::Reject) {
        let mut line = Line::up(config);
        assert_eq!(
            line.receive("35=A|34=1|98=0|108=30|141=Y|11=x"),
            ["> 35=5|34=2|58=Tag not defined for this message type (11)"]
        );
        assert_eq!(line.session.seq_nums(), nums(2, 3));
        assert_eq!(
            line.receive("35=5|34=2"),
            ["deliver 5 2", "disconnect: Tag not defined for this message type (11)"]
        );
    }
}

#[test]
fn a_logon_in_session_with_a_defect_resets_nothing() {
    for start in [initiator, acceptor] {
        let config = start(Version::Fix44).reset_permission(ResetPermission::ALL);
        let mut line = Line::up(config);
        assert_eq!(
            line.receive("35=A|34=1|98=0|108=|141=Y"),
            ["> 35=5|34=2|58=Tag specified without a value (108)"]
        );
        assert_eq!(line.session.seq_nums(), nums(2, 3));
    }
}

#[test]
fn an_answer_to_our_reset_that_breaks_the_dictionary_ends_the_session() {
    for config in both_roles(Level::Reject) {
        let mut line = Line::up(config);
        assert_eq!(line.input(Input::ResetSeqNums), ["> 35=1|34=2|112=2"]);
        line.receive("35=0|34=2|112=2");
        assert_eq!(
            line.receive("35=A|34=1|98=0|108=30|141=Y|11=x"),
            ["> 35=5|34=2|58=Tag not defined for this message type (11)"]
        );
        let pending = line.session.seq_nums();
        assert!(pending.reset_pending, "the next Logon asks again");
        assert_eq!((pending.epoch, pending.next_in.get(), pending.next_out.get()), (1, 1, 3));
    }
}

#[test]
fn what_the_policy_only_warns_of_in_a_logon_is_noticed() {
    const LET_PASS: &str = "let pass: Tag not defined for this message type (11)";
    let noticed = |line: &mut Line| {
        let notices = std::mem::take(&mut line.notices);
        notices.iter().filter(|notice| notice.contains(LET_PASS)).count()
    };
    for config in both_roles(Level::Warn) {
        let mut line = Line::new(config.clone(), SeqNums::FRESH);
        let is_acceptor = line.connect().is_empty();
        line.receive("35=A|34=1|98=0|108=30|11=x");
        if is_acceptor {
            assert_eq!(noticed(&mut line), 0, "nothing comes of it before the verdict");
            assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=30"]);
        }
        assert_eq!(noticed(&mut line), 1, "the opening Logon");
        assert_eq!(
            line.receive("35=A|34=1|98=0|108=30|141=Y|11=x"),
            ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y"]
        );
        assert_eq!(noticed(&mut line), 1, "the peer's reset");
        assert_eq!(line.input(Input::ResetSeqNums), ["> 35=1|34=2|112=2"]);
        line.receive("35=0|34=2|112=2");
        assert!(line.receive("35=A|34=1|98=0|108=30|141=Y|11=x").is_empty());
        assert_eq!(noticed(&mut line), 1, "the answer to ours");
    }
}

#[test]
fn behind_our_logout_nothing_is_said_about_fields() {
    let mut line = Line::up(config(Version::Fix44));
    line.logout("");
    assert_eq!(line.receive("35=D|34=2|11=A|40=w"), [""; 0]);
    assert_eq!(line.next_in(), 2);
}

#[test]
fn a_missing_conditional_field_is_refused_as_business() {
    let rule = Rule::new("D", Tag::ORD_TYPE, &["2"], Tag::PRICE);
    let with = |version| acceptor(version).dictionaries(dictionaries(version).rule(rule.clone()));
    let mut line = Line::up(with(Version::Fix44));
    assert_eq!(
        line.receive("35=D|34=2|115=FUND|11=A|40=2"),
        ["> 35=j|34=2|128=FUND|45=2|58=Conditionally required field missing (44)|372=D|380=5"]
    );
    assert_eq!(line.next_in(), 3);
    assert_eq!(line.receive("35=D|34=3|11=A|40=1"), ["deliver D 3"]);
    assert_eq!(line.receive("35=D|34=4|11=A|40=2|44=1"), ["deliver D 4"]);
    let mut line = Line::up(with(Version::Fix41));
    assert_eq!(
        line.receive("35=D|34=2|11=A|40=2"),
        ["> 35=3|34=2|45=2|58=Conditionally required field missing (44)"]
    );
}

/// Sessions of FIXT.1.1 that know two application versions.
fn two_versions() -> ConfigBuilder {
    let other = compiled(
        "FIX.4.2",
        &["field 99 Old String\nfield 11 ClOrdID String\nmessage D Order 99! 11\n"],
    );
    let known = dictionaries(Version::Fix50Sp2).application(ApplVerId::new(4), other);
    acceptor(Version::Fix50Sp2).dictionaries(known)
}

#[test]
fn a_message_may_name_its_application_version() {
    let mut line = Line::up(two_versions());
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 2"]);
    assert_eq!(line.receive("35=D|34=3|1128=4|99=A"), ["deliver D 3"]);
    let log = line.receive("35=D|34=4|1128=4|11=A");
    assert!(log[0].contains("58=Required tag missing (99)"), "{log:?}");
    assert_eq!(
        line.receive("35=D|34=5|1128=6|11=A"),
        ["> 35=3|34=3|45=5|58=Unsupported application version (1128)|371=1128|372=D|373=18"]
    );
    let log = line.receive("35=D|34=6|1128=x|11=A");
    assert!(log[0].contains("|371=1128|372=D|373=18"), "{log:?}");
    assert_eq!(line.receive("35=0|34=7"), [""; 0], "session messages are of FIXT.1.1");
}

#[test]
fn a_logon_names_the_versions_of_its_senders_messages() {
    for (logon, order) in [
        ("35=A|34=1|98=0|108=30|1137=4", "35=D|34=2|99=A"),
        ("35=A|34=1|98=0|108=30|384=1|372=D|385=S|1130=4|1410=Y|1137=9", "35=D|34=2|99=A"),
        ("35=A|34=1|98=0|108=30|384=1|372=D|385=S|1130=4|1410=N|1137=9", "35=D|34=2|11=A"),
    ] {
        let mut line = Line::new(two_versions(), SeqNums::FRESH);
        line.connect();
        line.receive(logon);
        line.accept();
        assert_eq!(line.receive(order), ["deliver D 2"], "{logon}");
    }
    let mut line = Line::new(two_versions(), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|1137=6");
    assert!(line.accept()[0].contains("58=Value is incorrect (out of range) for this tag (1137)"));
}

#[test]
fn composed_messages_are_checked_where_that_is_wanted() {
    let mut line = Line::up(config(Version::Fix44).check_composed(true));
    assert_eq!(line.send("D", "11=A|386=1|336=X|"), Ok(2));
    let refused = |line: &mut Line, msg_type, body| match line.send(msg_type, body) {
        Err(SendError::Dictionary(violation)) => violation.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&mut line, "D", "38=1|"), "Required tag missing (11)");
    assert_eq!(
        refused(&mut line, "D", "11=A|386=2|336=X|"),
        "Incorrect NumInGroup count for repeating group (386)"
    );
    assert_eq!(refused(&mut line, "Z", "11=A|"), "Invalid MsgType");
    assert_eq!(line.send("D", "11=B|"), Ok(3), "no number was used");
    let mut line = Line::up(config(Version::Fix44));
    assert_eq!(line.send("Z", "38=x|"), Ok(2), "it is off by default");
}

#[test]
fn dictionaries_must_fit_the_version() {
    let wrong = |builder: ConfigBuilder| builder.build().unwrap_err();
    let body = compiled("X", &["field 1 Account String\nmessage D Order 1\n"]);
    let no_header = acceptor(Version::Fix44).dictionaries(Dictionaries::new(body));
    assert_eq!(wrong(no_header), ConfigError::NoHeader);
    let of = |version, other| acceptor(version).dictionaries(dictionaries(other));
    assert_eq!(wrong(of(Version::Fix50, Version::Fix44)), ConfigError::NoApplicationDictionary);
    assert_eq!(wrong(of(Version::Fix50, Version::Fix50Sp1)), ConfigError::NoApplicationDictionary);
    assert_eq!(wrong(of(Version::Fix44, Version::Fix50)), ConfigError::ApplicationDictionaries);
    assert_eq!(wrong(acceptor(Version::Fix44).check_composed(true)), ConfigError::CheckComposed);
}

#[test]
fn sessions_share_their_dictionaries_and_compare_by_content() {
    let shared = std::sync::Arc::new(dictionaries(Version::Fix44));
    let one = acceptor(Version::Fix44).dictionaries(shared.clone()).build().unwrap();
    let lines: Vec<_> = (0..10_000)
        .map(|number| {
            let config = fixline::session::Config::acceptor(
                Version::Fix44,
                "US",
                &format!("PEER{number}"),
                fixline::session::ResendPolicy::All,
            );
            config.dictionaries(shared.clone()).build().unwrap()
        })
        .collect();
    assert!(lines.iter().all(|config| {
        config.dictionaries().is_some_and(|own| std::sync::Arc::ptr_eq(own, &shared))
    }));
    assert_eq!(one, config(Version::Fix44).build().unwrap());
    assert_ne!(one, warning(Check::Repeated).build().unwrap());
}

#[test]
fn what_the_scan_finds_is_up_to_the_policy_as_well() {
    let faults = [
        (Check::EmptyValue, "11=A|58=", "Tag specified without a value (58)|371=58|372=D|373=4"),
        (Check::Repeated, "50=a|50=b|11=A", "Tag appears more than once (50)|371=50|372=D|373=13"),
        (
            Check::OutOfOrder,
            "11=A|50=x",
            "Tag specified out of required order (50)|371=50|372=D|373=14",
        ),
    ];
    for (check, fields, words) in faults {
        let under = |level| {
            let policy = Policy::STANDARD.with(check, level);
            let known = dictionaries(Version::Fix44).policy(policy);
            let mut line = Line::up(acceptor(Version::Fix44).dictionaries(known));
            let log = line.receive(&format!("35=D|34=2|{fields}"));
            let told = line.notices.iter().any(|notice| notice.contains("let pass"));
            // A tag that is none is never let pass, whatever stands before it.
            let invalid = line.receive(&format!("35=D|34=3|{fields}|0=x"));
            assert!(invalid[0].contains("|373="), "{invalid:?}");
            (log, told)
        };
        let rejected = format!("> 35=3|34=2|45=2|58={words}");
        assert_eq!(under(Level::Reject), (vec![rejected], false));
        assert_eq!(under(Level::Warn), (vec!["deliver D 2".to_owned()], true));
        assert_eq!(under(Level::Off), (vec!["deliver D 2".to_owned()], false));
    }
}

#[test]
fn what_every_header_must_have_is_in_its_place_whatever_the_policy() {
    let known = dictionaries(Version::Fix44).policy(Policy::WARN);
    let mut line = Line::up(acceptor(Version::Fix44).dictionaries(known));
    let log = line.receive("35=D|34=2|11=A|56=US");
    assert!(log[0].contains("|371=56|372=D|373=14"), "{log:?}");
}

#[test]
fn a_logon_may_have_what_venues_put_into_it() {
    let answer_to = |fields: &str| {
        let mut line = Line::new(config(Version::Fix42), SeqNums::FRESH);
        line.connect();
        line.receive(&format!("35=A|34=1|98=0|108=30|{fields}"));
        (line.accept(), line.notices.join(" "))
    };
    let (log, notices) = answer_to("553=user|554=secret|58=hello");
    assert_eq!(log, ["> 35=A|34=1|98=0|108=30"]);
    assert!(notices.contains("let pass: Invalid tag number (553)"), "{notices}");
    assert!(!notices.contains("secret"), "{notices}");
    let (log, _) = answer_to("553=user|44=1");
    assert!(log[0].contains("58=Tag not defined for this message type (44)"), "{log:?}");
}

#[test]
fn a_version_that_the_logon_states_for_a_type_is_named_as_such() {
    let mut line = Line::new(two_versions(), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|1137=9|384=1|372=D|385=R|1130=6|1410=Y");
    line.accept();
    assert_eq!(
        line.receive("35=D|34=2|11=A"),
        ["> 35=3|34=2|45=2|58=Unsupported application version (1130)|371=1130|372=D|373=18|1130=6"]
    );
}

#[test]
fn what_our_logon_says_of_a_type_holds_for_what_we_compose() {
    let config = two_versions()
        .check_composed(true)
        .logon_field(Tag::NO_MSG_TYPES, "1")
        .logon_field(Tag::REF_MSG_TYPE, "D")
        .logon_field(Tag::MSG_DIRECTION, "S")
        .logon_field(Tag::REF_APPL_VER_ID, "4")
        .logon_field(Tag::DEFAULT_VER_INDICATOR, "Y");
    let mut line = Line::up(config);
    assert_eq!(line.send("D", "99=A|"), Ok(2));
}
