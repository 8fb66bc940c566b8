//! BusinessMessageReject(j): the application's refusal of a message that is well-formed.

use super::core::Core;
use super::error::{Refused, RequestError};
use super::reply::BusinessRejectReason;
use super::store::Store;
use crate::session::{Input, SendError};
use crate::wire::{Message, PutField as _, Tag};

pub(super) fn reject<S: Store>(
    core: &mut Core<S>,
    to: Message<'_>,
    reason: BusinessRejectReason,
    id: Option<&str>,
    text: &str,
) -> Result<(), Refused> {
    let version = core.session.config().version();
    if !version.has_reject_details() {
        let reject = Input::Reject { to, reason: None, tag: None, text };
        return core.request(reject).map_err(as_refused);
    }
    let outcome = core.send_scratch("j", |draft| {
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
    });
    outcome.map(|_| ())
}

const fn as_refused(error: RequestError) -> Refused {
    match error {
        RequestError::NoRoom => Refused::Session(SendError::NoRoom),
        RequestError::StoreFailed => Refused::StoreFailed,
        // Only a session that is not established, or is engaged otherwise, refuses a Reject.
        RequestError::Misuse(crate::session::Misuse::Busy) => {
            Refused::Session(SendError::LoggingOut)
        }
        RequestError::Misuse(_) => Refused::Session(SendError::NotLoggedOn),
    }
}
