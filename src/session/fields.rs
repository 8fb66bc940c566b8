//! What the fields of a message make of it, its number aside.

use super::config::Config;
use super::fault::Fault;
use super::identity::header_fault;
use super::inbound::Verdict;
use super::notice::Dropped;
use super::state::{Phase, State, Up};
use super::validation;
use crate::dictionary::{Check, Violation};
use crate::wire::{Defect, DefectKind, Message, MsgKind, Scan, Tag};

/// What is wrong with the fields of a message, if that is more than a `warning`. Behind the
/// numbers, unless the configuration wants it before them (S-VAL-36).
pub(super) fn judge_fields<'b>(
    config: &Config,
    state: &State,
    up: &Up,
    scan: &Scan<'b>,
    warning: &mut Option<Violation>,
) -> Option<Verdict<'b>> {
    // A Reject is never rejected (S-VAL-09), and a Logout ends the session all the same.
    if matches!(scan.message.kind(), MsgKind::Reject | MsgKind::Logout) {
        return None;
    }
    let header_fault = |warning| header_fault(config, &state.peer_versions, scan.message, warning);
    let fault = match field_fault(scan).or_else(|| header_fault(warning)) {
        Some(fault) => fault,
        None => match validation::check(config, &state.peer_versions, scan.message) {
            Ok(found) => {
                *warning = found.or(*warning);
                return None;
            }
            Err(fault) => fault,
        },
    };
    if let Some(violation) = passed_over(config, up, fault, scan.message.kind()) {
        *warning = Some(violation);
        return None;
    }
    // Behind our Logout nothing is said about it, and nothing is lost: it is not counted.
    let silent = up.phase.has_logged_out();
    Some(if silent { Verdict::Drop(Dropped::Ending) } else { Verdict::Fault(fault) })
}

/// The first field-level defect.
pub(super) fn field_fault(scan: &Scan<'_>) -> Option<Fault> {
    if let Some(defect) = scan.defect {
        return Some(Fault::Field(defect));
    }
    let flags = [(scan.poss_dup, Tag::POSS_DUP_FLAG), (scan.poss_resend, Tag::POSS_RESEND)];
    flags
        .into_iter()
        .find(|(value, _)| !matches!(value, None | Some(b"Y" | b"N")))
        .map(|(_, tag)| Fault::IncorrectFormat(tag))
}

/// The scan of the message was given up.
pub(super) fn too_many_fields(scan: &Scan<'_>) -> bool {
    scan.defect.is_some_and(|defect| defect.kind == DefectKind::TooManyFields)
}

/// What recovery rests on is done whatever else stands in the message: a fill that is rejected
/// because of its Text is asked for again and comes again, and the session stands still. The same
/// holds for the Heartbeat without which a reset does not begin.
fn passed_over(config: &Config, up: &Up, fault: Fault, kind: MsgKind) -> Option<Violation> {
    let needed = match kind {
        MsgKind::SequenceReset => [Tag::NEW_SEQ_NO, Tag::GAP_FILL_FLAG],
        MsgKind::ResendRequest => [Tag::BEGIN_SEQ_NO, Tag::END_SEQ_NO],
        MsgKind::Heartbeat if awaits_heartbeat(config, up) => [Tag::TEST_REQ_ID; 2],
        MsgKind::Heartbeat
        | MsgKind::TestRequest
        | MsgKind::Reject
        | MsgKind::Logout
        | MsgKind::Logon
        | MsgKind::Application => return None,
    };
    let violation = as_violation(fault)?;
    // Twice the same says one thing: see `only`.
    let is_needed = violation.check != Check::Repeated
        && violation.tag.is_some_and(|tag| needed.contains(&tag));
    (!is_needed).then_some(violation)
}

/// Whether nothing but a Heartbeat leads on.
const fn awaits_heartbeat(config: &Config, up: &Up) -> bool {
    matches!(up.phase, Phase::ResetProbe { .. })
        || (config.dialect.require_matching_heartbeat && up.probe.is_some())
}

/// What is wrong with a field, in the words of a dictionary.
fn as_violation(fault: Fault) -> Option<Violation> {
    if let Fault::Dictionary(violation) = fault {
        return Some(violation);
    }
    if let Fault::Field(defect) = fault {
        let number = defect.tag.and_then(|tag| u32::try_from(tag).ok());
        let check = match defect.kind {
            DefectKind::InvalidTag => Check::UnknownTag,
            DefectKind::EmptyValue => Check::EmptyValue,
            DefectKind::Repeated => Check::Repeated,
            DefectKind::Misplaced => Check::OutOfOrder,
            DefectKind::TooManyFields => return None,
        };
        return Some(Violation { check, tag: number.and_then(Tag::new) });
    }
    let (check, tag) = if let Fault::VersionOfSessionMessage(tag) = fault {
        (Check::TagNotInMessage, tag)
    } else if let Fault::IncorrectFormat(tag) = fault {
        (Check::IncorrectFormat, tag)
    } else {
        return None;
    };
    Some(Violation { check, tag: Some(tag) })
}

/// The value of a field that decides what a session message does. Where it stands twice, and says
/// two things, nobody knows which one is meant.
pub(super) fn only<'b>(message: Message<'b>, tag: Tag) -> Result<Option<&'b [u8]>, Fault> {
    let mut values = message.fields().iter().filter(|field| field.tag == tag);
    let first = values.next().map(|field| field.value);
    if values.all(|field| Some(field.value) == first) {
        return Ok(first);
    }
    Err(Fault::Field(Defect { tag: Some(tag.get().into()), kind: DefectKind::Repeated }))
}
