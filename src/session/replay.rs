//! Sending again what the peer misses: ResendRequest(2), theirs.
//!
//! The driver feeds stored messages, the session heads them anew and bridges what is not fed with
//! gap fills. All of it goes out under old numbers, so that the outgoing number stands still.

use super::action::Entry;
use super::clock::Instant;
use super::config::Config;
use super::input::Misuse;
use super::notice::{NotRepeated, Notice};
use super::outbound::{HeaderFields, write_header};
use super::policy::ResendPolicy;
use super::step::Step;
use crate::wire::{Fields, Message, MsgKind, PutField, Scan, SeqNum, Tag, UtcTime, Writer};

/// An answer to a ResendRequest under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Replay {
    /// Names the fetch.
    id: u32,
    /// The lowest number that the answer has not covered yet.
    next: SeqNum,
    /// The last number that it must cover.
    end: SeqNum,
    /// The lowest number that the driver may feed.
    fed: SeqNum,
    /// What was asked for meanwhile, as one range (S-RSND-01).
    again: Option<(SeqNum, SeqNum)>,
    /// When something was last fed.
    pub(super) moved: Instant,
    /// How many messages were sent again, and how many numbers filled, since the first request.
    repeated: u64,
    filled: u64,
}

/// How many bytes a gap fill takes, and a new head adds to the stored message behind it, together.
/// [`Config::send_buffer_min`] counts them beyond the longest message and the reserve, so that an
/// empty buffer has room for any step of a replay.
const HEAD_LEN_MAX: usize = 1024;

/// How many bytes PossDupFlag and OrigSendingTime add to a message that is repeated.
const HEAD_GROWTH_MAX: usize = 48;

impl Step<'_, '_> {
    /// Answers a valid ResendRequest, now or behind the answer that is under way.
    pub(super) fn replay(&mut self, begin: SeqNum, end: SeqNum) {
        self.probe_again_behind(end);
        let Some(up) = self.state.up_mut() else {
            return;
        };
        match &mut up.replay {
            Some(replay) => {
                let (from, to) = replay.again.unwrap_or((begin, end));
                replay.again = Some((from.min(begin), to.max(end)));
            }
            None => self.start_replay(begin, end),
        }
    }

    fn start_replay(&mut self, begin: SeqNum, end: SeqNum) {
        let id = self.state.next_fetch();
        let moved = self.now.monotonic;
        let last = self.state.nums.next_out.previous().unwrap_or(begin);
        if let Some(up) = self.state.up_mut() {
            up.asked.answer(begin, end, last, moved);
            up.replay = Some(Replay {
                id,
                next: begin,
                end,
                fed: begin,
                again: None,
                moved,
                repeated: 0,
                filled: 0,
            });
        }
        self.actions.push(Entry::Fetch { id, from: begin, to: end });
        self.notify(Notice::ReplayStarted { from: begin, to: end });
    }

    /// The driver feeds a stored message.
    pub(super) fn stored(&mut self, id: u32, seq: SeqNum, message: &[u8]) -> Result<(), Misuse> {
        let Some(mut replay) = self.running_replay(id)? else {
            return Ok(());
        };
        if seq < replay.fed || seq > replay.end {
            return Err(Misuse::StoredOutOfOrder);
        }
        match self.repeatable(seq, message) {
            Ok(scan) => {
                let needed = message.len().saturating_add(HEAD_LEN_MAX);
                if self.out.room() < needed.saturating_add(Config::RESERVE) {
                    self.actions.block(super::action::Blocked::Room);
                    return Ok(());
                }
                self.fill(replay.next, seq);
                replay.filled = replay.filled.saturating_add(distance(replay.next, seq));
                replay.next = seq;
                if self.send_repetition(seq, &scan) {
                    replay.repeated = replay.repeated.saturating_add(1);
                    replay.next = seq.next();
                } else {
                    self.notify(Notice::NotRepeated { seq, why: NotRepeated::Corrupt });
                }
            }
            Err(why) => self.notify(Notice::NotRepeated { seq, why }),
        }
        replay.fed = seq.next();
        replay.moved = self.now.monotonic;
        if let Some(up) = self.state.up_mut() {
            up.replay = Some(replay);
        }
        Ok(())
    }

    /// The driver has no more: the rest of the range is filled.
    pub(super) fn store_end(&mut self, id: u32) -> Result<(), Misuse> {
        let Some(replay) = self.running_replay(id)? else {
            return Ok(());
        };
        if self.out.room() < HEAD_LEN_MAX.saturating_add(Config::RESERVE) {
            self.actions.block(super::action::Blocked::Room);
            return Ok(());
        }
        self.fill(replay.next, replay.end.next());
        let rest = distance(replay.next, replay.end.next());
        let (repeated, filled) = (replay.repeated, replay.filled.saturating_add(rest));
        if let Some(up) = self.state.up_mut() {
            up.replay = None;
        }
        if let Some((begin, end)) = replay.again {
            self.start_replay(begin, end);
            if let Some(next) = self.state.up_mut().and_then(|up| up.replay.as_mut()) {
                (next.repeated, next.filled) = (repeated, filled);
            }
        } else {
            self.notify(Notice::ReplayDone { repeated, filled });
            self.settle();
        }
        Ok(())
    }

    fn running_replay(&mut self, id: u32) -> Result<Option<Replay>, Misuse> {
        if !self.state.fetches.has(id) {
            return Err(Misuse::UnknownId);
        }
        let replay = self.state.up().and_then(|up| up.replay).filter(|replay| replay.id == id);
        if replay.is_none() {
            self.notify(Notice::Stale);
        }
        Ok(replay)
    }

    /// A gap fill from `from` up to, not including, `to`; nothing when that is empty (S-RSND-05).
    fn fill(&mut self, from: SeqNum, to: SeqNum) {
        if from >= to {
            return;
        }
        let (nums, stamp) = (self.state.nums, self.stamp());
        self.send_again(b"4", from, |writer, config| {
            // Its OrigSendingTime is its SendingTime (S-RSND-07).
            let orig_sending_time = Some(stamp.as_bytes());
            let new = HeaderFields::new(config, nums, Fields::EMPTY);
            let fields = HeaderFields { orig_sending_time, ..new };
            write_header(writer, config, from, stamp.as_bytes(), fields);
            writer.uint(Tag::NEW_SEQ_NO, to.get()).bool(Tag::GAP_FILL_FLAG, true);
        });
    }

    /// Whether the stored bytes are that message, and may be sent again.
    fn repeatable<'m>(&self, seq: SeqNum, bytes: &'m [u8]) -> Result<Scan<'m>, NotRepeated> {
        let scan = Scan::parse(bytes).map_err(|_| NotRepeated::Corrupt)?;
        let message = scan.message;
        let begin_string = self.config.version.begin_string().as_bytes();
        if message.msg_seq_num() != seq.get() || message.begin_string() != begin_string {
            return Err(NotRepeated::Corrupt);
        }
        let repeats = match message.kind() {
            MsgKind::Application => true,
            MsgKind::Reject => self.config.retransmit_rejects,
            // Session messages are never repeated, whatever a store holds (S-RSND-03).
            MsgKind::Heartbeat
            | MsgKind::TestRequest
            | MsgKind::ResendRequest
            | MsgKind::SequenceReset
            | MsgKind::Logout
            | MsgKind::Logon => false,
        };
        if !repeats {
            return Err(NotRepeated::Type);
        }
        let peers_max = self.state.up().map_or(usize::MAX, |up| up.message_len_max);
        let too_long_for_peer = bytes.len().saturating_add(HEAD_GROWTH_MAX) > peers_max;
        if too_long_for_peer || bytes.len() > self.config.message_len_max {
            return Err(NotRepeated::TooLong);
        }
        match &self.config.resend {
            ResendPolicy::All | ResendPolicy::Ask => Ok(scan),
            ResendPolicy::NotOlderThan(age) => {
                let stale = age_of(message, self.now.utc) > *age;
                if stale { Err(NotRepeated::Stale) } else { Ok(scan) }
            }
            ResendPolicy::Except(types) => {
                let excepted = types.iter().any(|t| t == message.msg_type());
                if excepted { Err(NotRepeated::Type) } else { Ok(scan) }
            }
        }
    }

    /// The stored bytes under a new head: 43, 122 and 52 change, and with them 9 and 10; not a
    /// byte of the body does (S-RSND-06).
    fn send_repetition(&mut self, seq: SeqNum, scan: &Scan<'_>) -> bool {
        let stored = scan.message;
        let stamp = self.stamp();
        let stamp = stamp.as_bytes();
        let sent = self.now.utc.truncate(self.config.precision.digits());
        // A message that was repeated before keeps its first time. One that UTC has not reached,
        // because it was set back since, would be an error of ours (S-PD-03).
        let orig = scan.orig_sending_time.or(scan.sending_time);
        let orig = orig.filter(|orig| UtcTime::parse(orig).is_some_and(|orig| orig <= sent));
        let orig = orig.unwrap_or(stamp);
        self.send_again(stored.msg_type(), seq, |writer, _| {
            rehead(writer, stored.header(), stamp, orig);
            writer.raw(stored.body_and_trailer().as_bytes());
        })
    }
}

/// Copies a stored header behind `35=`, with the fields of a repetition in their places.
fn rehead(writer: &mut Writer<'_>, header: Fields<'_>, stamp: &[u8], orig: &[u8]) {
    let mut orig = Some(orig);
    for field in header.iter() {
        match field.tag {
            Tag::BEGIN_STRING
            | Tag::BODY_LENGTH
            | Tag::MSG_TYPE
            | Tag::POSS_DUP_FLAG
            | Tag::ORIG_SENDING_TIME => continue,
            tag if tag > Tag::ORIG_SENDING_TIME => {
                if let Some(orig) = orig.take() {
                    writer.put(Tag::ORIG_SENDING_TIME, orig);
                }
                writer.field(field);
            }
            Tag::SENDING_TIME => {
                writer.put(Tag::SENDING_TIME, stamp);
            }
            Tag::MSG_SEQ_NUM => {
                writer.field(field).put(Tag::POSS_DUP_FLAG, b"Y");
            }
            _ => {
                writer.field(field);
            }
        }
    }
    if let Some(orig) = orig {
        writer.put(Tag::ORIG_SENDING_TIME, orig);
    }
}

/// How many numbers there are from one up to, not including, the other.
fn distance(from: SeqNum, to: SeqNum) -> u64 {
    to.get().saturating_sub(from.get())
}

/// How long ago `message` was first sent.
fn age_of(message: Message<'_>, now: UtcTime) -> core::time::Duration {
    let orig = message.header().get_time(Tag::ORIG_SENDING_TIME);
    let sent = orig.unwrap_or_else(|| message.sending_time());
    if sent > now { core::time::Duration::ZERO } else { now.abs_diff(sent) }
}
