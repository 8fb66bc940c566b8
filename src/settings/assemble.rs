//! From what the keys say to a session: what is missing, what contradicts, what it comes to.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::time::Duration;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::draft::Draft;
use super::problem::Problem;
use super::read::Profile;
use super::schedule;
use super::section::Section;
use super::session_options::SessionOptions;
use super::session_settings::{Connect, Listen, Network, SessionSettings};
#[cfg(feature = "schedule")]
use super::timetable;
use super::units::{ResendForm, Reset, Seconds, Threshold};
use crate::dictionary::ApplVerId;
#[cfg(feature = "schedule")]
use crate::schedule::Schedule;
use crate::session::{Config, ConfigError, Role, SilenceFrom, Version};
use crate::wire::{FieldError, Tag};

/// The session of this section, if nothing is wrong with it.
pub(super) fn assemble(
    section: &Section<'_>,
    context: &mut Context<'_>,
) -> Option<SessionSettings> {
    let mut draft = section.apply(context);
    let hours = schedule::hours(section, &draft, context);
    #[cfg(feature = "schedule")]
    let schedule = hours.map_or_else(
        || Some(Schedule::always()),
        |hours| timetable::schedule(&hours, section, context),
    );
    #[cfg(not(feature = "schedule"))]
    if let Some(hours) = hours {
        schedule::judge(&hours, section, context);
    }
    contradictions(section, &draft, context);
    let identity = identity(section, &draft, context);
    complete(section, &mut draft, context);
    let network = network(section, &draft, context);
    let (role, version, sender, target) = identity?;
    draft.options.role = role;
    draft.options.version = version;
    draft.options.sender_comp_id = sender;
    draft.options.target_comp_id = target;
    draft.options.session_qualifier.clone_from(&draft.qualifier);
    if version.is_fixt() {
        draft.options.default_appl_ver_id = draft.appl_ver_id.take();
    }
    let config = build(section, &mut draft.options, context)?;
    Some(SessionSettings {
        line: section.line,
        config,
        store: draft.store.as_ref().map(|folder| store(folder, &draft)),
        options: draft.options,
        qualifier: draft.qualifier,
        description: draft.description,
        network: network?,
        #[cfg(feature = "schedule")]
        schedule: schedule?,
        dictionaries: draft.dictionaries,
        application: draft.application,
        places: section.places(),
    })
}

/// The folder of the store: its file is named after BeginString and CompIDs alone, so that what
/// tells sessions apart beyond these becomes a folder in it.
fn store(folder: &Path, draft: &Draft) -> PathBuf {
    let options = &draft.options;
    let parts = [
        ("sender-sub", &options.sender_sub_id),
        ("sender-location", &options.sender_location_id),
        ("target-sub", &options.target_sub_id),
        ("target-location", &options.target_location_id),
        ("qualifier", &draft.qualifier),
    ];
    let mut name = String::new();
    for (what, id) in parts {
        let Some(id) = id else { continue };
        let dot = if name.is_empty() { "" } else { "." };
        // Writing to a string does not fail.
        let _infallible = write!(name, "{dot}{what}-");
        for byte in id.bytes() {
            let _infallible = if byte.is_ascii_alphanumeric() || byte == b'_' {
                write!(name, "{}", char::from(byte))
            } else {
                write!(name, "%{byte:02X}")
            };
        }
    }
    if name.is_empty() { folder.into() } else { folder.join(name) }
}

type Identity = (Role, Version, String, String);

/// What every session needs.
fn identity(section: &Section<'_>, draft: &Draft, context: &mut Context<'_>) -> Option<Identity> {
    let mut missing = |key: &str, advice: &str| {
        // A key that is there and wrong was reported as such.
        if section.get(key).is_none() {
            context.problem(section.line, key, "is missing", advice);
        }
    };
    if draft.role.is_none() {
        missing("ConnectionType", "write `initiator` or `acceptor`");
    }
    if draft.version.is_none() && !draft.is_fixt {
        missing("BeginString", "write a version such as FIX.4.4");
    }
    if draft.is_fixt && draft.appl_ver_id.is_none() {
        missing("DefaultApplVerID", "FIXT.1.1 needs a version such as FIX.5.0SP2");
    }
    if draft.sender_comp_id.is_none() {
        missing("SenderCompID", "it says who this side is");
    }
    if draft.target_comp_id.is_none() {
        missing("TargetCompID", "it says who the other side is");
    }
    let version = if draft.is_fixt {
        // Another version is carried by the last that there is.
        ApplVerId::parse(draft.appl_ver_id.as_ref()?.as_bytes())
            .and_then(|version| Version::from_name(version.name()?))
            .filter(|version| version.is_fixt())
            .unwrap_or(Version::Fix50Sp2)
    } else {
        draft.version?
    };
    Some((draft.role?, version, draft.sender_comp_id.clone()?, draft.target_comp_id.clone()?))
}

fn network(section: &Section<'_>, draft: &Draft, context: &mut Context<'_>) -> Option<Network> {
    let mut missing = |key: &str, line: usize, advice: &str| {
        if section.get(key).is_none() {
            context.problem(line, key, "is missing", advice);
        }
    };
    if draft.role? == Role::Acceptor {
        let Some(port) = draft.accept_port else {
            missing("SocketAcceptPort", section.line, "an acceptor listens on a port");
            return None;
        };
        let host = draft.accept_host.as_deref().unwrap_or("0.0.0.0");
        return Some(Network::Listen(Listen { address: address(host, port) }));
    }
    let mut hosts = Vec::new();
    let mut complete = true;
    for (number, host) in &draft.hosts {
        let number = if *number == 0 { String::new() } else { format!("{number}") };
        let (name, port) =
            (format!("SocketConnectHost{number}"), format!("SocketConnectPort{number}"));
        match (&host.host, host.port) {
            (Some(host), Some(port)) => hosts.push(address(host, port)),
            (Some(_), None) => missing(&port, section.line_of(&name), "each host has a port"),
            (None, Some(_)) => missing(&name, section.line_of(&port), "each port has a host"),
            (None, None) => {}
        }
        complete &= host.host.is_some() && host.port.is_some();
    }
    if draft.hosts.is_empty() {
        missing("SocketConnectHost", section.line, "an initiator connects to a host and port");
        missing("SocketConnectPort", section.line, "an initiator connects to a host and port");
    }
    (complete && !hosts.is_empty()).then(|| {
        let seconds = |seconds: Option<u32>| seconds.map(|it| Duration::from_secs(it.into()));
        Network::Connect(Connect {
            hosts,
            reconnect_interval: seconds(draft.reconnect_interval),
            reconnect_longest: seconds(draft.reconnect_longest),
            timeout: seconds(draft.connect_timeout),
        })
    })
}

/// The numbers of IPv6 have colons of their own.
fn address(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Keys that cannot all be meant, and those that others leave without effect.
fn contradictions(section: &Section<'_>, draft: &Draft, context: &mut Context<'_>) {
    if draft.options.reject_garbled == Some(true) && draft.options.validate_check_sum == Some(false)
    {
        let key = "RejectGarbledMessage";
        let what = "without the checksum nothing is garbled by it";
        context.problem(section.line_of(key), key, what, "keep one of them");
    }
    let mut note = |key: &str, what: &str| context.note(section.line_of(key), key, what);
    if draft.chunk.is_some_and(|numbers| numbers > 0)
        && draft.options.resend_request_form == Some(ResendForm::Closed)
    {
        note("ClosedResendInterval", "has no effect: chunks are closed by themselves");
    }
    if let Some(precision) = section.get("TimeStampPrecision")
        && section.get("MillisecondsInTimestamp").is_some()
    {
        let line = precision.line.number;
        let what = format!("has no effect: TimeStampPrecision in line {line} holds");
        note("MillisecondsInTimestamp", &what);
    }
    if draft.check_latency == Some(false) && section.own("MaxLatency").is_some() {
        note("MaxLatency", "has no effect with CheckLatency=N");
    }
    let is_off = draft.options.validate_check_sum == Some(false);
    if is_off && section.get("ValidateLengthAndChecksum").is_some() {
        let what = "BodyLength is looked at all the same: it says where a message ends";
        note("ValidateLengthAndChecksum", what);
    }
    if draft.is_fixt && section.own("DataDictionary").is_some() {
        let what = "has no effect: FIXT.1.1 has TransportDataDictionary and AppDataDictionary";
        note("DataDictionary", what);
    }
    let of_fixt = ["DefaultApplVerID", "TransportDataDictionary", "AppDataDictionary"];
    for key in of_fixt.into_iter().filter(|_| draft.version.is_some() && !draft.is_fixt) {
        if section.own(key).is_some() {
            note(key, "has no effect: it is for FIXT.1.1");
        }
    }
}

/// What several keys say together, and what the engine means by saying nothing.
fn complete(section: &Section<'_>, draft: &mut Draft, context: &mut Context<'_>) {
    draft.options.precision = draft.precision.or(draft.millis);
    if let Some(numbers) = draft.chunk.filter(|numbers| *numbers > 0) {
        draft.options.resend_request_form = Some(ResendForm::Chunks(numbers));
    }
    if draft.check_latency == Some(false) {
        draft.options.sending_time_threshold = Some(Threshold::Off);
    } else if let Some(seconds) = draft.max_latency {
        let threshold = Threshold::Within(Seconds::new(seconds.into()));
        draft.options.sending_time_threshold = Some(threshold);
    }
    if let (Some(tags), Some(fields)) = (&draft.options.secret_tags, &mut draft.options.logon_field)
    {
        tags.iter().for_each(|tag| fields.hide(*tag));
    }
    match context.profile {
        Profile::QuickFix => quickfix(section, draft, context),
        Profile::Standard => {
            // What is user-defined passes (S-VAL-34).
            let checks = &mut draft.dictionaries.checks;
            checks.user_defined_values = true;
            if section.get("ValidateUserDefinedFields").is_none() {
                checks.user_defined_fields = false;
            }
        }
    }
}

/// What a file of QuickFIX means where it says nothing.
fn quickfix(section: &Section<'_>, draft: &mut Draft, context: &mut Context<'_>) {
    if draft.role == Some(Role::Initiator) {
        draft.reconnect_interval.get_or_insert(30);
        if section.get("HeartBtInt").is_none() {
            let advice = "an initiator proposes an interval, such as 30";
            context.problem(section.line, "HeartBtInt", "is missing", advice);
        }
    }
    let options = &mut draft.options;
    options.quickfix_profile = Some(true);
    let ids = [
        &options.sender_sub_id,
        &options.target_sub_id,
        &options.sender_location_id,
        &options.target_location_id,
    ];
    if ids.into_iter().any(Option::is_some) {
        options.sub_ids_are_identity = Some(true);
    }
    if let Some(reset) = draft.options.reset.as_mut().filter(|reset| !reset.is_empty()) {
        let has_flag = draft.version != Some(Version::Fix40);
        reset.push(if has_flag { Reset::AnnouncedWhenFresh } else { Reset::Unannounced });
    }
}

/// The configuration. What its builder refuses belongs to the line that asked for it; without that
/// line there may be more that it refuses. What the version does not have, engines leave out.
fn build(
    section: &Section<'_>,
    of_file: &mut SessionOptions,
    context: &mut Context<'_>,
) -> Option<Config> {
    let mut options = of_file.clone();
    let mut is_possible = true;
    loop {
        match options.build() {
            Ok(config) => return is_possible.then_some(config),
            // Nobody asked for it: the ids that it was for were refused.
            Err(ConfigError::NoSubIds) if !is_possible => {
                options.sub_ids_are_identity = None;
            }
            Err(error) => {
                let option = option_of(error, &options);
                let entry = section.setting(option);
                let line = entry.map_or(section.line, |entry| entry.line.number);
                let problem = Problem::new(line, format!("{error}"));
                let problem = match entry {
                    Some(entry) => problem.key(&entry.line.key),
                    None => problem,
                };
                if matches!(error, ConfigError::Version { .. }) && of_file.clear(option) {
                    context.notes.add(problem.advice("it has no effect"));
                } else {
                    is_possible = false;
                    context.problems.add(problem);
                }
                if error == ConfigError::SilenceBeforeTestRequest {
                    options.silence_counts_from = Some(SilenceFrom::TestRequest);
                } else if !options.clear(option) {
                    return None;
                }
            }
        }
    }
}

/// The option that an error is about.
fn option_of(error: ConfigError, options: &SessionOptions) -> &'static str {
    match error {
        ConfigError::Id(FieldError { tag, .. }) => tag.map_or("", id_option),
        ConfigError::IdTooLong { tag } => id_option(tag),
        ConfigError::SessionQualifier => "session_qualifier",
        ConfigError::NoSubIds => "sub_ids_are_identity",
        ConfigError::NoLocationIds if options.sender_location_id.is_none() => "target_location_id",
        ConfigError::NoLocationIds => "sender_location_id",
        ConfigError::HeartBtInt => "heart_bt_int",
        ConfigError::HeartBtIntAccepted => "accept_heart_bt_int",
        ConfigError::TestRequestAfter => "test_request_after",
        ConfigError::SilenceBeforeTestRequest if options.silence_after.is_none() => {
            "test_request_after"
        }
        ConfigError::SilenceAfter | ConfigError::SilenceBeforeTestRequest => "silence_after",
        // Only code can give dictionaries.
        ConfigError::NoHeader
        | ConfigError::NoApplicationDictionary
        | ConfigError::ApplicationDictionaries
        | ConfigError::CheckComposed => "",
        ConfigError::TestReqId => "test_req_id",
        ConfigError::Digits => "msg_seq_num_digits",
        ConfigError::HeaderTags => "header_tags",
        ConfigError::SecretTags => "secret_tags",
        ConfigError::ApplVerIds => "accept_appl_ver_ids",
        ConfigError::ZeroTimeout { name } => name,
        ConfigError::NoResendRequests => "resend_request_form",
        ConfigError::MessageLenMax => "message_len_max",
        ConfigError::FieldsMax => "fields_max",
        ConfigError::DefaultApplVerId => "default_appl_ver_id",
        ConfigError::SignLogon => "sign_logon",
        ConfigError::OfflineSends => "offline_sends",
        ConfigError::Version { setting, .. } => setting,
        ConfigError::NoResetSeqNumFlag => "reset",
        ConfigError::LogonField(_)
        | ConfigError::BadLogonField(_)
        | ConfigError::LogonFieldsTooLong => "logon_field",
    }
}

fn id_option(tag: Tag) -> &'static str {
    match tag {
        Tag::SENDER_COMP_ID => "sender_comp_id",
        Tag::TARGET_COMP_ID => "target_comp_id",
        Tag::SENDER_SUB_ID => "sender_sub_id",
        Tag::TARGET_SUB_ID => "target_sub_id",
        Tag::SENDER_LOCATION_ID => "sender_location_id",
        _ => "target_location_id",
    }
}

/// Whether nothing tells two sessions apart. Initiators dial, so that a name within the application
/// is enough, or an id that only one of them has.
pub(super) fn is_same(one: &SessionSettings, other: &SessionSettings) -> bool {
    let ids = |it: &SessionSettings| {
        let SessionOptions { sender_sub_id, target_sub_id, .. } = it.options.clone();
        let SessionOptions { sender_location_id, target_location_id, .. } = it.options.clone();
        let are_identity = it.options.sub_ids_are_identity == Some(true);
        let ids = [sender_sub_id, target_sub_id, sender_location_id, target_location_id];
        are_identity.then_some(ids)
    };
    one.options.role == other.options.role
        && one.qualifier == other.qualifier
        && one.config.has_identity_of(&other.config)
        && (one.options.role == Role::Acceptor || ids(one) == ids(other))
}

/// Whether both would write one file, which is named after BeginString and CompIDs alone.
pub(super) fn share_store(one: &SessionSettings, other: &SessionSettings) -> bool {
    let name = |it: &SessionSettings| {
        let SessionOptions { version, sender_comp_id, target_comp_id, .. } = &it.options;
        (version.begin_string(), sender_comp_id.clone(), target_comp_id.clone())
    };
    one.store.is_some() && one.store == other.store && name(one) == name(other)
}
