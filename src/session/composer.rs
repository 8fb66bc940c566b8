//! Composing: how the application's messages get their header, their number and their place.

use super::action::{Keep, Sent};
use super::clock::Now;
use super::config::Config;
use super::outbound::{HeaderFields, count, write_header};
use super::state::{Link, Phase, State};
use super::validation;
use crate::dictionary::Violation;
use crate::wire::{
    DateCache, FieldError, FieldErrorKind, Fields, MsgKind, PutField, SendBuffer, Tag, WriteError,
    Writer,
};

/// The header fields that are the caller's: MsgType(35), PossResend(97), routing, and whatever
/// else a message of this type needs. The session adds its own.
#[derive(Clone, Copy, Debug)]
pub struct Header<'h> {
    msg_type: &'h str,
    fields: Fields<'h>,
}

impl<'h> Header<'h> {
    /// A header with nothing but its MsgType(35).
    pub const fn new(msg_type: &'h str) -> Self {
        Self { msg_type, fields: Fields::EMPTY }
    }

    /// Further header fields, each once, ascending by tag: SubIDs and LocationIDs (which go before
    /// those of the configuration), OnBehalfOf.., DeliverTo.., PossResend(97), ApplVerID(1128).
    #[must_use]
    pub const fn fields(mut self, fields: Fields<'h>) -> Self {
        self.fields = fields;
        self
    }

    /// MsgType(35).
    pub const fn msg_type(&self) -> &'h str {
        self.msg_type
    }

    /// The further header fields.
    pub const fn further_fields(&self) -> Fields<'h> {
        self.fields
    }
}

/// Why a message was not sent. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// Both Logons must be exchanged first.
    #[error("not logged on")]
    NotLoggedOn,
    /// A Logout is under way.
    #[error("the session is logging out")]
    LoggingOut,
    /// The numbers are being reset.
    #[error("the session is resetting its sequence numbers")]
    Resetting,
    /// Old messages are being sent again; wait for
    /// [`Notice::ReplayDone`](super::Notice::ReplayDone).
    #[error("old messages are being sent again")]
    Replaying,
    /// The send buffer is full; flush it, then compose again.
    #[error("the send buffer is full")]
    NoRoom,
    /// The message is longer than [`Config::message_len_max`], or than the peer accepts.
    #[error("the message is longer than {max} bytes")]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// The outgoing numbers are used up; the session needs a reset (S-SEQ-12).
    #[error("the sequence numbers are used up")]
    Exhausted,
    /// A field cannot be written.
    #[error("{0}")]
    BadField(FieldError),
    /// The dictionary forbids it; only with
    /// [`ConfigBuilder::check_composed`](super::ConfigBuilder::check_composed).
    #[error("{0}")]
    Dictionary(Violation),
    /// Session messages are the session's to send.
    #[error("session messages are sent by the session only")]
    AdminType,
}

/// A message under construction in the send buffer. Put its body fields with [`PutField`], then
/// [`finish`](Self::finish); dropped unfinished it leaves no trace, its number included.
///
/// What can be finished can be read (INV-20): a header field is refused here, because it belongs
/// into the [`Header`], and so is a body field behind Signature(89).
#[derive(Debug)]
#[must_use = "a message that is not finished is rolled back"]
pub struct Composer<'a> {
    writer: Writer<'a>,
    config: &'a Config,
    /// Not touched before the message is complete.
    state: &'a mut State,
    now: Now,
    dates: DateCache,
    /// Whether it goes out on this connection.
    flush: bool,
    /// The limit in bytes, if that is not the room in the send buffer.
    too_large: Option<usize>,
    /// The first header field that was put into the body.
    misplaced: Option<Tag>,
}

pub(super) fn compose<'a>(
    config: &'a Config,
    state: &'a mut State,
    header: &Header<'_>,
    now: Now,
    out: &'a mut SendBuffer,
) -> Result<Composer<'a>, SendError> {
    let way = check_state(config, state)?;
    if MsgKind::of(header.msg_type.as_bytes()).is_admin() {
        return Err(SendError::AdminType);
    }
    if !header.fields.is_empty()
        && let Some(field) = header.fields.iter().find(|field| !is_callers(config, field.tag))
    {
        let error = FieldError { tag: Some(field.tag), kind: FieldErrorKind::Reserved };
        return Err(SendError::BadField(error));
    }
    let room = out.room().checked_sub(Config::RESERVE).ok_or(SendError::NoRoom)?;
    let now = state.now.then(now);
    let mut dates = state.dates;
    let stamp = dates.stamp(now.utc, config.precision);
    let begin_string = config.version.begin_string().as_bytes();
    let limit = room.min(way.message_len_max);
    let mut writer = Writer::begin(out, limit, begin_string, header.msg_type.as_bytes())
        .ok_or(SendError::NoRoom)?;
    writer.pad_body_length(config.dialect.body_length_digits);
    let fields = HeaderFields::new(config, state.nums, header.fields);
    write_header(&mut writer, config, state.nums.next_out, stamp.as_bytes(), fields);
    // What belongs there and is put from here on would not be read (14.g).
    writer.end_header();
    Ok(Composer {
        writer,
        config,
        state,
        now,
        dates,
        flush: way.flush,
        too_large: (limit < room).then_some(limit),
        misplaced: None,
    })
}

/// Whether composing is possible now, and where the message goes.
fn check_state(config: &Config, state: &State) -> Result<Way, SendError> {
    if state.nums.next_out.get() >= super::inbound::SEQ_MAX {
        return Err(SendError::Exhausted);
    }
    let Link::Up(up) = &state.link else {
        let offline = matches!(state.link, Link::Down | Link::Ended(_)) && config.offline_sends;
        // Numbers that a reset is about to void would lose the message.
        if offline && !state.nums.reset_pending && !config.reset.resets() {
            return Ok(Way { flush: false, message_len_max: config.message_len_max });
        }
        return Err(SendError::NotLoggedOn);
    };
    match up.phase {
        Phase::Active => {}
        Phase::ResetProbe { .. } | Phase::ResetSent { .. } => return Err(SendError::Resetting),
        Phase::LogoutDue { .. }
        | Phase::LogoutSent { .. }
        | Phase::LogoutReceived { .. }
        | Phase::LogoutAcked { .. }
        | Phase::Failing { .. } => return Err(SendError::LoggingOut),
    }
    if up.replay.is_some() {
        return Err(SendError::Replaying);
    }
    Ok(Way { flush: true, message_len_max: config.message_len_max.min(up.message_len_max) })
}

/// How a message leaves.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Whether it goes out on this connection.
    flush: bool,
    message_len_max: usize,
}

/// Whether the caller may set this header field.
fn is_callers(config: &Config, tag: Tag) -> bool {
    let passed_on = matches!(tag, Tag::POSS_DUP_FLAG | Tag::ORIG_SENDING_TIME)
        && config.dialect.compose_poss_dup;
    let counted = tag == Tag::LAST_MSG_SEQ_NUM_PROCESSED && config.last_msg_seq_num_processed;
    tag.is_header() && !counted && (passed_on || !is_sessions(tag))
}

/// Whether only the session may write this field.
const fn is_sessions(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::BEGIN_STRING
            | Tag::BODY_LENGTH
            | Tag::MSG_TYPE
            | Tag::MSG_SEQ_NUM
            | Tag::SENDER_COMP_ID
            | Tag::TARGET_COMP_ID
            | Tag::SENDING_TIME
            | Tag::POSS_DUP_FLAG
            | Tag::ORIG_SENDING_TIME
    )
}

impl Composer<'_> {
    /// Appends body fields that are encoded already.
    #[inline]
    pub fn fields(&mut self, fields: Fields<'_>) -> &mut Self {
        for field in fields {
            self.put(field.tag, field.value);
        }
        self
    }

    /// Completes the message: from here on its number is used.
    ///
    /// # Errors
    ///
    /// [`SendError::NoRoom`], [`SendError::TooLarge`] or [`SendError::BadField`]; the message is
    /// rolled back.
    #[inline]
    pub fn finish(self) -> Result<Sent, SendError> {
        let Self { writer, config, state, now, dates, flush, too_large, misplaced } = self;
        if misplaced.is_some() {
            let error = FieldError { tag: misplaced, kind: FieldErrorKind::Reserved };
            return Err(SendError::BadField(error));
        }
        if config.check_composed {
            check_written(config, &writer).map_err(SendError::Dictionary)?;
        }
        let span = writer.finish_kept().map_err(|error| match error {
            WriteError::NoRoom => {
                too_large.map_or(SendError::NoRoom, |max| SendError::TooLarge { max })
            }
            WriteError::Field(error) => SendError::BadField(error),
        })?;
        state.now = now;
        state.dates = dates;
        Ok(Sent { flush, ..count(state, span, Keep::Message) })
    }
}

/// Holds what is written to the dictionaries.
#[cold]
fn check_written(config: &Config, writer: &Writer<'_>) -> Result<(), Violation> {
    let mut fields = Fields::trusted(writer.written()).iter();
    let msg_type = fields.find(|field| field.tag == Tag::MSG_TYPE);
    let msg_type = msg_type.map(|field| field.value).unwrap_or_default();
    validation::check_composed(config, msg_type, fields.rest())
}

impl PutField for Composer<'_> {
    #[inline]
    fn put(&mut self, tag: Tag, value: &[u8]) -> &mut Self {
        if is_sessions(tag) {
            self.misplaced = self.misplaced.or(Some(tag));
        } else {
            self.writer.put(tag, value);
        }
        self
    }
}
