//! The gate: what an inbound message of an established session is, decided without changing
//! anything. The order of the checks is that of the functions below.

use super::config::Config;
use super::fault::Fault;
use super::fields::{judge_fields, only, too_many_fields};
use super::identity::identify;
use super::logon_in_session::{judge_logon, judge_while_resetting};
use super::notice::Dropped;
use super::state::{Phase, State, Up};
use crate::dictionary::Violation;
use crate::wire::{Message, MsgKind, Scan, SeqNum, Tag, UtcTime, parse_uint};

/// A number further ahead than this is a defect of the peer, not a gap (INV-05).
pub(super) const JUMP_MAX: u64 = 1_000_000_000;

/// Numbers beyond this end a session before they can overflow (S-SEQ-12).
pub(super) const SEQ_MAX: u64 = i64::MAX as u64;

/// What the gate found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict<'b> {
    /// The peer is wrong.
    Fault(Fault),
    /// A repetition of what was received before (S-SEQ-08).
    Duplicate,
    /// Not for now.
    Drop(Dropped),
    /// Above the expected number: hold it and ask for what is missing (S-SEQ-06).
    Ahead,
    /// A gap fill above the expected number: not held, because it comes again in its place.
    FillAhead,
    /// A ResendRequest above the expected number, served before we ask (S-SEQ-06).
    ResendRequestAhead { begin: SeqNum, end: SeqNum },
    /// The peer's Logout in sequence or too low (S-OUT-14), or whatever its number when ours is
    /// out.
    Logout,
    /// The peer's Logout above the expected number: acted on before what is missing has come.
    LogoutAhead,
    /// In sequence: hand it over.
    Application,
    /// In sequence, and nothing but its number counts.
    Count,
    /// In sequence.
    Heartbeat { test_req_id: Option<&'b [u8]> },
    /// In sequence.
    TestRequest { test_req_id: &'b [u8] },
    /// In sequence, or served too early because the phase allows it.
    ResendRequest { begin: SeqNum, end: SeqNum },
    /// In sequence.
    Reject,
    /// In sequence: the expected number becomes `new` (S-GAP-02).
    GapFill { new: SeqNum },
    /// In Reset mode, whatever its number: the expected number becomes `new` (S-RST-02).
    SequenceReset { new: SeqNum },
    /// The peer's reset in session (S-RESET-03).
    ResetLogon,
    /// The answer to our reset in session.
    ResetAnswer,
    /// The same for a reset that is over: the peer answers our answer.
    ResetAgain,
    /// A Logon in session that would reset, and is wrong: it ends the session.
    BadReset(Fault),
    /// In sequence in the series before our reset (S-RESET-07).
    OldSeries,
}

/// Decides what `scan` is to an established session; `warning` is what is wrong and passes.
pub(super) fn judge<'b>(
    config: &Config,
    state: &State,
    up: &Up,
    scan: &Scan<'b>,
    warning: &mut Option<Violation>,
) -> Verdict<'b> {
    let message = scan.message;
    if let Phase::Failing { .. } = up.phase {
        // Only the answer to our Logout counts, and it may have the same defect (S-OUT-11).
        let answered = message.kind() == MsgKind::Logout;
        return if answered { Verdict::Logout } else { Verdict::Drop(Dropped::Ending) };
    }
    let utc = state.now.utc;
    if let Err(fault) = identify(config, scan, up.behind_since.unwrap_or(utc), utc) {
        return Verdict::Fault(fault);
    }
    if too_many_fields(scan) {
        return Verdict::Fault(Fault::TooManyFields);
    }
    if let Phase::ResetSent { old_next_in, .. } = up.phase {
        return judge_while_resetting(config, state, scan, old_next_in, warning);
    }
    if config.dialect.fields_before_sequence
        && let Some(verdict) = judge_fields(config, state, up, scan, warning)
    {
        return verdict;
    }
    if message.kind() == MsgKind::SequenceReset && !is_gap_fill(message) {
        return judge_sequence_reset(config, state, up, scan, warning);
    }
    if message.kind() == MsgKind::Logon && !message.poss_dup() {
        return judge_logon(config, state, up, scan, warning);
    }
    resume(config, state, up, scan, warning)
}

/// Decides by number. Where a held message comes back in: its identity and time were checked
/// when it arrived.
pub(super) fn resume<'b>(
    config: &Config,
    state: &State,
    up: &Up,
    scan: &Scan<'b>,
    warning: &mut Option<Violation>,
) -> Verdict<'b> {
    let message = scan.message;
    let expected = state.nums.next_in.get();
    let seq = message.msg_seq_num();
    if seq == expected {
        judge_expected(config, state, up, scan, warning)
    } else if seq > expected {
        judge_ahead(config, state, up, message)
    } else {
        judge_low(config, state, up, scan)
    }
}

/// SendingTime(52), of a message that came between these two times.
pub(super) fn check_sending_time(
    config: &Config,
    scan: &Scan<'_>,
    since: UtcTime,
    utc: UtcTime,
) -> Result<(), Fault> {
    let tag = Tag::SENDING_TIME;
    match scan.sending_time {
        None => return Err(Fault::RequiredTagMissing(tag)),
        Some([]) => return Err(Fault::EmptyValue(tag)),
        Some(_) => {}
    }
    let sent = scan.message.sending_time();
    if sent == UtcTime::EPOCH {
        // What the scan reads when the value is no time.
        return Err(Fault::IncorrectFormat(tag));
    }
    let Some(threshold) = config.sending_time_threshold else { return Ok(()) };
    // Of the times at which it may have come the one that suits it best.
    let came = sent.max(since.min(utc)).min(since.max(utc));
    // A difference of exactly the threshold is accepted (S-TIME-03).
    if sent.abs_diff(came) > threshold { Err(Fault::SendingTime) } else { Ok(()) }
}

/// Whether a SequenceReset is subject to its number; a flag that is neither Y nor N does not
/// make it a Reset (GAP-14).
pub(super) fn is_gap_fill(message: Message<'_>) -> bool {
    !matches!(message.get(Tag::GAP_FILL_FLAG), None | Some(b"N"))
}

/// S-RST: its own number does not matter.
fn judge_sequence_reset<'b>(
    config: &Config,
    state: &State,
    up: &Up,
    scan: &Scan<'b>,
    warning: &mut Option<Violation>,
) -> Verdict<'b> {
    if !config.dialect.fields_before_sequence
        && let Some(verdict) = judge_fields(config, state, up, scan, warning)
    {
        return verdict;
    }
    match new_seq_no(state, scan.message) {
        Ok(new) => match SeqNum::new(new).filter(|new| *new >= state.nums.next_in) {
            Some(new) => Verdict::SequenceReset { new },
            None => Verdict::Fault(Fault::NewSeqNoTooLow { new, gap_fill: false }),
        },
        Err(fault) => Verdict::Fault(fault),
    }
}

fn new_seq_no(state: &State, message: Message<'_>) -> Result<u64, Fault> {
    let tag = Tag::NEW_SEQ_NO;
    let value = only(message, tag)?.ok_or(Fault::RequiredTagMissing(tag))?;
    if value.is_empty() {
        return Err(Fault::EmptyValue(tag));
    }
    let new = parse_uint(value).ok_or(Fault::IncorrectFormat(tag))?;
    check_jump(state.nums.next_in, tag, new)?;
    Ok(new)
}

pub(super) fn check_jump(next_in: SeqNum, tag: Tag, received: u64) -> Result<(), Fault> {
    if received.saturating_sub(next_in.get()) > JUMP_MAX || received > SEQ_MAX {
        return Err(Fault::SeqNumJump { tag, received });
    }
    Ok(())
}

/// Above the expected number (S-SEQ-06).
fn judge_ahead<'b>(config: &Config, state: &State, up: &Up, message: Message<'b>) -> Verdict<'b> {
    let seq = message.msg_seq_num();
    if let Err(fault) = check_jump(state.nums.next_in, Tag::MSG_SEQ_NUM, seq) {
        return Verdict::Fault(fault);
    }
    if SeqNum::new(seq).is_some_and(|seq| up.gap.is_done(seq)) {
        return Verdict::Drop(Dropped::Done);
    }
    let may_ask = up.phase.may_ask();
    if message.kind() == MsgKind::Logout && !message.poss_dup() {
        // To ours it is the answer, whatever is missing.
        let recovers = may_ask && !config.dialect.acknowledge_logout_at_once;
        return if recovers { Verdict::LogoutAhead } else { Verdict::Logout };
    }
    if message.kind() == MsgKind::ResendRequest
        && is_served(config, message)
        && let Ok((begin, end)) = resend_range(config, state, message)
    {
        return Verdict::ResendRequestAhead { begin, end };
    }
    if !may_ask {
        return Verdict::Drop(Dropped::Ending);
    }
    if message.kind() == MsgKind::SequenceReset { Verdict::FillAhead } else { Verdict::Ahead }
}

/// Whether a ResendRequest is for now, and not a repetition of one that was (S-RSND-14).
fn is_served(config: &Config, resend_request: Message<'_>) -> bool {
    !(resend_request.poss_dup() && config.dialect.ignore_poss_dup_resend_requests)
}

/// Below the expected number: a repetition, a Logout, or the end (S-SEQ-07, S-SEQ-08).
fn judge_low<'b>(config: &Config, state: &State, up: &Up, scan: &Scan<'b>) -> Verdict<'b> {
    let message = scan.message;
    if message.kind() == MsgKind::SequenceReset
        && let Some(verdict) = judge_low_fill(state, up, message)
    {
        return verdict;
    }
    if message.poss_dup() {
        return match check_orig_sending_time(config, scan) {
            Ok(()) => Verdict::Duplicate,
            Err(fault) => Verdict::Fault(fault),
        };
    }
    if message.kind() == MsgKind::Logout {
        return Verdict::Logout;
    }
    if message.kind() == MsgKind::ResendRequest && config.dialect.serve_low_resend_request {
        return match resend_range(config, state, message) {
            Ok((begin, end)) => Verdict::ResendRequest { begin, end },
            Err(fault) => Verdict::Fault(fault),
        };
    }
    Verdict::Fault(Fault::MsgSeqNumTooLow {
        expected: state.nums.next_in,
        received: message.msg_seq_num(),
    })
}

/// A gap fill that begins with numbers that are in hand: part of the answer that we asked for, even
/// if it does not say that it is a repetition. Where it reaches beyond them it is what was waited
/// for (S-GAP-07); nothing else of the answer will speak of those numbers.
fn judge_low_fill<'b>(state: &State, up: &Up, message: Message<'b>) -> Option<Verdict<'b>> {
    let asked_for = SeqNum::new(message.msg_seq_num()).is_some_and(|seq| up.has_asked_for(seq));
    if !message.poss_dup() && !asked_for {
        return None;
    }
    let next_in = state.nums.next_in;
    let is_awaited = up.gap.request.is_some_and(|request| request.covers(next_in));
    match judge_gap_fill(state, message) {
        Ok(fill @ Verdict::GapFill { .. }) if is_awaited => Some(fill),
        _ => Some(Verdict::Duplicate),
    }
}

/// OrigSendingTime(122) of a repetition: there, a time, and not after SendingTime(52). Fills are
/// exempt: peers disagree about it on them (S-PD-02, GAP-16).
fn check_orig_sending_time(config: &Config, scan: &Scan<'_>) -> Result<(), Fault> {
    if scan.message.kind() == MsgKind::SequenceReset {
        return Ok(());
    }
    let tag = Tag::ORIG_SENDING_TIME;
    if scan.orig_sending_time.is_none() && !config.require_orig_sending_time {
        return Ok(());
    }
    let value = scan.orig_sending_time.ok_or(Fault::RequiredTagMissing(tag))?;
    if value.is_empty() {
        return Err(Fault::EmptyValue(tag));
    }
    let (orig, digits) = UtcTime::parse_with_digits(value).ok_or(Fault::IncorrectFormat(tag))?;
    let sent = scan.sending_time.and_then(UtcTime::parse_with_digits);
    let Some((sent, sent_digits)) = sent else {
        return Ok(());
    };
    // Compared at the coarser precision of the two (S-TIME-07).
    let digits = digits.min(sent_digits);
    if orig.truncate(digits) > sent.truncate(digits) {
        let fatal = !config.reject_only_bad_orig_sending_time;
        return Err(Fault::OrigSendingTime { fatal });
    }
    Ok(())
}

/// The expected number: the times of a repetition, fields, and what the type asks for.
fn judge_expected<'b>(
    config: &Config,
    state: &State,
    up: &Up,
    scan: &Scan<'b>,
    warning: &mut Option<Violation>,
) -> Verdict<'b> {
    let message = scan.message;
    if message.poss_dup()
        && config.dialect.orig_sending_time_in_sequence
        && let Err(fault) = check_orig_sending_time(config, scan)
    {
        return Verdict::Fault(fault);
    }
    if !config.dialect.fields_before_sequence
        && let Some(verdict) = judge_fields(config, state, up, scan, warning)
    {
        return verdict;
    }
    match judge_in_sequence(config, state, message) {
        // Repeated session messages only count, but for fills and Rejects (S-PD-06).
        Ok(Verdict::Heartbeat { .. } | Verdict::TestRequest { .. } | Verdict::Logout)
            if message.poss_dup() =>
        {
            Verdict::Count
        }
        Ok(Verdict::ResendRequest { .. }) if !is_served(config, message) => Verdict::Count,
        // Having sent a Logout we answer nothing but ResendRequests (S-OUT-03).
        Ok(Verdict::TestRequest { .. }) if up.phase.has_logged_out() => Verdict::Count,
        // Not counted, so that nothing is lost: it is asked for after the next Logon.
        Ok(Verdict::Application | Verdict::Reject)
            if matches!(up.phase, Phase::LogoutAcked { .. }) =>
        {
            Verdict::Drop(Dropped::Ending)
        }
        Ok(verdict) => verdict,
        Err(fault) => {
            // What passed for a notice did not, in the end.
            *warning = None;
            Verdict::Fault(fault)
        }
    }
}

fn judge_in_sequence<'b>(
    config: &Config,
    state: &State,
    message: Message<'b>,
) -> Result<Verdict<'b>, Fault> {
    Ok(match message.kind() {
        MsgKind::Application => Verdict::Application,
        MsgKind::Heartbeat => Verdict::Heartbeat { test_req_id: message.get(Tag::TEST_REQ_ID) },
        MsgKind::TestRequest => {
            let tag = Tag::TEST_REQ_ID;
            let test_req_id = message.get(tag).ok_or(Fault::RequiredTagMissing(tag))?;
            // Where a tag may stand without a value, the answer has none.
            if test_req_id.is_empty() && !config.dialect.framing.empty_values {
                return Err(Fault::EmptyValue(tag));
            }
            Verdict::TestRequest { test_req_id }
        }
        MsgKind::ResendRequest => {
            let (begin, end) = resend_range(config, state, message)?;
            Verdict::ResendRequest { begin, end }
        }
        MsgKind::Reject => Verdict::Reject,
        MsgKind::SequenceReset => judge_gap_fill(state, message)?,
        MsgKind::Logout => Verdict::Logout,
        // Without PossDupFlag it was judged before numbers were looked at.
        MsgKind::Logon => Verdict::Count,
    })
}

fn judge_gap_fill<'b>(state: &State, message: Message<'b>) -> Result<Verdict<'b>, Fault> {
    if only(message, Tag::GAP_FILL_FLAG)? != Some(b"Y") {
        return Err(Fault::IncorrectFormat(Tag::GAP_FILL_FLAG));
    }
    let new = new_seq_no(state, message)?;
    match SeqNum::new(new) {
        Some(new) if new > state.nums.next_in => Ok(Verdict::GapFill { new }),
        _ => Err(Fault::NewSeqNoTooLow { new, gap_fill: true }),
    }
}

/// BeginSeqNo(7) and EndSeqNo(16), clipped to what was sent (S-RSND-08 to S-RSND-10), and not
/// asked for again and again (S-RSND-01).
pub(super) fn resend_range(
    config: &Config,
    state: &State,
    message: Message<'_>,
) -> Result<(SeqNum, SeqNum), Fault> {
    let number = |tag| {
        let value = only(message, tag)?.ok_or(Fault::RequiredTagMissing(tag))?;
        parse_uint(value).ok_or(Fault::IncorrectFormat(tag))
    };
    let begin = number(Tag::BEGIN_SEQ_NO)?;
    let end = number(Tag::END_SEQ_NO)?;
    let last = state.nums.next_out.previous();
    let (Some(begin), Some(last)) = (SeqNum::new(begin), last) else {
        return Err(Fault::ResendRange(Tag::BEGIN_SEQ_NO));
    };
    if begin > last {
        return Err(Fault::ResendRange(Tag::BEGIN_SEQ_NO));
    }
    let end = match SeqNum::new(end) {
        _ if config.version.is_infinity(end) => last,
        Some(end) if end >= begin => end.min(last),
        _ => return Err(Fault::ResendRange(Tag::END_SEQ_NO)),
    };
    let max = config.dialect.identical_resend_requests_max;
    match state.up() {
        Some(up) if up.asked.is_loop(begin, last, state.now.monotonic, max) => {
            Err(Fault::ResendRequestLoop)
        }
        _ => Ok((begin, end)),
    }
}
