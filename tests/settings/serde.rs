//! Configurations from TOML and JSON.

use std::time::Duration;

use fixline::session::{
    Config, ResendPolicy, ResendRequestForm, ResetPermission, ResetPolicy, Role, Version,
};
use fixline::settings::{LogonFields, Resend, Seconds, SessionOptions};
use fixline::wire::{Precision, Tag};

const TOML: &str = r#"
role = "initiator"
version = "FIX.4.4"
sender_comp_id = "CLIENT"
target_comp_id = "BROKER"
resend = { not_older_than = 2.5 }
heart_bt_int = 20
logout_linger = 0
sending_time_threshold = "off"
resend_request_form = { chunks = 500 }
precision = 6
reset = ["at_logout", "at_disconnect"]
reset_permission = ["at_logon"]
sender_sub_id = "DESK"
next_expected_msg_seq_num = true

[logon_field]
553 = "user"
554 = "hunter2"
"#;

fn config() -> Config {
    let resend = ResendPolicy::NotOlderThan(Duration::from_millis(2500));
    Config::initiator(Version::Fix44, "CLIENT", "BROKER", resend)
        .heart_bt_int(Duration::from_secs(20))
        .logout_linger(Duration::ZERO)
        .sending_time_threshold(None)
        .resend_request_form(ResendRequestForm::Chunks(500))
        .precision(Precision::MICROS)
        .reset(ResetPolicy::NEVER.at_logout().at_disconnect())
        .reset_permission(ResetPermission::NONE.at_logon())
        .sender_sub_id("DESK")
        .next_expected_msg_seq_num(true)
        .logon_field(Tag::USERNAME, "user")
        .logon_field(Tag::PASSWORD, "hunter2")
        .build()
        .unwrap()
}

#[test]
fn toml_becomes_a_configuration() {
    assert_eq!(toml::from_str::<Config>(TOML).unwrap(), config());
}

#[test]
fn json_becomes_the_same_configuration() {
    let value: toml::Value = toml::from_str(TOML).unwrap();
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), config());
}

#[test]
fn what_the_builder_refuses_is_an_error_in_its_words() {
    let wrong = TOML.replace("heart_bt_int = 20", "heart_bt_int = 0.5");
    let error = toml::from_str::<Config>(&wrong).unwrap_err();
    assert_eq!(error.message(), "heart_bt_int must be whole seconds from 0 to 86,400");
}

#[test]
fn unknown_options_and_wrong_values_are_named() {
    for (from, to, message) in [
        ("precision", "precison", "unknown field `precison`"),
        ("\"FIX.4.4\"", "\"FIX.4.5\"", "expected a version such as FIX.4.4 or FIX.5.0SP2"),
        ("\"initiator\"", "\"client\"", "expected initiator or acceptor"),
        ("\"off\"", "\"on\"", "expected seconds, or \"off\""),
        ("precision = 6", "precision = 10", "expected 0 to 9 digits"),
        ("heart_bt_int = 20", "heart_bt_int = -1", "expected seconds, 0 or more"),
        ("553 =", "x =", "expected a tag such as 553"),
    ] {
        let error = toml::from_str::<Config>(&TOML.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn options_are_written_back_without_secrets() {
    let mut options = SessionOptions::new(Role::Acceptor, Version::Fix50Sp2, "A", "B", Resend::Ask);
    options.logon_timeout = Some(Seconds(Duration::from_millis(1500)));
    options.heart_bt_int = Some(Seconds::new(30));
    let mut fields = LogonFields::new();
    assert!(!fields.set(Tag::USERNAME, "user"));
    assert!(!fields.set(Tag::PASSWORD, "hunter2"));
    options.logon_field = Some(fields);
    assert_eq!(
        serde_json::to_string(&options).unwrap(),
        r#"{"role":"acceptor","version":"FIX.5.0SP2","sender_comp_id":"A","target_comp_id":"B","resend":"ask","heart_bt_int":30,"logon_timeout":1.5,"logon_field":{"553":"user"}}"#
    );
    assert!(!format!("{options:?}").contains("hunter2"));
}
