//! The session layer as a pure state machine.

mod action;
mod asked;
mod builder;
mod clock;
mod composer;
mod config;
mod config_check;
mod dialect;
mod fault;
mod fields;
mod gap;
mod heartbeat;
mod identity;
mod inbound;
mod input;
mod invariants;
mod logon;
mod logon_facts;
mod logon_in_session;
mod logout;
mod notice;
mod operator;
mod outbound;
mod policy;
mod profile;
mod reason;
mod receive;
mod recovery;
mod refusal;
mod reject;
mod remedy;
mod replay;
mod reset;
mod state;
mod step;
#[cfg(test)]
mod table;
mod text;
mod timers;
mod transition;
mod validation;
mod version;

use alloc::sync::Arc;
use core::time::Duration;

pub use action::{Action, Actions, Blocked, Deadline, Keep, Sent, Timer};
pub use builder::ConfigBuilder;
pub use clock::{Instant, Now};
pub use composer::{Composer, Header, SendError};
pub use config::Config;
pub use config_check::ConfigError;
pub use fault::Fault;
pub use input::{Input, Misuse, Refusal};
pub use notice::{Dropped, NotRepeated, Notice};
pub use policy::{
    HeartBtIntAnswer, RejectTexts, ResendPolicy, ResendRequestForm, ResetPermission, ResetPolicy,
    Role, SilenceFrom, ThirdParty,
};
pub use reason::{Reason, Recovery};
pub use state::SeqNums;
pub use version::Version;

use crate::wire::SendBuffer;
use state::{Link, Phase, State};
use step::Step;

/// One FIX session: state only, driven from outside.
///
/// A *driver* owns the transport, the clocks, the buffers and the store. It feeds what happens as
/// an [`Input`] and performs the [`Actions`] that come back, in their order. Nothing is queued
/// inside: what a call produced is what it returned.
///
/// - [`handle`](Self::handle) and [`compose`](Self::compose) are the only ways to change a
///   session. Bytes to send are appended to the driver's [`SendBuffer`].
/// - [`deadline`](Self::deadline), [`seq_nums`](Self::seq_nums) and [`status`](Self::status) read.
///
/// On a wake-up feed all bytes that arrived, then [`Input::Tick`]. Time is [`Now`]: timers run on
/// the monotonic clock, SendingTime(52) is taken from and compared with the UTC clock.
///
/// A session can be thrown away at any moment and rebuilt from its configuration and what a store
/// kept of [`seq_nums`](Self::seq_nums).
///
/// ```
/// use fixline::session::{Action, Config, Input, Instant, Now, ResendPolicy, SeqNums, Session, Version};
/// use fixline::wire::{Fields, Pretty, SendBuffer, UtcTime};
///
/// let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All).build()?;
/// let mut out = SendBuffer::with_capacity(config.send_buffer_min());
/// let mut session = Session::new(config, SeqNums::FRESH);
///
/// let now = Now::new(Instant::from_millis(0), UtcTime::parse(b"20261122-09:30:00").unwrap());
/// let input = Input::Connected { logon: Fields::EMPTY };
/// for action in session.handle(input, now, &mut out)? {
///     if let Action::Send(sent) = action {
///         // A driver stores what `sent.keep` says before it acknowledges and flushes.
///         out.stored(sent.span);
///     }
/// }
/// assert_eq!(
///     Pretty(out.flushable()).to_string(),
///     "8=FIX.4.4|9=67|35=A|34=1|49=CLIENT|52=20261122-09:30:00.000|56=BROKER|98=0|108=30|10=115|"
/// );
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    config: Arc<Config>,
    state: State,
}

impl Session {
    /// A session without a connection, with the numbers that its store kept.
    pub fn new(config: impl Into<Arc<Config>>, numbers: SeqNums) -> Self {
        Self { config: config.into(), state: State::new(numbers) }
    }

    /// The highest number that a session uses (S-SEQ-12).
    pub const SEQ_NUM_MAX: u64 = inbound::SEQ_MAX;

    /// Rebuilds the session without a connection, with these numbers.
    ///
    /// Unlike a session that is made anew, this one takes no answer to a question of its former
    /// life for one of the next (INV-16).
    pub fn rebuild(&mut self, numbers: SeqNums) {
        self.state.rebuild(numbers);
    }

    /// Rebuilds the session with the numbers that its store has after it was loaded again: what
    /// was numbered before and is not in the store is lost, and told apart by
    /// [`Sent::generation`].
    pub fn reload(&mut self, numbers: SeqNums) {
        self.state.rebuild(numbers);
        self.state.generation = self.state.generation.wrapping_add(1);
    }

    /// How often the session was [reloaded](Self::reload).
    pub const fn generation(&self) -> u32 {
        self.state.generation
    }

    /// HeartBtInt(108) of the connection; `None` without one, and where it is 0.
    pub fn heart_bt_int(&self) -> Option<Duration> {
        let secs = self.state.up()?.heart_bt_int_secs;
        (secs > 0).then(|| Duration::from_secs(secs.into()))
    }

    /// Handles one input and says what to do about it.
    ///
    /// # Errors
    ///
    /// [`Misuse`] when the driver broke the contract; nothing changed. No input of the peer can
    /// be an error.
    #[inline]
    pub fn handle<'b>(
        &mut self,
        input: Input<'b>,
        now: Now,
        out: &mut SendBuffer,
    ) -> Result<Actions<'b>, Misuse> {
        // A batch is too large to be moved about: it is made where the caller reads it.
        let mut handled = Ok(Actions::new());
        if let Ok(actions) = &mut handled
            && let Err(misuse) = self.step(input, now, out, actions)
        {
            handled = Err(misuse);
        }
        handled
    }

    fn step<'b>(
        &mut self,
        input: Input<'b>,
        now: Now,
        out: &mut SendBuffer,
        actions: &mut Actions<'b>,
    ) -> Result<(), Misuse> {
        let before = self.state.now;
        let now = before.then(now);
        self.state.now = now;
        let ticked = matches!(input, Input::Tick);
        let mut step = Step::new(&self.config, &mut self.state, now, out, actions);
        let performed = step.perform(input);
        match performed {
            Ok(()) => step.finish(ticked),
            Err(_) => self.state.now = before,
        }
        performed
    }

    /// Starts an application message in `out`.
    ///
    /// # Errors
    ///
    /// [`SendError`] when the session cannot send now, or the header is not one that a caller may
    /// write; nothing changed.
    pub fn compose<'a>(
        &'a mut self,
        header: &Header<'_>,
        now: Now,
        out: &'a mut SendBuffer,
    ) -> Result<Composer<'a>, SendError> {
        composer::compose(&self.config, &mut self.state, header, now, out)
    }

    /// When to feed [`Input::Tick`], and which timer makes it so.
    pub fn deadline(&self) -> Option<Deadline> {
        timers::deadline(&self.config, &self.state)
    }

    /// The numbers, for the store. Saving the incoming one late is always safe.
    pub const fn seq_nums(&self) -> SeqNums {
        self.state.nums
    }

    /// Where the session stands.
    pub fn status(&self) -> Status {
        Status::of(&self.state.link)
    }

    /// The configuration.
    pub const fn config(&self) -> &Arc<Config> {
        &self.config
    }
}

impl<'b> Step<'_, 'b> {
    /// Each input has its file.
    fn perform(&mut self, input: Input<'b>) -> Result<(), Misuse> {
        match input {
            Input::Connected { logon } => return self.connected(logon),
            Input::Bytes(bytes) => return self.receive(bytes),
            Input::Tick => self.tick(),
            Input::Behind { since } => self.behind(since),
            Input::Closed => return self.closed(),
            Input::Accept { attempt, logon } => return self.accept(attempt, logon),
            Input::Refuse { attempt, refusal } => return self.refuse(attempt, refusal),
            Input::Signed { attempt, logon } => return self.signed(attempt, logon),
            Input::Stored { id, seq, message } => return self.stored(id, seq, message),
            Input::StoreEnd { id } => return self.store_end(id),
            Input::Held { seq, message } => return self.held(seq, message),
            Input::Reject { to, reason, tag, text } => return self.reject(to, reason, tag, text),
            Input::Logout { text } => return self.logout(text),
            Input::TestRequest => return self.ask_for_heartbeat(),
            Input::ResetSeqNums => return self.reset_in_session(),
            Input::SequenceReset { new } => return self.raise_next_out(new),
            Input::ResendRequest { from, to } => return self.ask_for(from, to),
            Input::Disconnect => return self.disconnect_now(),
        }
        Ok(())
    }
}

/// Where a session stands, for people and for decisions of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// No transport.
    Disconnected,
    /// The transport is up, the Logons are not exchanged.
    LoggingOn,
    /// Messages flow.
    LoggedOn {
        /// Messages of the peer are missing.
        recovering: bool,
        /// Old messages are being sent again; composing has to wait.
        replaying: bool,
    },
    /// The numbers are being reset in session.
    Resetting,
    /// A Logout is under way.
    LoggingOut,
    /// The transport is to be closed.
    Ended(Reason),
}

impl Status {
    fn of(link: &Link) -> Self {
        match link {
            Link::Down => Self::Disconnected,
            Link::AwaitingLogon { .. }
            | Link::Deciding { .. }
            | Link::Signing { .. }
            | Link::LogonSent { .. } => Self::LoggingOn,
            Link::Ended(reason) => Self::Ended(*reason),
            Link::Up(up) => match up.phase {
                Phase::Active => {
                    Self::LoggedOn { recovering: up.gap.is_open(), replaying: up.replay.is_some() }
                }
                Phase::ResetProbe { .. } | Phase::ResetSent { .. } => Self::Resetting,
                Phase::LogoutDue { .. }
                | Phase::LogoutSent { .. }
                | Phase::LogoutReceived { .. }
                | Phase::LogoutAcked { .. }
                | Phase::Failing { .. } => Self::LoggingOut,
            },
        }
    }
}
