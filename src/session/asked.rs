//! How often the peer asked for the same, and when that is a loop (S-RSND-01).

use core::time::Duration;

use super::clock::Instant;
use crate::wire::SeqNum;

/// How many times as many answers as to one and the same request the peer gets to any requests that
/// do not lead on: two that alternate are no better than one that is repeated. And how many times as
/// often it gets each number, in the mean: asking for all behind every number is no better either.
const ANY_FACTOR: u32 = 3;

/// Longer than a message and the answer to it are on their way.
const ROUND_TRIP: Duration = Duration::from_secs(5);

/// The answers that the peer was given on one connection.
///
/// What counts is a request behind a whole answer that was read. What is asked for while an answer
/// is under way becomes part of a single further one. And a peer that asks once for each message
/// ahead of a gap (S-RR-05) goes on with that until it reads the first answer: for a round trip, and
/// once for each message that was sent behind the number that it asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// The highest number at which an answer began, and when the first did. What a peer expects only
    /// rises: from a higher number on is progress.
    high: Option<SeqNum>,
    since: Instant,
    /// How many answers there were since for messages that came ahead.
    ahead: u64,
    /// How many others did not lead on.
    back: u32,
    /// Where the last answer began, and how many of those others began there in a row.
    from: Option<SeqNum>,
    times: u32,
    /// How many numbers all answers covered, but for those to what came ahead.
    numbers: u64,
}

impl Asked {
    /// An answer from `begin` to `end` begins, when `last` is the last number that was sent.
    pub(super) fn answer(&mut self, begin: SeqNum, end: SeqNum, last: SeqNum, now: Instant) {
        let len = end.get().saturating_sub(begin.get()).saturating_add(1);
        let numbers = self.numbers.saturating_add(len);
        if self.high.is_none_or(|high| high < begin) {
            *self = Self { high: Some(begin), since: now, times: 1, numbers, ..Self::default() };
        } else if self.may_be_ahead(begin, last, now) {
            self.ahead = self.ahead.saturating_add(1);
        } else {
            self.times = if self.from == Some(begin) { self.times.saturating_add(1) } else { 1 };
            self.back = self.back.saturating_add(1);
            self.numbers = numbers;
        }
        self.from = Some(begin);
    }

    /// Whether a further request from `begin` on is one too many, where `max` for the same are not.
    pub(super) fn is_loop(&self, begin: SeqNum, last: SeqNum, now: Instant, max: u32) -> bool {
        let any_max = max.saturating_mul(ANY_FACTOR);
        let same = self.from == Some(begin) && self.times >= max;
        let is_back = self.high.is_some_and(|high| begin <= high);
        let back = is_back && self.back >= any_max;
        let all = self.numbers >= last.get().saturating_mul(any_max.into());
        (same || back || all) && !(is_back && self.may_be_ahead(begin, last, now))
    }

    /// Whether the request can have been sent because of a message that came ahead.
    fn may_be_ahead(&self, begin: SeqNum, last: SeqNum, now: Instant) -> bool {
        let sent_behind = last.get().saturating_sub(begin.get());
        self.ahead < sent_behind && now.since(self.since) <= ROUND_TRIP
    }
}
