//! BusinessMessageReject(j): the application's refusal of a message that is well-formed.

use super::core::Core;
use super::delivery::{Refused, RequestError, SendError};
use super::draft::Draft;
use super::reply::{Answer as _, BusinessRejection, Rejection};
use super::store::Store;
use crate::session::{self, Misuse, Now};
use crate::wire::{Message, PutField as _, Tag};

pub(super) fn reject<S: Store>(
    core: &mut Core<S>,
    to: Message<'_>,
    why: &BusinessRejection<'_>,
    now: Now,
) -> Result<(), SendError> {
    let version = core.session.config().version();
    if !version.has_reject_details() {
        let why = Rejection { reason: None, tag: None, text: why.text };
        return core.reject(to, &why, now).map_err(as_refused);
    }
    core.send_scratch(|draft| write(draft, to, why), now).map(|_| ())
}

/// Puts a BusinessMessageReject together.
pub(crate) fn write(draft: &mut Draft, to: Message<'_>, why: &BusinessRejection<'_>) {
    let &BusinessRejection { reason, id, text } = why;
    draft.clear("j");
    for field in to.reversed_routing() {
        draft.field(field);
    }
    draft.uint(Tag::REF_SEQ_NUM, to.msg_seq_num());
    if !text.is_empty() {
        draft.str(Tag::TEXT, text);
    }
    draft.put(Tag::REF_MSG_TYPE, to.msg_type());
    if let Some(id) = id {
        draft.str(Tag::BUSINESS_REJECT_REF_ID, id);
    }
    draft.uint(Tag::BUSINESS_REJECT_REASON, reason.code().into());
}

/// A Reject that was not sent, for who asked to send a BusinessMessageReject.
pub(crate) fn as_refused(error: RequestError) -> SendError {
    match error {
        RequestError::NoRoom => session::SendError::NoRoom.into(),
        RequestError::StoreFailed => Refused::StoreFailed.into(),
        // Only a session that is not established, or is engaged otherwise, refuses a Reject.
        RequestError::Misuse(Misuse::Busy) => session::SendError::LoggingOut.into(),
        RequestError::Misuse(_)
        | RequestError::Connected
        | RequestError::NotOpen
        | RequestError::Over
        | RequestError::QueueFull
        | RequestError::Stopped => session::SendError::NotLoggedOn.into(),
    }
}
