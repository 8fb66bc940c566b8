//! Ending a transport in order, and within bounds.

use core::time::Duration;

use crate::session::Instant;

/// How far the end of a transport is: what was written is flushed, then the transport says
/// goodbye (a TLS close_notify, a FIN), then it is closed.
///
/// Neither step waits for longer than its patience, and neither begins again. Pure: the adapter
/// does what [`step`](Self::step) says, and says when it is done.
///
/// ```
/// use core::time::Duration;
/// use fixline::engine::{Closing, ClosingStep};
/// use fixline::session::Instant;
///
/// let now = Instant::from_millis(0);
/// let mut closing = Closing::new(Duration::from_secs(2));
/// assert_eq!(closing.step(now), ClosingStep::Open);
/// closing.begin(now);
/// assert_eq!(closing.step(now), ClosingStep::Flush);
/// closing.flushed(now);
/// assert_eq!(closing.step(now), ClosingStep::ShutDown);
/// closing.shut_down();
/// assert_eq!(closing.step(now), ClosingStep::Closed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Closing {
    patience: Duration,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    Open,
    Flushing { until: Instant },
    ShuttingDown { until: Instant },
    Closed,
}

/// What is to be done to end a transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a transport must not be left half closed"]
#[expect(clippy::exhaustive_enums, reason = "an adapter must do each")]
pub enum ClosingStep {
    /// Nothing: it goes on.
    Open,
    /// Write and flush what there is; nothing further is read or composed.
    Flush,
    /// Shut it down.
    ShutDown,
    /// Drop it.
    Closed,
}

impl Closing {
    /// An open transport, each of whose last steps may take so long.
    #[must_use]
    pub const fn new(patience: Duration) -> Self {
        Self { patience, state: State::Open }
    }

    /// The connection is over. Harmless twice.
    pub fn begin(&mut self, now: Instant) {
        if self.state == State::Open {
            self.state = State::Flushing { until: now.after(self.patience) };
        }
    }

    /// Everything that was written is flushed.
    pub fn flushed(&mut self, now: Instant) {
        if let State::Flushing { .. } = self.state {
            self.state = State::ShuttingDown { until: now.after(self.patience) };
        }
    }

    /// The transport has said goodbye.
    pub const fn shut_down(&mut self) {
        if let State::ShuttingDown { .. } = self.state {
            self.state = State::Closed;
        }
    }

    /// The transport broke: nothing more can be flushed or said.
    pub const fn broke(&mut self) {
        self.state = State::Closed;
    }

    /// What is to be done at `now`. A flush that takes too long is given up together with the
    /// goodbye that it is in the way of.
    pub fn step(&mut self, now: Instant) -> ClosingStep {
        if self.deadline().is_some_and(|until| now >= until) {
            self.state = State::Closed;
        }
        match self.state {
            State::Open => ClosingStep::Open,
            State::Flushing { .. } => ClosingStep::Flush,
            State::ShuttingDown { .. } => ClosingStep::ShutDown,
            State::Closed => ClosingStep::Closed,
        }
    }

    /// When to ask for the next [`step`](Self::step) at the latest.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Flushing { until } | State::ShuttingDown { until } => Some(until),
            State::Open | State::Closed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    // EDGE-17: before, nothing was flushed and nobody said goodbye.
    #[test]
    fn edge_17_what_was_written_is_flushed_then_goodbye_is_said() {
        let mut closing = Closing::new(Duration::from_secs(2));
        closing.flushed(at(0));
        closing.shut_down();
        assert_eq!((closing.step(at(9_999)), closing.deadline()), (ClosingStep::Open, None));
        closing.begin(at(10_000));
        assert_eq!(
            (closing.step(at(10_000)), closing.deadline()),
            (ClosingStep::Flush, Some(at(12_000)))
        );
        closing.begin(at(11_000));
        closing.shut_down();
        assert_eq!(closing.step(at(11_999)), ClosingStep::Flush);
        closing.flushed(at(11_999));
        assert_eq!(closing.deadline(), Some(at(13_999)));
        closing.begin(at(12_000));
        closing.flushed(at(12_500));
        assert_eq!(closing.step(at(13_998)), ClosingStep::ShutDown);
        closing.shut_down();
        assert_eq!((closing.step(at(13_998)), closing.deadline()), (ClosingStep::Closed, None));
        closing.begin(at(14_000));
        closing.flushed(at(14_000));
        assert_eq!(closing.step(at(14_000)), ClosingStep::Closed);
    }

    // EDGE-17
    #[test]
    fn edge_17_neither_step_is_waited_for_for_ever() {
        let mut closing = Closing::new(Duration::from_secs(2));
        closing.begin(at(0));
        assert_eq!(closing.step(at(1_999)), ClosingStep::Flush);
        assert_eq!(closing.step(at(2_000)), ClosingStep::Closed);
        closing.flushed(at(2_000));
        assert_eq!(closing.step(at(2_000)), ClosingStep::Closed);
        let mut closing = Closing::new(Duration::from_secs(2));
        closing.begin(at(0));
        closing.flushed(at(1_000));
        assert_eq!(closing.step(at(2_999)), ClosingStep::ShutDown);
        assert_eq!(closing.step(at(3_000)), ClosingStep::Closed);
    }

    #[test]
    fn a_transport_that_broke_is_closed() {
        let mut closing = Closing::new(Duration::from_secs(2));
        closing.broke();
        assert_eq!(closing.step(at(0)), ClosingStep::Closed);
        let mut closing = Closing::new(Duration::ZERO);
        closing.begin(at(0));
        assert_eq!(closing.step(at(0)), ClosingStep::Closed);
    }
}
