//! What stands in a file of passwords is never repeated, whichever key refers to it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use fixline::session::{Role, Version};
use fixline::settings::{
    LogonFields, Profile, Resend, SessionOptions, Settings, SettingsReader, reference,
};
use fixline::wire::Tag;

const CANARY: &str = "CaNaRy-0815";

/// A folder with a file of one password.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("fixline-secrets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("can be made");
    std::fs::write(folder.join("pw"), format!("{CANARY}\nthe password\n")).expect("can be written");
    folder
}

fn read(text: &str, profile: Profile) -> Result<Settings, fixline::settings::SettingsError> {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path = folder().join(format!("{number}.cfg"));
    let reader = SettingsReader::new()
        .profile(profile)
        .secrets(|name| (name == "pw").then(|| CANARY.to_owned()));
    std::fs::write(&path, text).expect("can be written");
    let settings = reader.read(&path);
    std::fs::remove_file(&path).expect("was written");
    settings.and_then(Settings::with_dictionaries)
}

/// Every key that there is.
fn keys() -> Vec<String> {
    let document = reference();
    let (keys, _) = document.split_once("\n## Options").expect("two parts");
    let rows = keys.lines().filter(|line| line.starts_with("| `"));
    let names = rows.flat_map(|row| {
        let cell = row.split(" | ").next().unwrap_or_default();
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    names.map(|name| name.replace("<n>", "1").replace("<BeginString>", "FIX.4.2")).collect()
}

#[test]
fn safe_04_no_error_repeats_a_line_of_a_password_file() {
    let keys = keys();
    assert!(keys.len() > 100, "{keys:?}");
    let mut shown = Vec::new();
    for key in &keys {
        for value in ["${file:pw}", "9001=x${secret:pw}"] {
            for (role, address) in [
                ("initiator", "SocketConnectHost=h\nSocketConnectPort=1\nHeartBtInt=30\n"),
                ("acceptor", "SocketAcceptPort=1\n"),
            ] {
                let base = format!(
                    "[SESSION]\nConnectionType={role}\nBeginString=FIX.4.4\nSenderCompID=A\n\
                     TargetCompID=B\nUseDataDictionary=N\nNonStopSession=Y\n{address}"
                );
                let kept: String = base
                    .lines()
                    .filter(|line| !line.starts_with(&format!("{key}=")))
                    .map(|line| format!("{line}\n"))
                    .collect();
                let text = format!("{kept}{key}={value}\n");
                {
                    let text = match read(&text, Profile::QuickFix) {
                        Ok(settings) => format!("{:?}", settings.notes),
                        Err(error) => format!("{error} {error:?}"),
                    };
                    if text.contains(CANARY) {
                        shown.push(format!("{key}={value}: {text}"));
                    }
                }
            }
        }
    }
    assert!(shown.is_empty(), "{shown:#?}");
}

#[test]
fn safe_04_a_password_file_taken_for_a_settings_file_is_not_repeated() {
    for line in
        [CANARY, "CaNaRy-0815=", "Ca=NaRy-0815", "[CaNaRy-0815]", "[CaNaRy-0815", "x [CaNaRy-0815]"]
    {
        for text in [line.to_owned(), format!("[SESSION]\n{line}\n"), format!("[DEFAULT]\n{line}")]
        {
            let error = read(&text, Profile::QuickFix).expect_err("no settings");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("NaRy"), "{text}: {shown}");
        }
    }
}

#[test]
fn safe_04_what_comes_from_elsewhere_is_not_printed_whatever_its_tag() {
    let text = "[SESSION]\nConnectionType=initiator\nBeginString=FIX.4.4\nSenderCompID=A\n\
        TargetCompID=B\nUseDataDictionary=N\nNonStopSession=Y\nSocketConnectHost=h\n\
        SocketConnectPort=1\nHeartBtInt=30\nLogonTag=9001=${secret:pw}\nLogonTag1=58=x${file:pw}\n\
        LogonTag2=553=CaNaRy-0815\nLogonTag3=554=CaNaRy-0815\nSecretTags=553\n";
    let settings = read(text, Profile::QuickFix).expect("right");
    let session = &settings.sessions[0];
    for shown in [
        format!("{settings:?}"),
        format!("{settings:#?}"),
        format!("{:?}", session.options.builder()),
        serde_json::to_string(&session.options).expect("plain data"),
    ] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
    // And it is on the Logon.
    let logon = format!("|553={CANARY}|554=");
    let sent = sent_logon(session.config.clone());
    assert!(sent.contains(&logon) && sent.contains(&format!("|9001={CANARY}|")), "{sent}");
    assert!(session.config.secret_tags().hides(Tag::USERNAME, Some(b"D")));
}

fn sent_logon(config: fixline::session::Config) -> String {
    use fixline::session::{Input, Now, SeqNums, Session};
    use fixline::wire::{Fields, SendBuffer, Span};
    let mut out = SendBuffer::with_capacity(config.send_buffer_min());
    let mut session = Session::new(config, SeqNums::FRESH);
    let connected = Input::Connected { logon: Fields::EMPTY };
    let _ = session.handle(connected, Now::default(), &mut out).expect("sends");
    let bytes = out.bytes(Span::new(0, u32::try_from(out.end()).expect("short"))).to_vec();
    String::from_utf8(bytes).expect("text").replace('\x01', "|")
}

#[test]
fn safe_04_a_wrong_value_of_a_logon_field_is_not_quoted() {
    let with = |value: &str| {
        let json = format!(
            "{{\"role\":\"initiator\",\"version\":\"FIX.4.4\",\"sender_comp_id\":\"A\",\
             \"target_comp_id\":\"B\",\"resend\":\"all\",\"logon_field\":{{\"554\":{value}}}}}"
        );
        serde_json::from_str::<SessionOptions>(&json)
    };
    for wrong in ["true", "0815.5", "[\"0815\"]", "{\"0815\":1}", "null"] {
        let error = with(wrong).expect_err("no text").to_string();
        assert!(!error.contains("0815") && !error.contains("true"), "{error}");
    }
    // A number is what was meant: passwords are not always quoted.
    for number in ["815", "-815"] {
        let options = with(number).expect("a text");
        assert!(!format!("{options:?}").contains("815"));
        let config = options.build().expect("valid");
        assert!(sent_logon(config).contains(&format!("|554={number}|")));
    }
}

#[test]
fn safe_04_fields_can_be_hidden_by_hand() {
    let resend = Resend::All;
    let mut options = SessionOptions::new(Role::Initiator, Version::Fix44, "A", "B", resend);
    let mut fields = LogonFields::new();
    fields.set(Tag::TEXT, CANARY);
    assert!(format!("{fields:?}").contains(CANARY));
    fields.hide(Tag::TEXT);
    options.logon_field = Some(fields);
    assert!(!format!("{options:?}").contains(CANARY));
}
