//! A line proves that there is somebody at its other end (INV-13).

use core::time::Duration;

use super::accepting::Proof;
use super::connection::Connection;
use super::delivery::RequestError;
use super::store::Store;
use crate::session::{Input, Instant, Now, Reason};

/// How far the proof of a connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Proving {
    /// Nobody asked for one.
    #[default]
    No,
    /// A TestRequest is out, and no byte came since.
    Until(Instant),
    /// A byte came.
    Alive,
    /// Nothing came in time, and nothing since.
    Stale,
}

impl<S: Store> Connection<S> {
    /// Makes the peer prove that it is there: sends a TestRequest, to which any byte within
    /// `patience` is an answer; see [`proof`](Self::proof). A proof that is under way goes on.
    ///
    /// # Errors
    ///
    /// The session is not logged on, or engaged otherwise.
    pub fn prove(&mut self, now: Now, patience: Duration) -> Result<(), RequestError> {
        if matches!(self.proving, Proving::Until(_)) {
            return Ok(());
        }
        self.core.request(Input::TestRequest, now)?;
        self.proving = Proving::Until(now.monotonic.after(patience));
        Ok(())
    }

    /// Whether a proof was asked for, and nobody has asked yet what became of it.
    pub const fn is_proving(&self) -> bool {
        !matches!(self.proving, Proving::No)
    }

    /// What became of the proof that was asked for; `None` when none was, or it is under way.
    pub fn proof(&self, now: Now) -> Option<Proof> {
        match self.proving {
            Proving::No => None,
            Proving::Alive => Some(Proof::Alive),
            Proving::Stale => Some(Proof::Stale),
            Proving::Until(_) if self.is_behind() => Some(Proof::Behind),
            Proving::Until(until) => (now.monotonic >= until).then_some(Proof::Stale),
        }
    }

    /// The same, once: it is not asked for any more.
    pub fn take_proof(&mut self, now: Now) -> Option<Proof> {
        let proof = self.proof(now)?;
        self.proving = Proving::No;
        Some(proof)
    }

    /// The peer is back on another connection, and this one did not prove itself: it ends without
    /// a word, of which nobody would read anything.
    pub fn replace(&mut self, now: Now) {
        if !self.has_ended() && !self.core.is_down() {
            self.core.end(Reason::Replaced, now);
        }
    }

    /// Bytes came.
    pub(super) fn proved(&mut self) {
        if matches!(self.proving, Proving::Until(_) | Proving::Stale) {
            self.proving = Proving::Alive;
        }
    }

    /// Nothing came in time: that is over, and nobody need be woken for it any more.
    pub(super) fn note_stale_proof(&mut self, now: Now) {
        if self.proof(now) == Some(Proof::Stale) {
            self.proving = Proving::Stale;
        }
    }
}
