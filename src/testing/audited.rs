//! A session that watches its driver.

#![expect(clippy::wildcard_enum_match_arm, reason = "each part looks at what concerns it")]

use alloc::collections::BTreeMap;
use alloc::string::ToString as _;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use super::forgotten::Forgotten;
use crate::session::{
    Action, Actions, Composer, Config, Deadline, Header, Input, Instant, Misuse, Now, SendError,
    SeqNums, Session, Status,
};
use crate::wire::{SendBuffer, SeqNum, Span};

/// For how long a duty may wait that has no deadline of its own.
const PATIENCE: Duration = Duration::from_secs(10);

/// How late a Tick may be.
const TICK_PATIENCE: Duration = Duration::from_secs(1);

/// A [`Session`] that watches whether its driver does every duty.
///
/// Put it in the place of the session in the tests of a driver of yours: it has the same calls, does
/// the same, and notes each duty that was [forgotten](Self::forgotten) or done wrongly, by name.
/// Call [`finish`](Self::finish) at the end, when nothing should be left to do.
///
/// ```
/// use fixline::session::{Config, Input, Instant, Now, ResendPolicy, SeqNums, Version};
/// use fixline::testing::{Audited, Forgotten};
/// use fixline::wire::{Fields, SendBuffer, UtcTime};
///
/// let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All).build()?;
/// let mut out = SendBuffer::with_capacity(config.send_buffer_min());
/// let mut session = Audited::new(config, SeqNums::FRESH);
/// let at = |seconds: u64| Now::new(Instant::from_millis(1000 * seconds), UtcTime::EPOCH);
/// // This driver never says that its Logon is durable, so that it never leaves.
/// drop(session.handle(Input::Connected { logon: Fields::EMPTY }, at(0), &mut out)?);
/// let forgotten = session.finish(at(1), &out);
/// assert!(matches!(forgotten[0], Forgotten::Stored { .. }), "{}", forgotten[0]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Audited {
    session: Session,
    forgotten: Vec<Forgotten>,
    /// What bars the way out, by the place in the stream from which it does.
    bars: BTreeMap<u64, Bar>,
    /// The place at which the way out is barred, and since when.
    barred: Option<(u64, Instant)>,
    /// Where something was composed offline: what is to be taken back from the send buffer.
    discards: Vec<(Span, SeqNum)>,
    fetch: Option<Fetch>,
    verdict: Option<u32>,
    signature: Option<u32>,
    recalled: Option<SeqNum>,
    held: BTreeMap<SeqNum, Vec<u8>>,
    /// What was not consumed of the bytes that were fed last.
    rest: Vec<u8>,
    /// The first bytes of a connection follow; those of the one before must not.
    opening: bool,
    /// A deadline that passed without a Tick, and when that was seen.
    overdue: Option<(Instant, Instant)>,
}

#[derive(Clone, Copy, Debug)]
enum Bar {
    Stored(SeqNum),
    Reset(u32),
}

#[derive(Clone, Copy, Debug)]
struct Fetch {
    id: u32,
    next: SeqNum,
    to: SeqNum,
}

/// What there is to say about an input before the session has handled it.
struct Before {
    end: u64,
    due: Option<Instant>,
}

impl Audited {
    /// Watches the driver of a session that is made anew.
    pub fn new(config: impl Into<Arc<Config>>, numbers: SeqNums) -> Self {
        Self {
            session: Session::new(config, numbers),
            forgotten: Vec::new(),
            bars: BTreeMap::new(),
            barred: None,
            discards: Vec::new(),
            fetch: None,
            verdict: None,
            signature: None,
            recalled: None,
            held: BTreeMap::new(),
            rest: Vec::new(),
            opening: false,
            overdue: None,
        }
    }

    /// [`Session::handle`], watched.
    ///
    /// # Errors
    ///
    /// Those of the session.
    pub fn handle<'b>(
        &mut self,
        input: Input<'b>,
        now: Now,
        out: &mut SendBuffer,
    ) -> Result<Actions<'b>, Misuse> {
        let before = Before { end: out.end(), due: self.session.deadline().map(|it| it.at) };
        self.look_at_time(&input, before.due, now);
        self.look_at_buffer(out, now);
        self.look_at_input(&input, out);
        let handled = self.session.handle(input, now, out);
        match &handled {
            Ok(actions) => self.note(&input, actions, before.end),
            Err(misuse) => self.forgotten.push(Forgotten::Misuse { what: misuse.to_string() }),
        }
        handled
    }

    /// [`Session::compose`], watched.
    ///
    /// # Errors
    ///
    /// Those of the session.
    pub fn compose<'a>(
        &'a mut self,
        header: &Header<'_>,
        now: Now,
        out: &'a mut SendBuffer,
    ) -> Result<Composer<'a>, SendError> {
        self.look_at_buffer(out, now);
        // Where it is finished, that is its place and its number.
        let (end, seq) = (out.end(), self.session.seq_nums().next_out);
        self.bars.insert(end, Bar::Stored(seq));
        if matches!(self.session.status(), Status::Disconnected | Status::Ended(_)) {
            self.discards.push((Span::new(end, 1), seq));
        }
        self.session.compose(header, now, out)
    }

    /// [`Session::deadline`].
    pub fn deadline(&self) -> Option<Deadline> {
        self.session.deadline()
    }

    /// [`Session::seq_nums`].
    pub const fn seq_nums(&self) -> SeqNums {
        self.session.seq_nums()
    }

    /// [`Session::status`].
    pub fn status(&self) -> Status {
        self.session.status()
    }

    /// [`Session::config`].
    pub const fn config(&self) -> &Arc<Config> {
        self.session.config()
    }

    /// The session itself.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The duties that were forgotten or done wrongly so far, in the order in which that was seen.
    pub fn forgotten(&self) -> &[Forgotten] {
        &self.forgotten
    }

    /// As [`forgotten`](Self::forgotten), with all that is left to be done now: for the end of a
    /// test.
    pub fn finish(&mut self, now: Now, out: &SendBuffer) -> &[Forgotten] {
        self.barred = barred_at(out).map(|at| (at, Instant::from_nanos(0)));
        self.look_at_buffer(out, Now { monotonic: now.monotonic.after(PATIENCE), ..now });
        self.look_at_discards(out);
        if let Some(due) = self.session.deadline().filter(|due| due.at <= now.monotonic) {
            self.forgotten.push(Forgotten::Tick { late: now.monotonic.since(due.at) });
        }
        if matches!(self.session.status(), Status::Ended(_)) {
            self.forgotten.push(Forgotten::Closed);
        }
        self.look_at_questions();
        if let Some(seq) = self.recalled.take() {
            self.forgotten.push(Forgotten::Held { seq });
        }
        &self.forgotten
    }

    fn look_at_questions(&mut self) {
        if let Some(Fetch { id, .. }) = self.fetch.take() {
            self.forgotten.push(Forgotten::StoreEnd { id });
        }
        if let Some(attempt) = self.verdict.take() {
            self.forgotten.push(Forgotten::Verdict { attempt });
        }
        if let Some(attempt) = self.signature.take() {
            self.forgotten.push(Forgotten::Signature { attempt });
        }
    }

    /// A Tick comes no later than scheduled; on a late wake-up all bytes come first.
    fn look_at_time(&mut self, input: &Input<'_>, due: Option<Instant>, now: Now) {
        let now = now.monotonic;
        let Some(due) = due.filter(|due| *due <= now && !matches!(input, Input::Tick)) else {
            self.overdue = None;
            return;
        };
        match self.overdue {
            Some((at, seen)) if at == due => {
                if now.since(seen) > TICK_PATIENCE {
                    self.forgotten.push(Forgotten::Tick { late: now.since(due) });
                    self.overdue = Some((due, now));
                }
            }
            _ => self.overdue = Some((due, now)),
        }
    }

    /// What bars the way out is lifted in time.
    fn look_at_buffer(&mut self, out: &SendBuffer, now: Now) {
        let Some(at) = barred_at(out) else {
            self.barred = None;
            self.bars.clear();
            return;
        };
        self.bars = self.bars.split_off(&at);
        let since = match self.barred {
            Some((place, since)) if place == at => since,
            _ => now.monotonic,
        };
        self.barred = Some((at, since));
        if now.monotonic.since(since) < PATIENCE {
            return;
        }
        match self.bars.remove(&at) {
            Some(Bar::Stored(seq)) => self.forgotten.push(Forgotten::Stored { seq }),
            Some(Bar::Reset(epoch)) => self.forgotten.push(Forgotten::ResetStored { epoch }),
            // It was said before.
            None => {}
        }
    }

    fn look_at_discards(&mut self, out: &SendBuffer) {
        for (span, seq) in self.discards.drain(..) {
            if !out.bytes(span).is_empty() {
                self.forgotten.push(Forgotten::DiscardUnsent { seq });
            }
        }
    }

    fn look_at_input(&mut self, input: &Input<'_>, out: &SendBuffer) {
        self.look_at_discards(out);
        if let Some(seq) = self.recalled
            && !matches!(input, Input::Closed)
            && !matches!(input, Input::Held { seq: given, .. } if *given == seq)
        {
            self.forgotten.push(Forgotten::Held { seq });
            self.recalled = None;
        }
        match *input {
            Input::Connected { .. } if !out.is_empty() => {
                self.forgotten.push(Forgotten::OldBytes { to_send: true });
            }
            Input::Bytes(bytes) => self.look_at_bytes(bytes),
            Input::Stored { id, seq, .. } => {
                self.look_at_fetch(id);
                if let Some(fetch) = self.fetch.filter(|fetch| fetch.id == id)
                    && (seq < fetch.next || seq > fetch.to)
                {
                    self.forgotten.push(Forgotten::FetchRange { seq });
                }
            }
            Input::StoreEnd { id } => self.look_at_fetch(id),
            Input::Held { seq, message: Some(message) }
                if self.held.get(&seq).is_some_and(|held| held != message) =>
            {
                self.forgotten.push(Forgotten::HeldBytes { seq });
            }
            _ => {}
        }
    }

    fn look_at_bytes(&mut self, bytes: &[u8]) {
        if matches!(self.session.status(), Status::Ended(_)) {
            self.forgotten.push(Forgotten::BytesBehindTheEnd);
            return;
        }
        if core::mem::take(&mut self.opening) {
            let old = !self.rest.is_empty() && bytes.starts_with(&self.rest);
            self.rest.clear();
            if old {
                self.forgotten.push(Forgotten::OldBytes { to_send: false });
            }
        } else if !bytes.starts_with(&self.rest) {
            self.forgotten.push(Forgotten::Consumed);
        }
    }

    fn look_at_fetch(&mut self, given: u32) {
        let asked = self.fetch.map(|fetch| fetch.id);
        // One that another took the place of is stale, and harmless.
        if asked.is_none_or(|asked| given > asked) {
            self.forgotten.push(Forgotten::FetchId { given, asked });
        }
    }

    /// What the session has done, and what follows from it for the driver.
    fn note(&mut self, input: &Input<'_>, actions: &Actions<'_>, end: u64) {
        let took = actions.blocked() == crate::session::Blocked::No;
        match *input {
            Input::Connected { .. } => self.opening = true,
            Input::Bytes(bytes) => {
                self.rest.clear();
                self.rest.extend_from_slice(bytes.get(actions.consumed()..).unwrap_or_default());
            }
            Input::Closed => {
                self.fetch = None;
                self.verdict = None;
                self.signature = None;
                self.recalled = None;
                self.held.clear();
            }
            Input::Accept { .. } | Input::Refuse { .. } if took => self.verdict = None,
            Input::Signed { .. } if took => self.signature = None,
            Input::Held { .. } if took => self.recalled = None,
            Input::Stored { id, seq, .. } if took => {
                if let Some(fetch) = self.fetch.as_mut().filter(|fetch| fetch.id == id) {
                    fetch.next = seq.next();
                }
            }
            Input::StoreEnd { id } if took => {
                self.fetch = self.fetch.filter(|fetch| fetch.id != id);
            }
            _ => {}
        }
        for action in actions.clone() {
            self.note_action(action, end);
        }
    }

    fn note_action(&mut self, action: Action<'_>, end: u64) {
        match action {
            Action::Reset { epoch, .. } => {
                self.bars.insert(end, Bar::Reset(epoch));
                self.fetch = None;
            }
            Action::Send(sent) => {
                self.bars.entry(sent.span.start()).or_insert(Bar::Stored(sent.seq));
            }
            Action::Fetch { id, from, to } => self.fetch = Some(Fetch { id, next: from, to }),
            Action::Authenticate { attempt, .. } => self.verdict = Some(attempt),
            Action::Sign { attempt, .. } => self.signature = Some(attempt),
            Action::Hold(message) => {
                if let Some(seq) = SeqNum::new(message.msg_seq_num()) {
                    self.held.insert(seq, message.bytes().into());
                }
            }
            Action::Recall(seq) => self.recalled = Some(seq),
            Action::Discard { below } => self.held = self.held.split_off(&below),
            Action::Disconnect(_) => {
                self.fetch = None;
                self.verdict = None;
                self.signature = None;
            }
            Action::Notify(_) | Action::Schedule(_) | Action::Deliver { .. } => {}
        }
    }
}

/// Where in the stream the way out is barred.
fn barred_at(out: &SendBuffer) -> Option<u64> {
    let barred = out.unsent().checked_sub(out.flushable().len()).filter(|barred| *barred > 0)?;
    out.end().checked_sub(u64::try_from(barred).ok()?)
}
