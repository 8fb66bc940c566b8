//! Where a new connection waits until it has said who it is.

use core::fmt;
use core::time::Duration;

use crate::session::{Config, Instant};
use crate::wire::{
    Fields, Framed, Garbled, Leniency, MsgKind, ReceiveBuffer, next_frame, scan_leniently,
};

/// The most bytes of a first message (INV-17, threat T1).
const BYTES_MAX: usize = 4096;

/// The most fields of a first message.
const FIELDS_MAX: usize = 256;

/// A connection before its first complete Logon: 4 KiB and a deadline that no byte moves, and
/// nothing else.
///
/// Pure: feed bytes with [`spare`](Self::spare) and [`filled`](Self::filled), then ask
/// [`look`](Self::look). Once an identity is known, find its session, check with
/// [`Identity::is_for`], and hand [`bytes`](Self::bytes) on to it. Whoever is not known is closed
/// without a byte (S-LOGON-19).
pub struct Lobby {
    received: ReceiveBuffer,
    deadline: Instant,
}

/// What is known about a connection.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a new connection waits, goes in or goes away")]
pub enum Look<'a> {
    /// More bytes are needed, before the deadline.
    NeedMore,
    /// A complete Logon: this is who it says it is.
    Identity(Identity<'a>),
    /// Close it without a byte.
    Close(Stranger),
}

/// Who a first Logon is from and for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity<'a> {
    /// BeginString(8).
    pub begin_string: &'a [u8],
    /// SenderCompID(49): the peer.
    pub sender: &'a [u8],
    /// TargetCompID(56): us.
    pub target: &'a [u8],
    /// The whole header.
    pub header: Fields<'a>,
}

/// Why a connection is closed before it has said who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Stranger {
    /// No complete Logon in time (S-LOGON-26).
    #[error("no Logon in time")]
    Late,
    /// The first bytes are no FIX (S-LOGON-25).
    #[error("the first message is garbled: {0}")]
    Garbled(Garbled),
    /// The first bytes do not begin a message.
    #[error("the first bytes do not begin a message")]
    Noise,
    /// The first message is longer than 4 KiB.
    #[error("the first message is too long")]
    TooLong,
    /// The first message is not a Logon (S-LOGON-23).
    #[error("the first message is not a Logon")]
    NotLogon,
    /// The Logon does not name both sides.
    #[error("the Logon does not say who it is from and for")]
    Nameless,
}

impl Lobby {
    /// A connection that was accepted at `now` and has so long for its Logon.
    #[must_use]
    pub fn new(now: Instant, timeout: Duration) -> Self {
        Self { received: ReceiveBuffer::with_capacity(BYTES_MAX), deadline: now.after(timeout) }
    }

    /// When the wait is over; hand it on to the session's own logon timer.
    #[must_use]
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Room for bytes.
    pub fn spare(&mut self) -> &mut [u8] {
        self.received.spare()
    }

    /// So many bytes were put into [`spare`](Self::spare).
    pub fn filled(&mut self, count: usize) {
        self.received.filled(count);
    }

    /// Everything received so far, for the session that it turns out to be for.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.received.readable()
    }

    /// What is known at `now`.
    #[must_use]
    pub fn look(&self, now: Instant) -> Look<'_> {
        let frame = match next_frame(self.received.readable(), BYTES_MAX) {
            Framed::Frame(frame) => frame,
            Framed::NeedMore(_) if now >= self.deadline => return Look::Close(Stranger::Late),
            Framed::NeedMore(_) => return Look::NeedMore,
            Framed::Noise { .. } => return Look::Close(Stranger::Noise),
            Framed::Garbled { reason, .. } => return Look::Close(Stranger::Garbled(reason)),
            Framed::TooLong { .. } => return Look::Close(Stranger::TooLong),
        };
        // The session looks again, as strictly as was agreed.
        let leniency = Leniency { raw_data_without_length: true, ..Leniency::default() };
        let scan = match scan_leniently(frame, FIELDS_MAX, leniency) {
            Ok(scan) => scan,
            Err(reason) => return Look::Close(Stranger::Garbled(reason)),
        };
        if scan.message.kind() != MsgKind::Logon {
            return Look::Close(Stranger::NotLogon);
        }
        match (scan.sender, scan.target) {
            (Some(sender @ [_, ..]), Some(target @ [_, ..])) if !scan.displaced => {
                let begin_string = scan.message.begin_string();
                Look::Identity(Identity {
                    begin_string,
                    sender,
                    target,
                    header: scan.message.header(),
                })
            }
            _ => Look::Close(Stranger::Nameless),
        }
    }
}

impl Identity<'_> {
    /// Whether the Logon is for the session of this configuration (S-ID-01, S-ID-05).
    #[must_use]
    pub fn is_for(&self, config: &Config) -> bool {
        self.begin_string == config.version().begin_string().as_bytes()
            && self.sender == config.target_comp_id().as_bytes()
            && self.target == config.sender_comp_id().as_bytes()
            && config.has_sub_ids_of(self.header)
    }
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [begin_string, sender, target] =
            [self.begin_string, self.sender, self.target].map(crate::wire::Pretty);
        write!(f, "{begin_string}:{sender}->{target}")
    }
}

impl fmt::Debug for Lobby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes may hold a password.
        f.debug_struct("Lobby").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{ResendPolicy, Version};
    use crate::wire::from_text;

    const LOGON: &str = "8=FIX.4.4|35=A|34=1|49=CLIENT|52=20261122-09:30:00|56=BROKER|98=0|108=30|";

    fn lobby(bytes: &[u8]) -> Lobby {
        let mut lobby = Lobby::new(Instant::from_millis(0), Duration::from_secs(10));
        let spare = lobby.spare();
        let count = spare.len().min(bytes.len());
        spare[..count].copy_from_slice(&bytes[..count]);
        lobby.filled(count);
        lobby
    }

    fn closed(lobby: &Lobby, millis: u64) -> Option<Stranger> {
        match lobby.look(Instant::from_millis(millis)) {
            Look::Close(stranger) => Some(stranger),
            Look::NeedMore | Look::Identity(_) => None,
        }
    }

    #[test]
    fn a_complete_logon_says_who_it_is_from_and_for() {
        let lobby = lobby(&from_text(LOGON));
        let Look::Identity(identity) = lobby.look(Instant::from_millis(0)) else {
            panic!("a Logon");
        };
        let config = |us, peer| {
            Config::acceptor(Version::Fix44, us, peer, ResendPolicy::All).build().expect("valid")
        };
        assert!(identity.is_for(&config("BROKER", "CLIENT")));
        assert!(!identity.is_for(&config("CLIENT", "BROKER")));
    }

    #[test]
    fn bytes_that_drip_do_not_move_the_deadline() {
        let bytes = from_text(LOGON);
        let lobby = lobby(&bytes[..bytes.len() - 1]);
        assert_eq!(closed(&lobby, 9_999), None);
        assert_eq!(closed(&lobby, 10_000), Some(Stranger::Late));
    }

    #[test]
    fn what_is_no_logon_is_closed() {
        assert_eq!(closed(&lobby(b"GET / HTTP/1.1\r\n"), 0), Some(Stranger::Noise));
        let heartbeat = from_text("8=FIX.4.4|35=0|34=1|49=A|52=20261122-09:30:00|56=B|");
        assert_eq!(closed(&lobby(&heartbeat), 0), Some(Stranger::NotLogon));
        let nameless = from_text("8=FIX.4.4|35=A|34=1|52=20261122-09:30:00|56=B|98=0|108=30|");
        assert_eq!(closed(&lobby(&nameless), 0), Some(Stranger::Nameless));
        let garbled = b"8=FIX.4.4\x019=5\x0135=A\x0110=000\x01";
        assert!(matches!(closed(&lobby(garbled), 0), Some(Stranger::Garbled(_))));
    }

    #[test]
    fn a_long_first_message_is_not_waited_for() {
        let endless = b"8=FIX.4.4\x019=999999\x0135=A\x01";
        assert_eq!(closed(&lobby(endless), 0), Some(Stranger::TooLong));
    }
}
