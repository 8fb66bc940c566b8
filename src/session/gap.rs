//! What we miss: which numbers ahead of the expected one are in hand, and what was asked for.
//!
//! Pure bookkeeping; `inbound` feeds it and `recovery` acts on it.

use super::clock::Instant;
use crate::wire::SeqNum;

/// How many ranges ahead of a gap are remembered; what would need one more is dropped.
const RANGES_MAX: usize = 8;

/// The inbound numbers above the expected one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Gap {
    /// Ascending, apart from each other or of different kinds.
    ahead: [Option<Range>; RANGES_MAX],
    /// The highest number that the peer is known to have used; a gap is over when nothing up to
    /// it is missing. `None` when no gap is open.
    high: Option<SeqNum>,
    pub(super) request: Option<Request>,
    /// What was asked for because of this gap, or of the last one: from the first number that was
    /// missing to the last, once that is known.
    asked: Option<(SeqNum, SeqNum)>,
    /// Where the expected number stood when the time for an answer ran out.
    stalled_at: Option<SeqNum>,
    /// How often it did, in a row, with hardly anything gained.
    stalls: u16,
}

/// Consecutive numbers that came ahead of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Range {
    from: SeqNum,
    to: SeqNum,
    kind: Kind,
}

/// What became of a message that came ahead of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The driver holds it.
    Held,
    /// It was acted on when it came: Logon, Logout, ResendRequest (INV-08).
    Done,
}

/// Fewer numbers than this from one end of the time for an answer to the next are no progress: what
/// gives one number each time would otherwise go on for days (S-FRAME-14).
const PROGRESS_MIN: u64 = 10;

/// The one outstanding ResendRequest (INV-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) begin: SeqNum,
    /// The last number that the answer must cover; for an open request it grows until the answer
    /// begins, because all that came before the answer was sent before it.
    pub(super) end: SeqNum,
    pub(super) open: bool,
    pub(super) answering: bool,
    pub(super) hole: Hole,
    /// A fill led up to the last number and not over it. That number comes with the bytes that are
    /// there, or the peer takes the range to be without its end, and more of the answer never comes.
    pub(super) short: bool,
    /// How often this begin was asked for (S-FRAME-14).
    pub(super) tries: u8,
    /// When it was asked for, or last moved on.
    pub(super) moved: Instant,
}

impl Request {
    /// Whether the answer will have this number.
    pub(super) fn covers(&self, seq: SeqNum) -> bool {
        self.begin <= seq && seq <= self.end
    }
}

/// A hole in the answer: it is asked for once, and again only when the answer has stepped back
/// (S-RR-08).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Hole {
    None,
    /// It showed, and is to be asked for.
    Found,
    Asked,
}

/// What the next expected number turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Not here.
    Missing,
    /// The driver holds it.
    Held,
    /// Acted on already, up to and including this number.
    Done(SeqNum),
}

impl Gap {
    /// Whether a number up to the high-water mark is missing.
    pub(super) const fn is_open(&self) -> bool {
        self.high.is_some()
    }

    pub(super) const fn high(&self) -> Option<SeqNum> {
        self.high
    }

    /// The peer has used `seq`, which is above the expected number.
    pub(super) fn raise(&mut self, seq: SeqNum) {
        if self.high.is_none_or(|high| high < seq) {
            self.high = Some(seq);
        }
        if let Some(request) = &mut self.request
            && request.open
            && !request.answering
            && request.end < seq
        {
            request.end = seq;
        }
    }

    /// Remembers that `seq` is in hand; false when it cannot be, or is already.
    pub(super) fn remember(&mut self, seq: SeqNum, kind: Kind) -> bool {
        if self.ahead.iter().flatten().any(|range| range.from <= seq && seq <= range.to) {
            return false;
        }
        let touches_below =
            self.ahead.iter().position(|r| r.is_some_and(|r| r.kind == kind && r.to.next() == seq));
        let touches_above = self
            .ahead
            .iter()
            .position(|r| r.is_some_and(|r| r.kind == kind && seq.next() == r.from));
        match (touches_below, touches_above) {
            (Some(below), Some(above)) => {
                let to = self.range(above).map_or(seq, |range| range.to);
                self.set(below, |range| range.to = to);
                self.remove(above);
            }
            (Some(below), None) => self.set(below, |range| range.to = seq),
            (None, Some(above)) => self.set(above, |range| range.from = seq),
            (None, None) => {
                return self.insert(Range { from: seq, to: seq, kind });
            }
        }
        true
    }

    /// Whether `seq`, above the expected number, was acted on already.
    pub(super) fn is_done(&self, seq: SeqNum) -> bool {
        self.ahead.iter().flatten().any(|r| r.kind == Kind::Done && r.from <= seq && seq <= r.to)
    }

    /// Forgets everything below `next_in`; closes the gap when nothing is missing any more.
    pub(super) fn advance(&mut self, next_in: SeqNum, now: Instant) {
        let mut at = 0;
        while let Some(range) = self.range(at) {
            if range.to < next_in {
                self.remove(at);
            } else {
                self.set(at, |range| range.from = range.from.max(next_in));
                at = at.saturating_add(1);
            }
        }
        if let Some(request) = &mut self.request
            && request.begin < next_in
        {
            if request.end < next_in {
                self.request = None;
            } else {
                request.begin = next_in;
                request.tries = 1;
                request.short = false;
                if request.hole == Hole::Found {
                    request.hole = Hole::None;
                }
                request.moved = now;
            }
        }
        if self.high.is_some_and(|high| high < next_in) {
            self.close(next_in);
        }
    }

    fn close(&mut self, next_in: SeqNum) {
        self.high = None;
        self.request = None;
        self.stalled_at = None;
        self.stalls = 0;
        if let Some((_, to)) = &mut self.asked {
            *to = next_in.previous().unwrap_or(next_in).min(*to);
        }
    }

    /// Puts down what was asked for, or will come by itself.
    pub(super) fn ask(&mut self, request: Request) {
        self.request = Some(request);
        if self.asked.is_none_or(|(_, to)| to < SeqNum::MAX) {
            self.asked = Some((request.begin, SeqNum::MAX));
        }
    }

    /// Whether `seq`, below the expected number, is part of what was asked for.
    pub(super) fn has_asked_for(&self, seq: SeqNum) -> bool {
        self.asked.is_some_and(|(from, to)| from <= seq && seq <= to)
    }

    /// The time for an answer ran out; how often in a row it did with hardly anything gained.
    pub(super) fn stall(&mut self, next_in: SeqNum) -> u16 {
        let gained = self.stalled_at.map_or(0, |at| next_in.get().saturating_sub(at.get()));
        if gained >= PROGRESS_MIN {
            self.stalls = 0;
        }
        self.stalls = self.stalls.saturating_add(1);
        self.stalled_at = Some(next_in);
        self.stalls
    }

    /// A gap fill led up to `next_in`, which may be the last number that was asked for.
    pub(super) fn filled(&mut self, next_in: SeqNum) {
        if let Some(request) = &mut self.request {
            request.short = !request.open && request.tries > 0 && request.end == next_in;
        }
    }

    /// What is known about the expected number.
    pub(super) fn next(&self, next_in: SeqNum) -> Next {
        match self.range(0) {
            Some(Range { from, to, kind: Kind::Done }) if from <= next_in => Next::Done(to),
            Some(Range { from, kind: Kind::Held, .. }) if from <= next_in => Next::Held,
            _ => Next::Missing,
        }
    }

    /// The held message of the expected number is lost.
    pub(super) fn lose(&mut self, seq: SeqNum) {
        let Some(first) = self.range(0) else { return };
        if first.from == seq && first.to == seq {
            self.remove(0);
        } else if first.from == seq {
            self.set(0, |range| range.from = seq.next());
        }
        self.raise(seq);
    }

    /// The last number that is missing before something that is in hand, from `next_in` on.
    pub(super) fn missing_to(&self, next_in: SeqNum) -> SeqNum {
        let in_hand = self.range(0).and_then(|range| range.from.previous());
        in_hand.or(self.high).unwrap_or(next_in).max(next_in)
    }

    fn range(&self, at: usize) -> Option<Range> {
        self.ahead.get(at).copied().flatten()
    }

    fn set(&mut self, at: usize, change: impl FnOnce(&mut Range)) {
        if let Some(Some(range)) = self.ahead.get_mut(at) {
            change(range);
        }
    }

    fn insert(&mut self, new: Range) -> bool {
        if self.ahead.last().is_none_or(Option::is_some) {
            return false;
        }
        let at = self
            .ahead
            .iter()
            .position(|range| range.is_none_or(|range| range.from > new.from))
            .unwrap_or(RANGES_MAX);
        if let Some(tail) = self.ahead.get_mut(at..) {
            tail.rotate_right(1);
            if let Some(slot) = tail.first_mut() {
                *slot = Some(new);
            }
        }
        true
    }

    fn remove(&mut self, at: usize) {
        if let Some(tail) = self.ahead.get_mut(at..) {
            if let Some(slot) = tail.first_mut() {
                *slot = None;
            }
            tail.rotate_left(1);
        }
    }
}
