//! A line proves that there is somebody at its other end (INV-13).

use core::time::Duration;

use super::connection::Connection;
use super::delivery::RequestError;
use super::store::Store;
use crate::session::{Input, Instant, Now};

/// How far the proof of a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a proof is asked for, and given or not")]
pub enum Proof {
    /// Nobody asked for one.
    #[default]
    NotAsked,
    /// A TestRequest is out, and no byte came since.
    Waiting {
        /// When the line counts as stale.
        until: Instant,
    },
    /// A byte came, or bytes wait unread because the application is behind.
    Alive,
    /// Nothing came in time.
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
        if matches!(self.proof, Proof::Waiting { .. }) {
            return Ok(());
        }
        self.core.request(Input::TestRequest, now)?;
        self.proof = Proof::Waiting { until: now.monotonic.after(patience) };
        Ok(())
    }

    /// How far the proof is that was asked for last.
    pub fn proof(&self, now: Now) -> Proof {
        match self.proof {
            Proof::Waiting { .. } if self.is_behind() => Proof::Alive,
            Proof::Waiting { until } if now.monotonic >= until => Proof::Stale,
            proof => proof,
        }
    }

    /// Bytes came.
    pub(super) fn proved(&mut self) {
        if matches!(self.proof, Proof::Waiting { .. }) {
            self.proof = Proof::Alive;
        }
    }
}
