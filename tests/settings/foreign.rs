//! FILE-10: settings files as the users of other engines have them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fixline::session::{Config, ResendPolicy, Version};
use fixline::settings::{Feature, Network, Settings, SettingsError, SettingsReader};

const ACCEPTOR: &str = "[DEFAULT]\nConnectionType=acceptor\nSocketAcceptPort=5001\n";
const SESSION: &str = "[SESSION]\nBeginString=FIX.4.4\nSenderCompID=US\nTargetCompID=THEM\n";

fn parse(text: &str) -> Result<Settings, SettingsError> {
    SettingsReader::new().parse("x.cfg", text)
}

/// What is said about an acceptor with more lines in `[DEFAULT]`, from line 4, and in `[SESSION]`;
/// errors with an exclamation mark.
fn said(default: &str, own: &str) -> Vec<String> {
    said_by(SettingsReader::new(), &format!("{ACCEPTOR}{default}{SESSION}{own}"))
}

fn said_by(reader: SettingsReader<'_>, text: &str) -> Vec<String> {
    let (mark, problems) = match reader.parse("x.cfg", text) {
        Ok(settings) => ("", settings.notes),
        Err(error) => ("!", error.problems),
    };
    problems.iter().map(|problem| format!("{mark}{}: {problem}", problem.line)).collect()
}

/// A file in the words of each engine, with all that their examples and manuals put into one.
const FILES: [(&str, &str); 4] = [
    (
        "C++",
        "[DEFAULT]
ConnectionType=initiator
ReconnectInterval=60
FileStorePath=store
FileLogPath=log
FileLogBackupPath=log/backup
StartTime=00:00:00
EndTime=23:59:59
UseLocalTime=N
UseDataDictionary=Y
DataDictionary=../spec/FIX42.xml
HttpAcceptPort=9911
SocketNodelay=N
ScreenLogShowEvents=Y
PersistMessages=N
MillisecondsInTimeStamp=N
ValidateLengthAndChecksum=Y
PreserveMessageFieldsOrder=N
MySQLStoreDatabase=quickfix
PostgreSQLLogHost=db
OdbcStoreConnectionString=DATABASE=quickfix;DRIVER={SQL Server}
HostSelectionPolicy=PRIORITY
SocketConnectSourceHost=10.0.0.1

[SESSION]
BeginString=FIX.4.2
SenderCompID=CLIENT1
TargetCompID=EXECUTOR
SocketConnectHost=127.0.0.1
SocketConnectPort=5001
HeartBtInt=30
",
    ),
    (
        "J",
        "[default]
FileStorePath=target/data/banzai
ConnectionType=initiator
SenderCompID=BANZAI
TargetCompID=EXEC
SocketConnectHost=localhost
StartTime=00:00:00 US/Eastern
EndTime=00:00:00 US/Eastern
TimeZone=US/Eastern
NonStopSession=Y
HeartBtInt=30
ReconnectInterval=5;2x10;30
SocketTcpNoDelay=N
SocketKeepAlive=Y
SocketSynchronousWrites=Y
SocketSynchronousWriteTimeout=10000
SocketUseSSL=N
SocketKeyStore=keys.jks
SocketKeyStorePassword=secret
SLF4JLogHeartbeats=N
SLF4JLogPrependSessionID=N
ScreenLogShowHeartBeats=N
JdbcDriver=com.mysql.jdbc.Driver
JdbcURL=jdbc:mysql://localhost/quickfix
FileStoreMaxCachedMsgs=10
FileStoreSync=N
ForceResendWhenCorruptedStore=Y
RejectMessageOnUnhandledException=Y
ContinueInitializationOnError=Y
LogMessageWhenSessionNotFound=Y
AllowedRemoteAddresses=127.0.0.1
AcceptorTemplate=Y
ClosedResendInterval=Y
ResendRequestChunkSize=100

[session]
BeginString=FIX.4.0
SocketConnectPort=9876
EnableNextExpectedMsgSeqNum=Y
EnableLastMsgSeqNumProcessed=Y
TimeStampPrecision=MICROS

[session]
BeginString=FIXT.1.1
DefaultApplVerID=FIX.5.0
DataDictionary=FIX50.xml
TransportDataDictionary=FIXT11.xml
AppDataDictionary=FIX50.xml
SocketConnectPort=9881
",
    ),
    (
        "n",
        "[DEFAULT]
ConnectionType=acceptor
SocketAcceptHost=127.0.0.1
SocketAcceptPort=5001
SocketNodelay=N
SocketSendBufferSize=8192
SocketReceiveTimeout=5000
FileLogPath=log
DebugFileLogPath=debug
ScreenLogShowOutgoing=N
StartTime=12:30:00
EndTime=12:29:59
UseLocalTime=Y
SSLEnable=N
SSLCertificate=my.pfx
SSLCertificatePassword=secret
Encoding=GBK
SocketIgnoreProxy=N
RedactFieldsInLogs=554,925
HttpAcceptPort=9911
SocketConnectHost=example.com
HeartBtInt=30

[SESSION]
BeginString=FIX.4.2
SenderCompID=EXECUTOR
TargetCompID=CLIENT1
DataDictionary=..\\..\\spec\\fix\\FIX42.xml
HeartBtInt=30
",
    ),
    (
        "Go",
        "[DEFAULT]
SocketConnectHost=127.0.0.1
SocketConnectPort=5001
HeartBtInt=30
SenderCompID=TW
ResetOnLogon=Y
FileLogPath=tmp
SQLStoreDriver=postgres
MongoLogConnection=mongodb://localhost
InChanCapacity=1
EnableResetSeqTime=N
SocketServerName=example.com

[SESSION]
BeginString=FIX.4.1
TargetCompID=ISLD
",
    ),
];

#[test]
fn file_10_what_other_engines_take_is_taken_with_notes() {
    for (engine, text) in FILES {
        let settings = parse(text).unwrap_or_else(|error| panic!("{engine}: {error}"));
        let settings = settings.with_dictionaries();
        settings.unwrap_or_else(|error| panic!("{engine}: {error}"));
    }
}

#[test]
fn file_10_each_key_that_is_a_note_says_what_is_done_instead() {
    let logs = "logs are not written yet; nearest: Event::Notice and the application's own log";
    for (line, note) in [
        ("FileLogPath=", logs),
        ("FileLogPath=${HOME_OF_NOBODY}", logs),
        ("ScreenLogShowIncoming=Y", logs),
        ("SocketKeepAlive=Y", "it is not set: Heartbeats find dead peers"),
        ("SocketTcpNoDelay=N", "it is set: small messages must not wait for acknowledgements"),
        ("Encoding=GBK", "text is bytes here, and the application's to encode"),
        (
            "MongoStoreDatabase=fix",
            "nothing is kept in a database; nearest: FileStorePath, or an implementation of \
             engine::Store",
        ),
        ("SocketKeyStore=keys.jks", "has no effect without SocketUseSSL"),
        ("SSLServerName=x", "has no effect without SSLEnable"),
        ("DynamicQualifier=Y", "has no effect without DynamicSessions"),
        ("TimeZone=Europe/Berlin", "has no effect on a session that is always open"),
        (
            "ResendRequestChunkSize=5\nClosedResendInterval=Y",
            "has no effect: chunks are closed by themselves",
        ),
        (
            "TimeStampPrecision=3\nMillisecondsInTimestamp=N",
            "has no effect: TimeStampPrecision in line 8 holds",
        ),
        ("AppDataDictionary=x", "has no effect: it is for FIXT.1.1"),
        (
            "ValidateLengthAndChecksum=N",
            "BodyLength is looked at all the same: it says where a message ends",
        ),
        ("SenderCompID=C", "is in this section twice, first in line 6: this one holds"),
    ] {
        let last = line.lines().last().unwrap_or_default();
        let key = last.split('=').next().unwrap_or_default();
        let number = 7 + line.lines().count();
        let found = said("", &format!("{line}\n"));
        let notes: Vec<_> = found.iter().filter(|note| !note.contains("cannot read it")).collect();
        assert_eq!(notes, [&format!("{number}: {key}: {note}")], "{line}");
    }
    // What asks for what is done anyway needs no word.
    for line in ["FileStoreSync=Y", "SocketTcpNoDelay=y", "SocketUseSSL=N", "AcceptorTemplate=n"] {
        assert_eq!(said("", &format!("{line}\n")), [""; 0], "{line}");
    }
}

#[test]
#[cfg(not(feature = "schedule"))]
fn file_10_hours_that_leave_nothing_out_are_always_open() {
    let always = "EndTime: always open; QuickFIX would also reset both numbers once a";
    for (lines, note) in [
        ("StartTime=00:00:00\nEndTime=00:00:00", format!("9: {always} day at this time")),
        ("StartTime=00:00:00\nEndTime=23:59:59", format!("9: {always} day at this time")),
        ("StartTime=17:00:00\nEndTime=16:59:59", format!("9: {always} day at this time")),
        (
            "StartTime=00:00:00\nEndTime=23:59:59\nStartDay=Sunday\nEndDay=Saturday",
            format!("9: {always} week at this time"),
        ),
        (
            "StartTime=01:00:00\nEndTime=01:00:00\nWeekdays=Mon,Tue,Wed,Thu,Fri,Sat,Sun",
            format!("9: {always} day at this time"),
        ),
    ] {
        assert_eq!(said("", &format!("{lines}\n")), [note], "{lines}");
    }
}

#[test]
fn file_10_hours_of_other_sessions_have_no_effect_on_one_that_never_stops() {
    assert_eq!(
        said("StartTime=08:00:00\nEndTime=17:00:00\n", "NonStopSession=Y\n"),
        [
            "4: StartTime: has no effect with NonStopSession=Y",
            "5: EndTime: has no effect with NonStopSession=Y",
        ]
    );
}

const REFUSED: [(Feature, &str, &[&str]); 5] = [
    (
        Feature::Hours,
        "a session is up all the time",
        &[
            "StartTime=08:00:00\nEndTime=17:00:00",
            "StartTime=00:00:00\nEndTime=23:59:58",
            "StartTime=00:00:00 UTC\nEndTime=00:00:00 Asia/Tokyo",
            "StartTime=00:00:00\nEndTime=23:59:59\nWeekdays=Mon,Tue",
            "StartDay=Sunday\nEndDay=Friday\nStartTime=17:00:00\nEndTime=17:00:00",
            "LogonTime=08:00:00\nLogoutTime=09:00:00",
            "EnableResetSeqTime=Y\nResetSeqTime=00:00:00",
        ],
    ),
    (
        Feature::Tls,
        "connections are plain TCP",
        &[
            "SocketUseSSL=Y",
            "SocketUseSSL=Y\nSocketKeyStore=keys.jks\nSocketKeyStorePassword=secret",
            "SSLEnable=Y\nSSLCACertificate=ca.pem",
            "ServerCertificateFile=server.pem",
            "SocketPrivateKeyFile=key.pem\nSocketServerName=example.com",
        ],
    ),
    (Feature::Proxy, "connections are made and taken directly", &["UseTCPProxy=Y"]),
    (
        Feature::Dynamic,
        "each session stands in the file",
        &["AcceptorTemplate=Y", "DynamicSessions=Y\nDynamicQualifier=Y"],
    ),
    (Feature::Addresses, "connections are taken from any address", &["AllowedRemoteAddresses=::1"]),
];

#[test]
fn file_10_what_would_change_the_session_is_refused_until_it_is_to_be_ignored() {
    // With the feature `schedule` there are hours.
    let is_there = |feature| feature == Feature::Hours && cfg!(feature = "schedule");
    for (feature, missing, cases) in REFUSED.into_iter().filter(|(it, ..)| !is_there(*it)) {
        let switch = format!("`--ignore {}` takes the file all the same", feature.name());
        for lines in cases {
            let text = format!("{ACCEPTOR}{SESSION}{lines}\n");
            let faults = said_by(SettingsReader::new(), &text);
            assert_eq!(faults.len(), lines.lines().count(), "{lines}: {faults:?}");
            for (number, (line, fault)) in (8..).zip(lines.lines().zip(&faults)) {
                let key = line.split('=').next().unwrap_or_default();
                assert!(fault.starts_with(&format!("!{number}: {key}: not supported")), "{fault}");
                assert!(fault.contains(missing) && fault.contains(&switch), "{fault}");
            }
            let notes = said_by(SettingsReader::new().ignore(feature), &text);
            assert_eq!(notes.len(), faults.len(), "{lines}: {notes:?}");
            assert!(notes.iter().all(|note| note.contains("ignored, as asked for: ")), "{notes:?}");
        }
    }
    let text = format!("{ACCEPTOR}{SESSION}StartTime=soon\nWeekdays=Lundi\n");
    assert_eq!(said_by(SettingsReader::new().ignore(Feature::Hours), &text).len(), 2);
}

#[test]
fn file_10_keys_of_the_application_are_notes_and_readable() {
    let text = format!(
        "{ACCEPTOR}Password=hunter2\n{SESSION}DefaultMarketPrice=12.30\nFileLogPath=log\n\
         Passwort=${{NOT_SET_AT_ALL}}\n"
    );
    let settings = parse(&text).unwrap();
    let application = &settings.sessions[0].application;
    assert_eq!(application.get("password"), Some("hunter2"));
    assert_eq!(application.get("DefaultMarketPrice"), Some("12.30"));
    assert_eq!(application.get("FileLogPath"), Some("log"));
    assert_eq!(application.get("Passwort"), None);
    let notes: Vec<_> = settings.notes.iter().map(ToString::to_string).collect();
    let unknown = "no engine of the QuickFIX family has it: taken as the application's own, as";
    assert_eq!(
        notes,
        [
            format!("Password: {unknown} `--key Password` says"),
            format!("DefaultMarketPrice: {unknown} `--key DefaultMarketPrice` says"),
            "FileLogPath: logs are not written yet; nearest: Event::Notice and the application's \
             own log"
                .to_owned(),
            format!("Passwort: {unknown} `--key Passwort` says"),
            "Passwort: the application cannot read it: the environment variable NOT_SET_AT_ALL is \
             not set"
                .to_owned(),
        ]
    );
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn file_10_near_misses_are_errors_that_name_what_was_meant() {
    for (line, fault) in [
        (
            "ResetOnLogin=Y",
            "ResetOnLogin: no engine of the QuickFIX family has it; did you mean ResetOnLogon?",
        ),
        (
            "SocketAcceptPorts=1",
            "SocketAcceptPorts: no engine of the QuickFIX family has it; did you mean SocketAcceptPort?",
        ),
        ("ResetOnLogout=true", "ResetOnLogout: `true` is neither Y nor N; write Y"),
        (
            "ResetOnLogout=Y # daily",
            "ResetOnLogout: `Y # daily` is neither Y nor N; a comment stands on a line of its own",
        ),
        (
            "BeginString=FIX44",
            "BeginString: `FIX44` is none of FIX.4.0 to FIX.4.4 and FIXT.1.1: did you mean FIX.4.4?",
        ),
        (
            "ConnectionType=aceptor",
            "ConnectionType: `aceptor` is neither `initiator` nor `acceptor`: did you mean acceptor?",
        ),
    ] {
        let fault = format!("!8: {fault}");
        assert!(said("", &format!("{line}\n"))[0].starts_with(&fault), "{:?}", said("", line));
    }
}

#[test]
fn file_10_keys_of_the_other_role_in_default_are_none_of_a_sessions_business() {
    let default = "SocketConnectHost=${NOT_SET}\nSocketConnectPort=none\nReconnectInterval=soon\n\
                   HeartBtInt=\nProxyHost=proxy\nSessionQualifier=1\nDynamicSession=Y\n";
    assert_eq!(said(default, ""), [""; 0]);
    let own = "SocketConnectHost=h\n";
    assert_eq!(said("", own), ["8: SocketConnectHost: has no effect: it is for initiators"]);
}

#[test]
fn file_10_without_persist_messages_everything_is_gap_filled() {
    let settings = parse(&format!("{ACCEPTOR}PersistMessages=N\n{SESSION}")).unwrap();
    let resend = ResendPolicy::NotOlderThan(Duration::ZERO);
    let expected = Config::acceptor(Version::Fix44, "US", "THEM", resend).quickfix_profile();
    assert_eq!(settings.sessions[0].config, expected.build().unwrap());
}

#[test]
fn file_10_pauses_may_grow() {
    let settings = parse(FILES[1].1).unwrap();
    let Network::Connect(connect) = &settings.sessions[0].network else { panic!("{settings:?}") };
    assert_eq!(connect.reconnect_interval, Some(Duration::from_secs(5)));
    assert_eq!(connect.reconnect_longest, Some(Duration::from_secs(30)));
}

#[test]
fn file_10_sessions_that_share_comp_ids_have_folders_of_their_own_in_the_store() {
    let text = "[DEFAULT]\nConnectionType=initiator\nBeginString=FIX.4.4\nSenderCompID=A\n\
                TargetCompID=B\nSocketConnectHost=h\nSocketConnectPort=1\nHeartBtInt=30\n\
                FileStorePath=store\n[SESSION]\n[SESSION]\nSessionQualifier=../x\n[SESSION]\n\
                SenderSubID=1\n";
    let settings = parse(text).unwrap();
    let stores: Vec<_> = settings.sessions.iter().map(|session| session.store.as_deref()).collect();
    assert_eq!(
        stores,
        [
            Some(Path::new("store")),
            Some(Path::new("store/qualifier-%2E%2E%2Fx")),
            Some(Path::new("store/sender-sub-1")),
        ]
    );
}

fn scratch(name: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("fixline-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn file_10_files_are_read_in_the_encodings_that_they_come_in() {
    let text = format!("# caf\u{e9}\n{ACCEPTOR}{SESSION}Description=caf\u{e9}\n");
    let latin: Vec<u8> =
        text.replace("Description=caf\u{e9}\n", "").chars().map(|c| c as u8).collect();
    let utf16: Vec<u8> =
        "\u{feff}".chars().chain(text.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect();
    for (name, bytes) in [("latin.cfg", latin), ("utf16.cfg", utf16)] {
        let path = scratch(name, &bytes);
        let settings = Settings::read(&path);
        std::fs::remove_file(&path).unwrap();
        settings.unwrap_or_else(|error| panic!("{error}"));
    }
    let path = scratch(
        "value.cfg",
        &[ACCEPTOR.as_bytes(), SESSION.as_bytes(), b"SenderSubID=\xe9"].concat(),
    );
    let error = Settings::read(&path).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(error.problems[0].line, 8);
    assert_eq!(
        error.problems[0].to_string(),
        "SenderSubID: is no text of UTF-8; write the file in UTF-8"
    );
}

// SAFE-06
#[cfg(unix)]
#[test]
fn safe_06_only_regular_files_of_bounded_length_are_read_and_their_text_is_never_shown() {
    let error = Settings::read("/dev/zero").unwrap_err().to_string();
    assert_eq!(error, "/dev/zero: cannot be read: is no regular file");
    let path = scratch("secret", b"s3cret\nmore");
    let long = scratch("long", &vec![b'x'; 1 << 20]);
    let (secret, long_path) = (path.display(), long.display());
    for (line, start) in [
        (format!("LogonTag=554=${{file:{long_path}}}"), "!8: LogonTag: "),
        ("LogonTag=554=${file:/dev/zero}".to_owned(), "!8: LogonTag: /dev/zero cannot be read: "),
        (
            format!("SenderSubID=${{file:{secret}}}"),
            "!8: SenderSubID: ${file:..} is for what is never shown",
        ),
        (format!("DataDictionary=${{file:{secret}}}"), "!8: DataDictionary: ${file:..} is for"),
        (format!("HeartBeatInt=${{file:{secret}}}"), "!8: HeartBeatInt: no engine"),
        (format!("LogonTag=${{file:{secret}}}"), "!8: LogonTag: is not TAG=VALUE"),
    ] {
        let faults = said("", &format!("{line}\n"));
        assert!(faults[0].starts_with(start), "{faults:?}");
        assert!(!faults.concat().contains("s3cret"), "{faults:?}");
    }
    let huge = scratch("huge.cfg", b"");
    std::fs::File::options().write(true).open(&huge).unwrap().set_len(1 << 33).unwrap();
    let error = Settings::read(&huge).unwrap_err().to_string();
    assert!(error.ends_with("is longer than 4 MiB, the limit for settings"), "{error}");
    for path in [path, long, huge] {
        std::fs::remove_file(path).unwrap();
    }
}

// SAFE-05
#[test]
fn safe_05_what_a_terminal_obeys_is_escaped_in_errors() {
    let faults =
        parse("[SESSION]\nRe\u{1b}[2JsetOnLogon=\u{202e}x\nResetOnLogon=\u{1b}[31m\u{2028}x\n");
    let told = faults.unwrap_err().to_string();
    assert!(told.contains("`\\u{1b}[31m\\u{2028}x` is neither Y nor N"), "{told}");
    assert!(told.chars().all(|char| char == '\n' || fixline::settings::Shown::is_plain(char)));
}

// FILE-11
#[cfg(all(feature = "dictionaries", feature = "xml"))]
#[test]
fn file_11_a_dictionary_that_ships_is_taken_where_the_file_is_not_there() {
    let named = format!("{ACCEPTOR}DataDictionary=FIX44.xml\n{SESSION}");
    let settings = parse(&named).unwrap().with_dictionaries().unwrap();
    let plain = parse(&format!("{ACCEPTOR}{SESSION}")).unwrap().with_dictionaries().unwrap();
    assert_eq!(settings.sessions[0].config, plain.sessions[0].config);
    let notes: Vec<_> =
        settings.notes.iter().map(|note| format!("{}: {note}", note.line)).collect();
    assert_eq!(
        notes,
        [
            "4: DataDictionary: `FIX44.xml` is not there; the crate's own dictionary of FIX.4.4 is taken"
        ]
    );
    // One that nobody ships is an error at its own line.
    let error = parse(&named.replace("FIX44", "absent")).unwrap().with_dictionaries().unwrap_err();
    assert!(error.to_string().starts_with("x.cfg:4: DataDictionary: absent.xml: "), "{error}");
}

// FILE-10
#[cfg(all(feature = "dictionaries", feature = "xml"))]
#[test]
fn file_10_what_is_odd_about_a_dictionary_is_noted_with_the_line_of_its_key() {
    let xml = r#"<fix major="4" minor="4"><header><field name="BeginString" required="Y"/>
        <field name="MsgType" required="Y"/></header><trailer/><messages>
        <message name="Order" msgtype="D" msgcat="app"><field name="Qty" required="N"/></message>
        </messages><components/><fields><field number="8" name="BeginString" type="STRING"/>
        <field number="35" name="MsgType" type="STRING"/>
        <field number="38" name="Qty" type="QUANTITY"/></fields></fix>"#;
    let path = scratch("odd.xml", xml.as_bytes());
    let text = format!("{ACCEPTOR}DataDictionary={}\n{SESSION}", path.display());
    let settings = parse(&text).unwrap().with_dictionaries();
    std::fs::remove_file(&path).unwrap();
    let notes = settings.unwrap().notes;
    let start = format!("DataDictionary: {}:", path.display());
    assert!(!notes.is_empty());
    for note in notes {
        assert!(note.line == 4 && note.to_string().starts_with(&start), "{note}");
    }
    // What is no dictionary may be anything: its lines are not repeated.
    let path = scratch("passwords", b"s3cret\nanother");
    let text = format!("{ACCEPTOR}DataDictionary={}\n{SESSION}", path.display());
    let error = parse(&text).unwrap().with_dictionaries().unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains("is no dictionary") && !error.contains("s3cret"), "{error}");
}
