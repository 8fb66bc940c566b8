//! Whole files: what they become, and what is wrong with them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fixline::dictionary::{Check, Level, Policy};
use fixline::engine::Next;
use fixline::session::{
    Config, ConfigBuilder, Instant, Reason, ResendPolicy, ResendRequestForm, ResetPolicy, Version,
};
use fixline::settings::{Network, Profile, Settings, SettingsError, SettingsReader};
use fixline::wire::{Precision, Tag};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/settings/cfg").join(name)
}

fn reader() -> SettingsReader<'static> {
    SettingsReader::new()
        .variables(|name| (name == "FIX_HOST").then(|| "fix.example.com".to_owned()))
        .secrets(|name| (name == "password").then(|| "s3cret".to_owned()))
}

fn initiator(target: &str) -> ConfigBuilder {
    Config::initiator(Version::Fix44, "CLIENT", target, ResendPolicy::All)
        .heart_bt_int(Duration::from_secs(20))
}

fn acceptor(version: Version, target: &str) -> Config {
    Config::acceptor(version, "EXCHANGE", target, ResendPolicy::All)
        .quickfix_profile()
        .reset(match version {
            Version::Fix40 => ResetPolicy::NEVER.at_logon().unannounced(),
            _ => ResetPolicy::NEVER.at_logon().announced_when_fresh(),
        })
        .build()
        .unwrap()
}

#[test]
fn an_acceptors_file_becomes_its_sessions() {
    let settings = Settings::read(path("acceptance.cfg")).unwrap();
    let sessions = &settings.sessions;
    assert_eq!(
        sessions.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "FIX.4.0 EXCHANGE -> T40, listens on 0.0.0.0:5001",
            "FIX.4.4 EXCHANGE -> T44, listens on 0.0.0.0:5001",
            "FIX.5.0SP2 EXCHANGE -> T50, listens on 0.0.0.0:5001",
        ]
    );
    assert_eq!(sessions[0].config, acceptor(Version::Fix40, "T40"));
    assert_eq!(sessions[1].config, acceptor(Version::Fix44, "T44"));
    assert_eq!(sessions[2].config, acceptor(Version::Fix50Sp2, "T50"));
    assert_eq!(sessions[0].store, None);
    assert_eq!(sessions[2].store, Some(path("store")));
    let policy = sessions[1].dictionaries.checks.policy();
    let left = [Check::UserDefinedTag, Check::LooseFormat];
    let expected = left.into_iter().fold(Policy::STRICT, |all, it| all.with(it, Level::Off));
    assert_eq!(policy, expected);
    assert_eq!(sessions[0].dictionaries.session, Some(path("spec/session.xml")));
    assert!(!sessions[1].dictionaries.checks.user_defined_fields);
    assert_eq!(sessions[2].dictionaries.transport, Some(path("spec/session.xml")));
    let application: Vec<_> = sessions[2].dictionaries.application.iter().collect();
    assert_eq!(
        application,
        [
            (&String::new(), &path("spec/application.txt")),
            (&"FIX.4.4".to_owned(), &path("spec/application.txt")),
        ]
    );
    let notes: Vec<_> = settings.notes.iter().map(ToString::to_string).collect();
    // With the feature `schedule` it is done.
    let always =
        "EndTime: always open; QuickFIX would also reset both numbers once a day at this time";
    let expected: &[&str] = if cfg!(feature = "schedule") { &[] } else { &[always] };
    assert_eq!(notes, expected);
}

#[test]
fn an_initiators_file_becomes_its_sessions() {
    let settings = reader().read(path("initiator.cfg")).unwrap();
    let [broker, venue] = settings.sessions.as_slice() else { panic!("{settings:?}") };
    let expected = initiator("BROKER")
        .quickfix_profile()
        .sender_sub_id("DESK")
        .sub_ids_are_identity(true)
        .logon_timeout(Duration::from_secs(5))
        .sending_time_threshold(Some(Duration::from_secs(30)))
        .resend_request_form(ResendRequestForm::Chunks(500))
        .precision(Precision::MICROS)
        .next_expected_msg_seq_num(true)
        .test_request_after(120)
        .logon_field(Tag::USERNAME, "user")
        .logon_field(Tag::PASSWORD, "s3cret");
    assert_eq!(broker.config, expected.build().unwrap());
    let expected = initiator("VENUE")
        .quickfix_profile()
        .sending_time_threshold(None)
        .reset(ResetPolicy::NEVER.at_logout().announced_when_fresh())
        .logon_field(Tag::PASSWORD, "hunter2");
    assert_eq!(venue.config, expected.build().unwrap());

    let Network::Connect(connect) = &broker.network else { panic!("{broker:?}") };
    assert_eq!(connect.hosts, ["fix.example.com:5001", "backup.example.com:5002"]);
    assert_eq!(connect.reconnect_interval, Some(Duration::from_secs(5)));
    let Network::Connect(connect) = &venue.network else { panic!("{venue:?}") };
    assert_eq!(connect.reconnect_interval, Some(Duration::from_secs(30)));
    assert!(settings.notes.is_empty(), "{:?}", settings.notes);
    let printed = format!("{settings:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("s3cret"), "{printed}");
}

#[test]
fn under_the_standard_profile_only_keys_say_something() {
    let settings = reader().profile(Profile::Standard).read(path("initiator.cfg")).unwrap();
    let expected = initiator("VENUE")
        .sending_time_threshold(None)
        .reset(ResetPolicy::NEVER.at_logout())
        .logon_field(Tag::PASSWORD, "hunter2");
    assert_eq!(settings.sessions[1].config, expected.build().unwrap());
    assert_eq!(settings.sessions[1].dictionaries.checks.policy(), Policy::STANDARD);
}

fn problems(error: &SettingsError) -> Vec<String> {
    error.problems.iter().map(|problem| format!("{}: {problem}", problem.line)).collect()
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let error = reader().read(path("wrong.cfg")).unwrap_err();
    let found = problems(&error).join("\n");
    assert_eq!(found, include_str!("cfg/wrong.txt").trim_end(), "\n{found}\n");
    assert!(error.to_string().starts_with(&format!("{}:1: HeartBtInt: a key", error.file)));
}

/// What is wrong with an initiator that has these lines too.
fn faults(lines: &str) -> Vec<String> {
    let text = format!(
        "[SESSION]\nConnectionType=initiator\nBeginString=FIX.4.0\nSenderCompID=A\n\
         TargetCompID=B\nHeartBtInt=30\nSocketConnectHost=h\nSocketConnectPort=1\n{lines}\n"
    );
    faults_of(reader(), &text)
}

fn faults_of(reader: SettingsReader<'_>, text: &str) -> Vec<String> {
    match reader.parse("x.cfg", text) {
        Ok(settings) => settings.notes.iter().map(|note| format!("note {note}")).collect(),
        Err(error) => problems(&error),
    }
}

#[test]
fn contradictions_are_errors() {
    for (lines, fault) in [
        ("StartTime=01:00:00", "9: StartTime: there is no EndTime; write both, or neither"),
        ("EndTime=01:00:00", "9: EndTime: there is no StartTime; write both, or neither"),
        ("StartDay=Mon", "9: StartDay: there is no EndDay; write both, or neither"),
        ("StartTime=1\nEndTime=01:00:00", "9: StartTime: `1` is no time such as 08:30:00"),
        ("Weekdays=Lundi", "9: Weekdays: `Lundi` is no list such as Mon,Tue"),
        (
            "NonStopSession=Y\nStartTime=01:00:00\nEndTime=02:00:00",
            "9: NonStopSession: a session that never stops has no hours; keep one of them",
        ),
        (
            "ValidateChecksum=N\nRejectGarbledMessage=Y",
            "10: RejectGarbledMessage: without the checksum nothing is garbled by it; keep one of \
             them",
        ),
        ("SocketConnectPort7=7", "9: SocketConnectHost7: is missing; each port has a host"),
        (
            "SendNextExpectedMsgSeqNum=Y\nEnableNextExpectedMsgSeqNum=N",
            "10: EnableNextExpectedMsgSeqNum: sets what SendNextExpectedMsgSeqNum sets in line 9; \
             keep one of them",
        ),
    ] {
        assert_eq!(faults(lines), [fault], "{lines}");
    }
}

#[test]
fn what_the_builder_refuses_is_said_with_its_line_and_all_of_it() {
    let text = "[SESSION]\nConnectionType=initiator\nBeginString=FIX.4.0\nSenderCompID=A\n\
                TargetCompID=B\nSocketConnectHost=h\nSocketConnectPort=1\nResetOnLogon=Y\n\
                EnableNextExpectedMsgSeqNum=Y\nEnableLastMsgSeqNumProcessed=Y\n\
                TargetLocationID=L\nLogonTag=108=5\nTestRequestDelayMultiplier=0.9\n\
                HeartBeatTimeoutMultiplier=0.5\n";
    assert_eq!(
        faults_of(reader().profile(Profile::Standard), text),
        [
            "8: ResetOnLogon: FIX.4.0 has no ResetSeqNumFlag; reset at logout or disconnect instead",
            "11: TargetLocationID: FIX.4.0 has no location ids; use a later version or leave them \
             out",
            "12: LogonTag: tag 108 cannot be a logon_field: the session writes it, or it is no \
             body field",
            "14: HeartBeatTimeoutMultiplier: silence_after must be more than test_request_after \
             when it counts from the last receipt",
        ]
    );
}

#[test]
fn keys_without_effect_are_noted() {
    assert_eq!(
        faults("SocketAcceptPort=5001\nCheckLatency=N\nMaxLatency=5"),
        [
            "note SocketAcceptPort: has no effect: it is for acceptors",
            "note MaxLatency: has no effect with CheckLatency=N",
        ]
    );
}

/// Two initiators that differ in these lines.
fn two(one: &str, other: &str) -> Vec<String> {
    let session = |more: &str| {
        format!(
            "[SESSION]\nConnectionType=initiator\nBeginString=FIX.4.4\nSenderCompID=A\n\
             TargetCompID=B\nHeartBtInt=30\nSocketConnectHost=h\nSocketConnectPort=1\n{more}\n"
        )
    };
    faults_of(reader(), &(session(one) + &session(other)))
}

#[test]
fn initiators_of_one_identity_are_told_apart_by_more_than_their_comp_ids() {
    assert_eq!(two("SessionQualifier=1", "SessionQualifier=2"), [""; 0]);
    assert_eq!(two("SenderSubID=1", "SenderSubID=2"), [""; 0]);
    assert_eq!(
        two("", ""),
        ["10: the session of line 1 once more; CompIDs, SubIDs or LocationIDs must tell sessions \
          apart, or the SessionQualifier of initiators"]
    );
}

#[test]
fn two_sessions_never_keep_their_numbers_in_one_file() {
    assert_eq!(
        two("FileStorePath=store\nSenderSubID=1", "FileStorePath=store\nSenderSubID=2"),
        [""; 0]
    );
    assert_eq!(
        two("FileStorePath=one\nSenderSubID=1", "FileStorePath=two\nSenderSubID=2"),
        [""; 0]
    );
}

#[test]
fn acceptors_are_told_apart_by_sub_ids_as_in_quickfix() {
    let text = "[DEFAULT]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=A\n\
                TargetCompID=B\nSocketAcceptPort=1\n[SESSION]\nSenderSubID=1\n[SESSION]\n\
                SenderSubID=2\n";
    assert_eq!(faults_of(reader(), text), [""; 0]);
    assert_eq!(
        faults_of(reader().profile(Profile::Standard), text),
        ["9: the session of line 7 once more; CompIDs, SubIDs or LocationIDs must tell sessions \
          apart, or the SessionQualifier of initiators"]
    );
}

#[test]
fn keys_are_the_same_in_upper_and_lower_case_and_engines_of_go_name_no_role() {
    let text = "[session]\nbeginstring=FIX.4.2\nSENDERCOMPID=A\ntargetcompid=B\n\
                socketacceptport=1\nsocketacceptaddress=::1\n";
    let settings = reader().parse("x.cfg", text).unwrap();
    assert_eq!(settings.sessions[0].to_string(), "FIX.4.2 A -> B, listens on [::1]:1");
}

#[test]
fn values_from_elsewhere_are_never_shown() {
    for (line, fault) in [
        (
            "HeartBtInt1=x",
            "9: HeartBtInt1: no engine of the QuickFIX family has it; did you mean HeartBtInt? \
             `--key HeartBtInt1` says that it is the application's",
        ),
        (
            "LogonTimeout=${FIX_HOST}",
            "9: LogonTimeout: `${FIX_HOST}` is no whole number from 1 to 86400",
        ),
        (
            "MaxLatency=x${secret:password}",
            "9: MaxLatency: ${secret:..} is for what is never shown: LogonTag and the application's \
             own keys; write the value, or ${NAME} for a variable of the environment",
        ),
        ("LogonTag=${secret:password}", "9: LogonTag: is not TAG=VALUE, such as 553=user"),
        ("ResetOnLogon=", "9: ResetOnLogon: has no value"),
        ("SenderSubID=", "note SenderSubID: has no value: as if it were not there"),
    ] {
        assert_eq!(faults(line), [fault], "{line}");
    }
}

#[test]
fn keys_of_the_application_are_given_to_it() {
    let text = "[DEFAULT]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=A\n\
                SocketAcceptPort=1\nmarketprice=12.30\n[SESSION]\nTargetCompID=B\n[SESSION]\n\
                TargetCompID=C\nMarketPrice=${secret:password}\n";
    let note = "note marketprice: no engine of the QuickFIX family has it: taken as the \
                application's own, as `--key marketprice` says";
    assert_eq!(faults_of(reader(), text)[0], note);
    let settings = reader().application_key("MarketPrice").parse("x.cfg", text).unwrap();
    let [b, c] = settings.sessions.as_slice() else { panic!("{settings:?}") };
    assert_eq!(b.application.get("MarketPrice"), Some("12.30"));
    assert_eq!(c.application.get("MarketPrice"), Some("s3cret"));
    assert_eq!(c.application.get("Price"), None);
    assert!(!format!("{settings:?}").contains("s3cret"));
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let error = Settings::read(path("none.cfg")).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: cannot be read: ", path("none.cfg").display())));
}

#[test]
fn core_13_and_core_18_keys_that_were_refused_are_honoured() {
    let read = |lines: &str| {
        let text = format!(
            "[SESSION]\nConnectionType=initiator\nBeginString=FIX.4.4\nSenderCompID=A\n\
             TargetCompID=B\nNonStopSession=Y\nSocketConnectHost=h\nSocketConnectPort=1\n\
             HeartBtInt=30\n{lines}"
        );
        let settings = reader().parse("x.cfg", &text).unwrap_or_else(|e| panic!("{lines}: {e}"));
        settings.sessions[0].clone()
    };
    assert!(read("RefreshOnLogon=Y").config.refresh_on_logon());
    assert!(!read("RefreshOnLogon=N").config.refresh_on_logon());
    assert_eq!(read("MaxMessageSize=2000000").config.message_len_max(), 2_000_000);
    assert_eq!(read("").config.message_len_max(), 1 << 20);
    let same = |lines: &str, config: ConfigBuilder| {
        let config = config.heart_bt_int(Duration::from_secs(30)).build().unwrap();
        assert_eq!(read(lines).config, config, "{lines}");
    };
    let base = || Config::initiator(Version::Fix44, "A", "B", ResendPolicy::All).quickfix_profile();
    same("IgnorePossDupResendRequests=Y", base());
    same("IgnorePossDupResendRequests=N", base().ignore_poss_dup_resend_requests(false));
    same("OptionalLogonFields=Y", base().optional_logon_fields(true));
    same("EndSeqNoZero=Y", base().end_seq_no_zero(true));
    same("SecretTags=9001, 9002", base().secret_tags(&[9001, 9002].map(|t| Tag::new(t).unwrap())));
    same("ValidateFieldsOutOfOrder=N", base().fields_out_of_order(true));
    let checks = read("ValidateFieldsOutOfOrder=N").dictionaries.checks.policy();
    assert_eq!(checks.level(Check::OutOfOrder), Level::Off);
}

/// Who writes down how long to wait means every end that is followed by another attempt.
#[test]
fn an_interval_in_the_file_is_waited_whatever_ended_the_last_connection() {
    let text = "[SESSION]\nConnectionType=initiator\nBeginString=FIX.4.4\nSenderCompID=A\n\
                TargetCompID=B\nSocketConnectHost=h\nSocketConnectPort=1\nHeartBtInt=30\nReconnectInterval=8\n";
    let settings = SettingsReader::new().parse("a.cfg", text).unwrap();
    let Network::Connect(connect) = &settings.sessions[0].network else { panic!("it connects") };
    let now = Instant::from_millis(0);
    for reason in
        [Reason::Closed, Reason::LoggedOutByPeer { status: None }, Reason::LogonUnanswered]
    {
        let mut policy = connect.reconnect(1);
        policy.attempted(now);
        policy.ended(now, reason);
        let Next::At { at, .. } = policy.next(now) else { panic!("{reason}: it goes on") };
        let pause = at.since(now).as_secs_f64();
        assert!((6.0..=10.0).contains(&pause), "{reason}: {pause} s");
    }
}
