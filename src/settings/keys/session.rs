//! Who the session is between, when it is up, what it waits for.

use alloc::format;
use alloc::string::String;

use crate::dictionary::ApplVerId;
use crate::session::{Role, SilenceFrom, Version};
use crate::settings::Seconds;
use crate::settings::draft::Draft;
use crate::settings::key::{Key, flag, hours, only, text, whole};
use crate::settings::suggest::within;
use crate::settings::value::percent;

pub(super) const IDENTITY: &[Key] = &[
    text("ConnectionType", "CJNG", "role", "`initiator` or `acceptor`", |draft, _, value| {
        draft.role = match value {
            _ if value.eq_ignore_ascii_case("initiator") => Some(Role::Initiator),
            _ if value.eq_ignore_ascii_case("acceptor") => Some(Role::Acceptor),
            _ => {
                let what = "is neither `initiator` nor `acceptor`";
                return Err(meant(what, value, &["initiator", "acceptor"]));
            }
        };
        Ok(())
    }),
    text("BeginString", "CJNG", "version", "`FIX.4.0` to `FIX.4.4`, `FIXT.1.1`", begin_string),
    text("SenderCompID", "CJNG", "sender_comp_id", "text", |draft, _, value| {
        put(&mut draft.sender_comp_id, value)
    }),
    text("TargetCompID", "CJNG", "target_comp_id", "text", |draft, _, value| {
        put(&mut draft.target_comp_id, value)
    }),
    text("SenderSubID", "CJNG", "sender_sub_id", "text", |draft, _, value| {
        put(&mut draft.options.sender_sub_id, value)
    }),
    text("TargetSubID", "CJNG", "target_sub_id", "text", |draft, _, value| {
        put(&mut draft.options.target_sub_id, value)
    }),
    text("SenderLocationID", "CJNG", "sender_location_id", "text", |draft, _, value| {
        put(&mut draft.options.sender_location_id, value)
    }),
    text("TargetLocationID", "CJNG", "target_location_id", "text", |draft, _, value| {
        put(&mut draft.options.target_location_id, value)
    }),
    text("SessionQualifier", "CJNG", "session_qualifier", "text", |draft, _, value| {
        put(&mut draft.qualifier, value)
    })
    .initiator(),
    text(
        "DefaultApplVerID",
        "CJNG",
        "default_appl_ver_id",
        "a version such as `FIX.5.0SP2`, or its code, such as `9`",
        appl_ver_id,
    ),
    text("Description", "J", "description", "text", |draft, _, value| {
        put(&mut draft.description, value)
    }),
];

pub(super) const SCHEDULE: &[Key] = &[
    hours("StartTime EndTime", "CJNG"),
    flag("NonStopSession", "JN", "", |draft, yes| draft.non_stop = yes),
    hours("StartDay EndDay Weekdays", "CJNG"),
    hours("LogonTime LogoutTime LogonDay LogoutDay", "C"),
    hours("ResetSeqTime EnableResetSeqTime", "G"),
    hours("TimeZone", "JNG"),
    hours("UseLocalTime", "CN"),
];

pub(super) const TIMERS: &[Key] = &[
    whole("HeartBtInt", "CJNG", "heart_bt_int", (0, 86_400), |draft, seconds| {
        draft.options.heart_bt_int = Some(Seconds::new(seconds.into()));
    })
    .initiator(),
    whole("LogonTimeout", "CJNG", "logon_timeout", (1, 86_400), |draft, seconds| {
        draft.options.logon_timeout = Some(Seconds::new(seconds.into()));
    }),
    whole("LogoutTimeout", "CJNG", "logout_timeout", (1, 86_400), |draft, seconds| {
        draft.options.logout_timeout = Some(Seconds::new(seconds.into()));
    }),
    text(
        "TestRequestDelayMultiplier",
        "J",
        "test_request_after",
        "0 to 1: a TestRequest goes out after (1 + it) heartbeat intervals",
        |draft, _, value| {
            let beyond = percent(value).filter(|percent| *percent <= 100);
            let beyond = beyond.ok_or("is no number from 0 to 1")?;
            draft.options.test_request_after = Some(beyond.saturating_add(100));
            Ok(())
        },
    ),
    text(
        "HeartBeatTimeoutMultiplier",
        "J",
        "silence_after",
        "0.01 to 4: the peer is lost after (1 + it) heartbeat intervals",
        |draft, _, value| {
            let beyond = percent(value).filter(|percent| (1..=400).contains(percent));
            let beyond = beyond.ok_or("is no number from 0.01 to 4")?;
            draft.options.silence_after = Some(beyond.saturating_add(100));
            draft.options.silence_counts_from = Some(SilenceFrom::LastReceipt);
            Ok(())
        },
    ),
    only(
        "DisableHeartBeatCheck",
        "J",
        "N",
        "a peer that is gone would never be noticed",
        "`silence_after`, up to 5 intervals, or HeartBtInt=0",
    ),
    only(
        "HeartBtIntOverride",
        "G",
        "N",
        "both sides must use the interval of the Logon",
        "`accept_heart_bt_int`, to refuse other intervals",
    )
    .acceptor(),
];

fn put(place: &mut Option<String>, value: &str) -> Result<(), String> {
    *place = Some(value.into());
    Ok(())
}

/// What a value is not, and what it may have been meant to be.
fn meant(what: &str, value: &str, names: &[&'static str]) -> String {
    match within(value, names.iter().copied(), 2) {
        Some(name) => format!("{what}: did you mean {name}?"),
        None => what.into(),
    }
}

fn begin_string(draft: &mut Draft, _: &str, value: &str) -> Result<(), String> {
    match Version::from_name(value) {
        _ if value == "FIXT.1.1" => draft.is_fixt = true,
        Some(version) if !version.is_fixt() => draft.version = Some(version),
        Some(version) => {
            return Err(format!(
                "is no BeginString: write FIXT.1.1, and DefaultApplVerID={version}"
            ));
        }
        None => {
            let what = "is none of FIX.4.0 to FIX.4.4 and FIXT.1.1";
            return Err(meant(
                what,
                value,
                &["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"],
            ));
        }
    }
    Ok(())
}

/// Versions that nobody speaks any more stay out.
fn appl_ver_id(draft: &mut Draft, _: &str, value: &str) -> Result<(), String> {
    let version = ApplVerId::from_name(value).or_else(|| ApplVerId::parse(value.as_bytes()));
    let known = version.filter(|version| version.code() >= 2 && version.name().is_some());
    let known = known.ok_or("is no version such as FIX.5.0SP2, and no code such as 9")?;
    draft.appl_ver_id = Some(format!("{}", known.code()));
    Ok(())
}
