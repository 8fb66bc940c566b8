//! The way out: everything that a session sends is headed, numbered and written here.

use super::action::{Entry, Keep, Sent};
use super::config::Config;
use super::notice::Notice;
use super::state::{SeqNums, State};
use super::step::Step;
use crate::wire::{Digits, Field, Fields, PutField, SeqNum, Span, Stamp, Tag, Writer};

/// How many bytes of header and fixed body one session message can take, Text and copied routing
/// ids included; the ids of the configuration are bounded by `build()`.
const ADMIN_LEN_MAX: usize = 1024;

/// The most that a step may append, apart from an echoed TestReqID: a Reject and a Logout, or a
/// Logon with its further fields and a ResendRequest.
pub(super) const STEP_ROOM: usize = 2 * ADMIN_LEN_MAX + Config::LOGON_FIELDS_LEN_MAX;

/// What a header has beyond what every message of the session has.
#[derive(Clone, Copy)]
pub(super) struct HeaderFields<'h> {
    /// OrigSendingTime(122), on repetitions only, which also carry PossDupFlag(43)=Y.
    pub(super) orig_sending_time: Option<&'h [u8]>,
    /// LastMsgSeqNumProcessed(369), where it is agreed on (S-SEQ-13).
    pub(super) last_processed: Option<u64>,
    /// The caller's, ascending by tag.
    pub(super) extra: Fields<'h>,
}

impl<'h> HeaderFields<'h> {
    /// Of a new message.
    #[inline]
    pub(super) fn new(config: &Config, nums: SeqNums, extra: Fields<'h>) -> Self {
        let processed = nums.next_in.previous().map(SeqNum::get);
        let last_processed = if config.last_msg_seq_num_processed { processed } else { None };
        Self { orig_sending_time: None, last_processed, extra }
    }
}

/// Writes the header behind `8=..|9=..|35=..|`, ascending by tag.
#[inline]
pub(super) fn write_header(
    writer: &mut Writer<'_>,
    config: &Config,
    seq: SeqNum,
    stamp: &[u8],
    fields: HeaderFields<'_>,
) {
    let number = Digits::padded(seq.get(), config.dialect.msg_seq_num_digits);
    writer.put(Tag::MSG_SEQ_NUM, number.as_bytes());
    if fields.orig_sending_time.is_some() {
        writer.put(Tag::POSS_DUP_FLAG, b"Y");
    }
    let template = &config.header;
    if fields.extra.is_empty()
        && template.rest.bytes().is_empty()
        && fields.last_processed.is_none()
    {
        writer.raw(template.before_time.bytes());
        writer.put(Tag::SENDING_TIME, stamp);
        writer.raw(template.after_time.bytes());
        if let Some(orig) = fields.orig_sending_time {
            writer.put(Tag::ORIG_SENDING_TIME, orig);
        }
    } else {
        write_full_header(writer, config, stamp, fields);
    }
}

/// A header with fields in places that the template does not know. Where the caller and the
/// configuration have the same field, the caller's value counts.
#[cold]
fn write_full_header(
    writer: &mut Writer<'_>,
    config: &Config,
    stamp: &[u8],
    fields: HeaderFields<'_>,
) {
    let template = &config.header;
    let processed = fields.last_processed.map(Digits::new);
    let own = [
        Some((Tag::SENDING_TIME, stamp)),
        fields.orig_sending_time.map(|value| (Tag::ORIG_SENDING_TIME, value)),
        processed.as_ref().map(|seq| (Tag::LAST_MSG_SEQ_NUM_PROCESSED, seq.as_bytes())),
    ];
    let mut own = own.into_iter().flatten().map(|(tag, value)| Field { tag, value });
    let configured = [&template.before_time, &template.after_time, &template.rest];
    let mut configured = configured
        .into_iter()
        .flat_map(|encoded| encoded.fields().iter())
        .filter(|field| fields.extra.get(field.tag).is_none());
    write_merged(writer, [&mut own, &mut configured, &mut fields.extra.iter()]);
}

/// Writes fields of three sources by rising tag. Each source keeps its own order, so that groups
/// and data fields stay whole.
pub(super) fn write_merged<'f>(
    writer: &mut Writer<'_>,
    sources: [&mut dyn Iterator<Item = Field<'f>>; 3],
) {
    let mut sources = sources.map(Iterator::peekable);
    loop {
        let lowest =
            sources.iter_mut().filter_map(|source| source.peek().map(|field| field.tag)).min();
        let Some(lowest) = lowest else { return };
        let next =
            sources.iter_mut().find_map(|source| source.next_if(|field| field.tag == lowest));
        if let Some(field) = next {
            writer.field(field);
        }
    }
}

/// Counts a new message: the one place where the outgoing number grows.
#[inline]
pub(super) fn count(state: &mut State, span: Span, keep: Keep) -> Sent {
    let seq = state.nums.next_out;
    state.nums.next_out = seq.next();
    let now = state.now.monotonic;
    if let Some(up) = state.up_mut() {
        up.last_sent = now;
    }
    let generation = state.generation;
    Sent { epoch: state.nums.epoch, seq, span, keep, flush: true, generation }
}

impl Step<'_, '_> {
    /// Sends a new session message; false, and nothing changed, when there is no room.
    pub(super) fn send(
        &mut self,
        msg_type: &[u8],
        body: impl FnOnce(&mut Writer<'_>, &Config),
    ) -> bool {
        self.send_headed(msg_type, Fields::EMPTY, Keep::Number, body)
    }

    /// Sends a new message with further header fields.
    pub(super) fn send_headed(
        &mut self,
        msg_type: &[u8],
        extra: Fields<'_>,
        keep: Keep,
        body: impl FnOnce(&mut Writer<'_>, &Config),
    ) -> bool {
        let nums = self.state.nums;
        if nums.next_out == SeqNum::MAX {
            // There is no number behind it: it would be used twice (S-SEQ-12).
            return false;
        }
        let stamp = self.stamp();
        let written = self.write(msg_type, 0, |writer, config| {
            let fields = HeaderFields::new(config, nums, extra);
            write_header(writer, config, nums.next_out, stamp.as_bytes(), fields);
            body(writer, config);
        });
        let Some(span) = written else { return false };
        self.out.keep(span);
        let sent = count(self.state, span, keep);
        self.actions.push(Entry::Send(sent));
        true
    }

    /// Sends a session message after which `new` is the next number.
    pub(super) fn send_jump(
        &mut self,
        new: SeqNum,
        body: impl FnOnce(&mut Writer<'_>, &Config),
    ) -> bool {
        let (nums, stamp) = (self.state.nums, self.stamp());
        let written = self.write(b"4", 0, |writer, config| {
            let fields = HeaderFields::new(config, nums, Fields::EMPTY);
            write_header(writer, config, nums.next_out, stamp.as_bytes(), fields);
            body(writer, config);
        });
        let (Some(span), Some(last)) = (written, new.previous()) else {
            return false;
        };
        self.out.keep(span);
        self.state.nums.next_out = last;
        let sent = count(self.state, span, Keep::Number);
        self.actions.push(Entry::Send(sent));
        true
    }

    /// Sends something under numbers that were used before, a repetition or a gap fill: the
    /// `content` writes header and body. Needs no keeping, counts as traffic, leaves the reserve
    /// free.
    pub(super) fn send_again(
        &mut self,
        msg_type: &[u8],
        seq: SeqNum,
        content: impl FnOnce(&mut Writer<'_>, &Config),
    ) -> bool {
        let Some(span) = self.write(msg_type, Config::RESERVE, content) else {
            return false;
        };
        let now = self.now.monotonic;
        if let Some(up) = self.state.up_mut() {
            up.last_sent = now;
        }
        let (epoch, generation) = (self.state.nums.epoch, self.state.generation);
        let sent = Sent { epoch, seq, span, keep: Keep::Nothing, flush: true, generation };
        self.actions.push(Entry::Send(sent));
        true
    }

    /// A wait for the peer is over: says what of ours never left.
    pub(super) fn note_unsent(&mut self) {
        let (for_store, for_transport) = (self.out.held_back(), self.out.flushable().len());
        if for_store > 0 || for_transport > 0 {
            self.notify(Notice::Unsent { for_store, for_transport });
        }
    }

    fn write(
        &mut self,
        msg_type: &[u8],
        reserve: usize,
        content: impl FnOnce(&mut Writer<'_>, &Config),
    ) -> Option<Span> {
        let config = self.config;
        let begin_string = config.version.begin_string().as_bytes();
        let room = self.out.room().checked_sub(reserve)?;
        let mut writer = Writer::begin(self.out, room, begin_string, msg_type)?;
        writer.pad_body_length(config.dialect.body_length_digits);
        content(&mut writer, config);
        writer.finish().ok()
    }

    /// SendingTime(52) of what is written now.
    pub(super) fn stamp(&mut self) -> Stamp {
        self.state.dates.stamp(self.now.utc, self.config.precision)
    }
}
