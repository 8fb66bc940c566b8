//! A driver by hand, with two sessions that watch it: done right, nothing is forgotten; each duty
//! that is left out is named (EDGE-27).

use std::collections::BTreeMap;

use fixline::session::{
    Action, Blocked, Config, Header, Input, Instant, Keep, Now, ResendPolicy, ResetPolicy, SeqNums,
    Version,
};
use fixline::testing::{Audited, Forgotten};
use fixline::wire::{Fields, PutField as _, SendBuffer, SeqNum, Tag, UtcTime};

/// What the driver does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slip {
    Nothing,
    Stored,
    StoredOrder,
    ResetStored,
    Tick,
    Verdict,
    Held,
    HeldBytes,
    FetchId,
    FetchRange,
    StoreEnd,
    Consumed,
    CloseSendBuffer,
    CloseReceiveBuffer,
    Close,
    Discard,
}

fn at(millis: u64) -> Now {
    let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
    let passed = std::time::Duration::from_millis(millis);
    Now::new(Instant::from_millis(millis), utc.saturating_add(passed))
}

struct Driver {
    session: Audited,
    out: SendBuffer,
    received: Vec<u8>,
    stored: BTreeMap<SeqNum, Vec<u8>>,
    held: BTreeMap<SeqNum, Vec<u8>>,
    fetch: Option<(u32, SeqNum, SeqNum)>,
    slip: Slip,
    delivered: Vec<u64>,
    ended: bool,
}

impl Driver {
    fn new(config: Config, slip: Slip) -> Self {
        Self {
            out: SendBuffer::with_capacity(config.send_buffer_min()),
            session: Audited::new(config, SeqNums::FRESH),
            received: Vec::new(),
            stored: BTreeMap::new(),
            held: BTreeMap::new(),
            fetch: None,
            slip,
            delivered: Vec::new(),
            ended: false,
        }
    }

    fn feed(&mut self, input: Input<'_>, now: Now) -> usize {
        let Ok(actions) = self.session.handle(input, now, &mut self.out) else { return 0 };
        let (consumed, blocked) = (actions.consumed(), actions.blocked());
        assert_ne!(blocked, Blocked::Room, "it is flushed at once");
        let (mut attempt, mut recalled) = (None, None);
        for action in actions {
            match action {
                Action::Reset { .. } if self.slip != Slip::ResetStored => self.out.reset_stored(),
                Action::Send(sent) if sent.keep != Keep::Nothing && self.slip != Slip::Stored => {
                    self.out.stored(sent.span);
                }
                Action::Fetch { id, from, to } => self.fetch = Some((id, from, to)),
                Action::Authenticate { attempt: asked, .. } => attempt = Some(asked),
                Action::Hold(message) => {
                    let seq = SeqNum::new(message.msg_seq_num()).expect("positive");
                    self.held.insert(seq, message.bytes().to_vec());
                }
                Action::Recall(seq) => recalled = Some(seq),
                Action::Discard { below } => self.held.retain(|seq, _| *seq >= below),
                Action::Deliver { message, .. } => self.delivered.push(message.msg_seq_num()),
                Action::Disconnect(_) => self.ended = true,
                _ => {}
            }
        }
        if let Some(attempt) = attempt.filter(|_| self.slip != Slip::Verdict) {
            self.feed(Input::Accept { attempt, logon: Fields::EMPTY }, now);
        }
        if let Some(seq) = recalled.filter(|_| self.slip != Slip::Held) {
            let mut message = self.held.remove(&seq);
            if let Some(message) = message.as_mut().filter(|_| self.slip == Slip::HeldBytes) {
                message.pop();
            }
            self.feed(Input::Held { seq, message: message.as_deref() }, now);
        }
        consumed
    }

    fn read(&mut self, bytes: &[u8], now: Now) {
        self.received.extend_from_slice(bytes);
        loop {
            let bytes = std::mem::take(&mut self.received);
            let consumed = if self.ended { 0 } else { self.feed(Input::Bytes(&bytes), now) };
            self.received = bytes;
            if consumed == 0 {
                return;
            }
            let extra = usize::from(self.slip == Slip::Consumed && consumed > 1);
            self.received.drain(..consumed.saturating_sub(extra));
        }
    }

    fn send(&mut self, id: u64, now: Now) {
        let composer = self.session.compose(&Header::new("D"), now, &mut self.out);
        let Ok(mut composer) = composer else {
            // An answer that was never ended is in the way.
            return assert_ne!(self.slip, Slip::Nothing);
        };
        composer.uint(Tag::CL_ORD_ID, id);
        let sent = composer.finish().expect("one field");
        self.stored.insert(sent.seq, self.out.bytes(sent.span).to_vec());
        if self.slip != Slip::StoredOrder && self.slip != Slip::Stored {
            self.out.stored(sent.span);
        }
        if !sent.flush && self.slip != Slip::Discard {
            self.out.discard(sent.span);
        }
    }

    fn answer_fetches(&mut self, now: Now) {
        let Some((id, from, to)) = self.fetch.take() else { return };
        let found: Vec<_> = self.stored.range(from..=to).map(|(s, m)| (*s, m.clone())).collect();
        let id = if self.slip == Slip::FetchId { id + 7 } else { id };
        for (seq, message) in found {
            let seq = if self.slip == Slip::FetchRange { to.next() } else { seq };
            self.feed(Input::Stored { id, seq, message: &message }, now);
        }
        if self.slip != Slip::StoreEnd {
            self.feed(Input::StoreEnd { id }, now);
        }
    }

    fn flush(&mut self) -> Vec<u8> {
        let bytes = self.out.flushable().to_vec();
        self.out.flushed(bytes.len());
        bytes
    }

    fn close(&mut self, now: Now) {
        if self.slip == Slip::Close {
            return;
        }
        self.feed(Input::Closed, now);
        self.held.clear();
        self.fetch = None;
        self.ended = false;
        if self.slip != Slip::CloseSendBuffer {
            self.out.clear();
        }
        if self.slip != Slip::CloseReceiveBuffer {
            self.received.clear();
        }
    }
}

struct Day {
    sides: [Driver; 2],
    now: u64,
}

impl Day {
    /// Bytes go to and fro until nothing moves.
    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for at_side in [0, 1] {
                let now = at(self.now);
                self.sides[at_side].answer_fetches(now);
                let bytes = self.sides[at_side].flush();
                moved |= !bytes.is_empty();
                self.sides[1 - at_side].read(&bytes, now);
            }
            if !moved {
                return;
            }
        }
    }

    fn pass(&mut self, millis: u64) {
        self.now += millis;
        let now = at(self.now);
        for side in &mut self.sides {
            let due = side.session.deadline().is_some_and(|deadline| deadline.at <= now.monotonic);
            if due && side.slip != Slip::Tick {
                side.feed(Input::Tick, now);
            }
        }
        self.settle();
    }

    fn connect(&mut self) {
        let now = at(self.now);
        for side in &mut self.sides {
            side.feed(Input::Connected { logon: Fields::EMPTY }, now);
        }
        self.settle();
    }

    fn close(&mut self) {
        let now = at(self.now);
        self.sides.iter_mut().for_each(|side| side.close(now));
    }

    /// A day with a gap, a replay, idle time, and a second connection.
    fn play(client_slips: Slip, broker_slips: Slip, resets: bool) -> (Vec<Forgotten>, Vec<u64>) {
        let policy = || ResendPolicy::All;
        let mut client = Config::initiator(Version::Fix44, "C", "B", policy());
        client = if resets {
            client.reset(ResetPolicy::NEVER.at_logon())
        } else {
            client.offline_sends(true)
        };
        let broker = Config::acceptor(Version::Fix44, "B", "C", policy());
        let broker = broker.reset_permission(fixline::session::ResetPermission::ALL);
        let mut day = Self {
            sides: [
                Driver::new(client.build().expect("valid"), client_slips),
                Driver::new(broker.build().expect("valid"), broker_slips),
            ],
            now: 0,
        };
        day.connect();
        if client_slips != Slip::Stored && broker_slips != Slip::Verdict && !resets {
            // Three orders, of which the first is lost; the others are held.
            for id in 2..5 {
                day.sides[0].send(id, at(day.now));
                if id == 2 {
                    let _lost = day.sides[0].flush();
                }
            }
            day.settle();
            day.sides[0].send(5, at(day.now));
            // Half a message is left when the line breaks.
            let bytes = day.sides[0].flush();
            let half = bytes.len() / 2;
            day.sides[1].read(&bytes[..half], at(day.now));
        }
        for _ in 0..12 {
            day.pass(5_000);
        }
        if broker_slips == Slip::Tick {
            // Messages come in, and nobody looks at the clock.
            for id in 70..73 {
                day.sides[0].send(id, at(day.now));
                day.pass(5_000);
            }
        }
        // Half a message is left on either side when the line breaks.
        day.sides[1].read(b"8=FIX.4.4\x019=60\x0135=D\x01", at(day.now));
        if !resets && broker_slips == Slip::CloseSendBuffer {
            day.sides[1].send(9, at(day.now));
        }
        day.close();
        if !resets && client_slips != Slip::Close {
            day.sides[0].send(6, at(day.now));
        }
        day.connect();
        day.pass(1);
        let mut forgotten = Vec::new();
        let now = at(day.now);
        for side in &mut day.sides {
            let out = side.out.clone();
            forgotten.extend_from_slice(side.session.finish(now, &out));
        }
        (forgotten, day.sides[1].delivered.clone())
    }
}

#[test]
fn a_driver_that_does_every_duty_forgets_none() {
    let (forgotten, delivered) = Day::play(Slip::Nothing, Slip::Nothing, false);
    assert_eq!(forgotten, []);
    assert_eq!(delivered, [2, 3, 4, 5, 8], "6 and 7 are Heartbeats");
    assert_eq!(Day::play(Slip::Nothing, Slip::Nothing, true).0, []);
}

#[test]
fn edge_27_each_duty_that_is_forgotten_is_named() {
    type Named = fn(&Forgotten) -> bool;
    let cases: [(Slip, Slip, bool, Named); 15] = [
        (Slip::Stored, Slip::Nothing, false, |it| matches!(it, Forgotten::Stored { .. })),
        (Slip::StoredOrder, Slip::Nothing, false, |it| matches!(it, Forgotten::Stored { .. })),
        (Slip::ResetStored, Slip::Nothing, true, |it| matches!(it, Forgotten::ResetStored { .. })),
        (Slip::Nothing, Slip::Tick, false, |it| matches!(it, Forgotten::Tick { .. })),
        (Slip::Nothing, Slip::Verdict, false, |it| matches!(it, Forgotten::Verdict { .. })),
        (Slip::Nothing, Slip::Held, false, |it| matches!(it, Forgotten::Held { .. })),
        (Slip::Nothing, Slip::HeldBytes, false, |it| matches!(it, Forgotten::HeldBytes { .. })),
        (Slip::FetchId, Slip::Nothing, false, |it| matches!(it, Forgotten::FetchId { .. })),
        (Slip::FetchRange, Slip::Nothing, false, |it| matches!(it, Forgotten::FetchRange { .. })),
        (Slip::StoreEnd, Slip::Nothing, false, |it| matches!(it, Forgotten::StoreEnd { .. })),
        (Slip::Nothing, Slip::Consumed, false, |it| matches!(it, Forgotten::Consumed)),
        (Slip::Nothing, Slip::CloseSendBuffer, false, |it| {
            matches!(it, Forgotten::OldBytes { to_send: true })
        }),
        (Slip::Nothing, Slip::CloseReceiveBuffer, false, |it| {
            matches!(it, Forgotten::OldBytes { to_send: false })
        }),
        (Slip::Close, Slip::Nothing, false, |it| matches!(it, Forgotten::Misuse { .. })),
        (Slip::Discard, Slip::Nothing, false, |it| matches!(it, Forgotten::DiscardUnsent { .. })),
    ];
    for (client, broker, resets, named) in cases {
        let (forgotten, _) = Day::play(client, broker, resets);
        assert!(forgotten.iter().any(named), "{client:?} {broker:?}: {forgotten:?}");
        assert!(forgotten.iter().all(|it| it.to_string().len() > 20), "in words: {forgotten:?}");
    }
}
