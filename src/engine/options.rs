//! How much memory a connection may use.

use crate::session::Config;

/// The sizes of a connection's buffers. Whatever the peer sends, a connection holds no more.
///
/// ```
/// use fixline::engine::ConnectionOptions;
///
/// let options = ConnectionOptions::new().held_messages(1_000).outbox_bytes(64 << 10);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionOptions {
    receive_bytes: Option<usize>,
    send_bytes: Option<usize>,
    held_messages: usize,
    held_bytes: usize,
    outbox_bytes: usize,
    unhandled_max: usize,
    acknowledge: Acknowledge,
}

/// When a delivered message counts as handled, so that the store may forget that it has to be
/// delivered again after a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "by itself, or by the application")]
pub enum Acknowledge {
    /// When the application asks for the next [`event`](super::Connection::event): it handles each
    /// message while it holds it.
    #[default]
    OnNextEvent,
    /// With [`handled`](super::Connection::handled): messages are handled elsewhere, later.
    Explicitly,
}

impl ConnectionOptions {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            receive_bytes: None,
            send_bytes: None,
            held_messages: 10_000,
            held_bytes: 4 << 20,
            outbox_bytes: 256 << 10,
            unhandled_max: 1 << 16,
            acknowledge: Acknowledge::OnNextEvent,
        }
    }

    /// Bytes received and not handled; at least one message. Default two of the longest messages.
    #[must_use]
    pub const fn receive_bytes(mut self, bytes: usize) -> Self {
        self.receive_bytes = Some(bytes);
        self
    }

    /// Bytes composed and not sent; at least [`Config::send_buffer_min`]. Default 256 KiB, or the
    /// least that is allowed if that is more. Takes twice the memory.
    #[must_use]
    pub const fn send_bytes(mut self, bytes: usize) -> Self {
        self.send_bytes = Some(bytes);
        self
    }

    /// Messages held because they came ahead of a gap; 0 holds none. Default 10,000.
    #[must_use]
    pub const fn held_messages(mut self, messages: usize) -> Self {
        self.held_messages = messages;
        self
    }

    /// Bytes of the held messages. Default 4 MiB.
    #[must_use]
    pub const fn held_bytes(mut self, bytes: usize) -> Self {
        self.held_bytes = bytes;
        self
    }

    /// Bytes of the messages that wait for their number while old ones are sent again, or for
    /// room; 0 refuses them. Default 256 KiB.
    #[must_use]
    pub const fn outbox_bytes(mut self, bytes: usize) -> Self {
        self.outbox_bytes = bytes;
        self
    }

    /// How many numbers may lie between the oldest message that is not handled and the next one
    /// that is lent; at least 1. Nothing more is read when they do. Default 65,536.
    #[must_use]
    pub const fn unhandled_max(mut self, numbers: usize) -> Self {
        self.unhandled_max = numbers;
        self
    }

    /// When a delivered message counts as handled. Default when the next event is asked for.
    #[must_use]
    pub const fn acknowledge(mut self, acknowledge: Acknowledge) -> Self {
        self.acknowledge = acknowledge;
        self
    }

    /// Checks the sizes against a session's configuration.
    pub(super) fn check(self, config: &Config) -> Result<Sizes, OptionsError> {
        let message_len_max = config.message_len_max();
        let receive = self.receive_bytes.unwrap_or_else(|| message_len_max.saturating_mul(2));
        if receive < message_len_max {
            return Err(OptionsError::ReceiveBytes { bytes: receive, needed: message_len_max });
        }
        let needed = config.send_buffer_min();
        let send = self.send_bytes.unwrap_or_else(|| needed.max(256 << 10));
        if send < needed {
            return Err(OptionsError::SendBytes { bytes: send, needed });
        }
        Ok(Sizes {
            receive,
            send,
            held_messages: self.held_messages,
            held: self.held_bytes,
            outbox: self.outbox_bytes,
            unhandled_max: self.unhandled_max,
            acknowledge: self.acknowledge,
        })
    }
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Options that fit the session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) receive: usize,
    pub(super) send: usize,
    pub(super) held_messages: usize,
    pub(super) held: usize,
    pub(super) outbox: usize,
    pub(super) unhandled_max: usize,
    pub(super) acknowledge: Acknowledge,
}

/// A buffer that is too small for the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// The longest message would never be complete.
    #[error(
        "receive_bytes is {bytes} and must be at least the session's message_len_max, {needed}"
    )]
    ReceiveBytes {
        /// What was asked for.
        bytes: usize,
        /// The least.
        needed: usize,
    },
    /// A step of the session could need more.
    #[error("send_bytes is {bytes} and must be at least the session's send_buffer_min, {needed}")]
    SendBytes {
        /// What was asked for.
        bytes: usize,
        /// The least.
        needed: usize,
    },
}
