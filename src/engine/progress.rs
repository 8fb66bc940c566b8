//! What an advance came to.

/// Where a connection stands after [`advance`](super::Connection::advance).
///
/// Whatever it is: send what [`flushable`](super::Connection::flushable) gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a driver must know every reason to wait")]
#[must_use = "events must be taken, and the connection advanced again"]
pub enum Progress {
    /// Take every [`event`](super::Connection::event), then advance again.
    Events,
    /// Nothing is left to do before bytes come, a deadline passes or the application sends.
    Idle,
    /// The send buffer lacks room: flush, then advance again. Go on reading meanwhile.
    Full,
    /// Bytes wait for the verdict on a Logon, or for its signature.
    Verdict,
}
