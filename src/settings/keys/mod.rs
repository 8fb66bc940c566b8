//! The keys of the QuickFIX family, by group.
//!
//! Each group is one file. A key is in exactly one of them, and a test compares `docs/SETTINGS.md`
//! with what stands here.

mod elsewhere;
mod network;
mod own;
mod recovery;
mod session;
mod validation;

use super::key::{Key, secret};

/// Every key that an engine of the family has, and those that are ours.
pub(super) const GROUPS: &[(&str, &[Key])] = &[
    ("Identity", session::IDENTITY),
    ("Schedule", session::SCHEDULE),
    ("Heartbeats and timeouts", session::TIMERS),
    ("Numbers, resets and recovery", recovery::NUMBERS),
    ("Logon, times and faults", recovery::MESSAGES),
    ("Dictionaries and validation", validation::KEYS),
    ("Initiators", network::INITIATORS),
    ("Acceptors", network::ACCEPTORS),
    ("Sockets", network::SOCKETS),
    ("TLS", elsewhere::TLS),
    ("Proxies", elsewhere::PROXIES),
    ("Stores", elsewhere::STORES),
    ("Logs", elsewhere::LOGS),
    ("Fixline's own", own::KEYS),
];

/// A key that is the application's own; what stands for `<n>` is its name as the application gave
/// it, or nothing where it did not.
pub(super) static APPLICATION: Key =
    secret("<own>", "", "application", "anything", |draft, name, value| {
        draft.application.insert(name, value);
        Ok(())
    });

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_key_stands_once() {
        let keys = GROUPS.iter().flat_map(|(_, keys)| keys.iter());
        let mut names: Vec<_> = keys.flat_map(Key::names).map(str::to_ascii_lowercase).collect();
        names.sort();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert!(names.iter().all(|name| !name.is_empty()));
    }
}
