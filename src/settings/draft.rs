//! What the keys of a section have said so far.

use alloc::collections::BTreeMap;
use alloc::string::String;
use std::path::PathBuf;

use super::session_options::SessionOptions;
use super::session_settings::{ApplicationKeys, DictionarySettings};
use super::units::{Resend, Reset};
use crate::session::{Role, Version};
use crate::wire::Precision;

/// One session, half read.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// What relative paths start from.
    pub(super) folder: PathBuf,
    /// Its identity is a placeholder until all keys are read.
    pub(super) options: SessionOptions,
    pub(super) role: Option<Role>,
    pub(super) version: Option<Version>,
    pub(super) is_fixt: bool,
    /// The code of DefaultApplVerID(1137).
    pub(super) appl_ver_id: Option<String>,
    pub(super) sender_comp_id: Option<String>,
    pub(super) target_comp_id: Option<String>,
    pub(super) qualifier: Option<String>,
    pub(super) description: Option<String>,
    /// NonStopSession: it has no hours.
    pub(super) non_stop: bool,
    pub(super) chunk: Option<u32>,
    /// What TimeStampPrecision says.
    pub(super) precision: Option<Precision>,
    /// What MillisecondsInTimestamp says.
    pub(super) millis: Option<Precision>,
    pub(super) check_latency: Option<bool>,
    /// Seconds.
    pub(super) max_latency: Option<u32>,
    pub(super) dictionaries: DictionarySettings,
    pub(super) store: Option<PathBuf>,
    pub(super) application: ApplicationKeys,
    /// By the number behind the key, 0 without one.
    pub(super) hosts: BTreeMap<u32, Host>,
    /// Seconds.
    pub(super) connect_timeout: Option<u32>,
    /// Seconds.
    pub(super) reconnect_interval: Option<u32>,
    /// Whether the value that is read does not stand in the file as it is.
    pub(super) from_elsewhere: bool,
    /// Seconds: what it grows to.
    pub(super) reconnect_longest: Option<u32>,
    pub(super) accept_host: Option<String>,
    pub(super) accept_port: Option<u16>,
}

/// One host of an initiator.
#[derive(Clone, Debug, Default)]
pub(super) struct Host {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
}

impl Draft {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            options: SessionOptions::new(Role::Initiator, Version::Fix44, "", "", Resend::All),
            role: None,
            version: None,
            is_fixt: false,
            appl_ver_id: None,
            sender_comp_id: None,
            target_comp_id: None,
            qualifier: None,
            description: None,
            non_stop: false,
            chunk: None,
            precision: None,
            millis: None,
            check_latency: None,
            max_latency: None,
            dictionaries: DictionarySettings::default(),
            store: None,
            application: ApplicationKeys::default(),
            hosts: BTreeMap::new(),
            connect_timeout: None,
            reconnect_interval: None,
            from_elsewhere: false,
            reconnect_longest: None,
            accept_host: None,
            accept_port: None,
        }
    }

    /// The host with this number behind its key.
    pub(super) fn host(&mut self, number: &str) -> &mut Host {
        let number = if number.is_empty() { 0 } else { number.parse().unwrap_or(u32::MAX) };
        self.hosts.entry(number).or_default()
    }

    pub(super) fn reset(&mut self, at: Reset, yes: bool) {
        let occasions = self.options.reset.get_or_insert_default();
        occasions.retain(|other| *other != at);
        if yes {
            occasions.push(at);
        }
    }
}
