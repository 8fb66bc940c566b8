//! The way out: everything that a session sends is headed, numbered and written here.

use super::action::{Entry, Keep, Sent};
use super::config::Config;
use super::state::State;
use super::step::Step;
use crate::wire::{Field, Fields, PutField, SeqNum, Span, Stamp, Tag, Writer};

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
    /// The caller's, ascending by tag.
    pub(super) extra: Fields<'h>,
}

impl HeaderFields<'_> {
    pub(super) const NONE: Self = Self {
        orig_sending_time: None,
        extra: Fields::EMPTY,
    };
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
    writer.uint(Tag::MSG_SEQ_NUM, seq.get());
    if fields.orig_sending_time.is_some() {
        writer.put(Tag::POSS_DUP_FLAG, b"Y");
    }
    let template = &config.header;
    if fields.extra.is_empty() && template.rest.is_empty() {
        writer.raw(&template.before_time);
        writer.put(Tag::SENDING_TIME, stamp);
        writer.raw(&template.after_time);
        if let Some(orig) = fields.orig_sending_time {
            writer.put(Tag::ORIG_SENDING_TIME, orig);
        }
    } else {
        write_merged(writer, config, stamp, fields);
    }
}

/// Merges the fields of the session, of its configuration and of the caller, whose value goes
/// before the configuration's where both have one.
#[cold]
fn write_merged(writer: &mut Writer<'_>, config: &Config, stamp: &[u8], fields: HeaderFields<'_>) {
    let template = &config.header;
    let mut extra = fields.extra.iter().peekable();
    let times = [
        Some(Field {
            tag: Tag::SENDING_TIME,
            value: stamp,
        }),
        fields.orig_sending_time.map(|value| Field {
            tag: Tag::ORIG_SENDING_TIME,
            value,
        }),
    ];
    let mut times = times.into_iter().flatten().peekable();
    let sources = [&template.before_time, &template.after_time, &template.rest];
    let mut own = sources
        .into_iter()
        .flat_map(|encoded| Fields::scanned(encoded).iter())
        .peekable();
    loop {
        let tags = [times.peek(), own.peek(), extra.peek()].map(|next| next.map(|field| field.tag));
        let Some(lowest) = tags.into_iter().flatten().min() else {
            break;
        };
        let time = times.next_if(|field| field.tag == lowest);
        let configured = own.next_if(|field| field.tag == lowest);
        let callers = extra.next_if(|field| field.tag == lowest);
        if let Some(field) = time.or(callers).or(configured) {
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
    Sent {
        epoch: state.nums.epoch,
        seq,
        span,
        keep,
        flush: true,
    }
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
        let seq = self.state.nums.next_out;
        let stamp = self.stamp();
        let written = self.write(msg_type, 0, |writer, config| {
            let fields = HeaderFields {
                orig_sending_time: None,
                extra,
            };
            write_header(writer, config, seq, stamp.as_bytes(), fields);
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
        let (seq, stamp) = (self.state.nums.next_out, self.stamp());
        let written = self.write(b"4", 0, |writer, config| {
            write_header(writer, config, seq, stamp.as_bytes(), HeaderFields::NONE);
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
        let epoch = self.state.nums.epoch;
        let sent = Sent {
            epoch,
            seq,
            span,
            keep: Keep::Nothing,
            flush: true,
        };
        self.actions.push(Entry::Send(sent));
        true
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
        content(&mut writer, config);
        writer.finish().ok()
    }

    /// SendingTime(52) of what is written now.
    pub(super) fn stamp(&mut self) -> Stamp {
        self.state.dates.stamp(self.now.utc, self.config.precision)
    }
}
