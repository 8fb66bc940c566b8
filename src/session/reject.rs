//! Reject(3), ours: for what the gate found, and for what the application refuses.

use core::fmt;

use super::action::Keep;
use super::config::Config;
use super::fault::Fault;
use super::input::Misuse;
use super::policy::RejectTexts;
use super::step::Step;
use super::text::Text;
use super::validation::unstated_version;
use crate::dictionary::{ApplVerId, Check};
use crate::wire::{Body, Fields, Message, MsgKind, PutField, Tag, salvage};

/// The longest value that is copied from the rejected message, in bytes.
const COPIED_LEN_MAX: usize = 64;

/// The words for Text(58) of a Reject that answers a fault.
pub(super) struct RejectText {
    fault: Fault,
    /// The standard's words instead, and the tag that they do not name.
    standard: Option<(u16, Option<i64>)>,
}

impl RejectText {
    pub(super) fn new(config: &Config, fault: Fault, reason: u16, tag: Option<i64>) -> Self {
        let standard = match config.dialect.reject_texts {
            RejectTexts::Detailed => None,
            RejectTexts::Standard => {
                // Where there is no RefTagID(371), only the text can say it (S-VAL-04).
                Some((reason, tag.filter(|_| !config.version.has_reject_details())))
            }
        };
        Self { fault, standard }
    }
}

impl fmt::Display for RejectText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.standard {
            None => self.fault.fmt(f),
            Some((reason, tag)) => {
                f.write_str(words_for(reason))?;
                tag.map_or(Ok(()), |tag| write!(f, " ({tag})"))
            }
        }
    }
}

/// What the standard calls a SessionRejectReason(373) (S-VAL-06).
fn words_for(reason: u16) -> &'static str {
    match reason {
        3 => "Undefined tag",
        7 => "Decryption problem",
        8 => "Signature problem",
        9 => "CompID problem",
        10 => "SendingTime accuracy problem",
        12 => "XML validation error",
        17 => "Non-data value includes field delimiter",
        18 => "Invalid or unsupported application version",
        _ => {
            let check = Check::ALL.into_iter().find(|check| check.reason() == Some(reason));
            check.map_or("Other", Check::words)
        }
    }
}

/// What a Reject says of the message that it is about.
#[derive(Clone, Copy)]
struct About<'m> {
    seq: u64,
    msg_type: &'m [u8],
    version: Option<ApplVerId>,
}

impl Step<'_, '_> {
    /// Sends a Reject; kept, because a Reject may be sent again (S-RSND-03).
    pub(super) fn send_reject(
        &mut self,
        to: Message<'_>,
        reason: Option<u16>,
        tag: Option<i64>,
        text: &dyn fmt::Display,
    ) -> bool {
        match self.way_back(to).as_fields() {
            Ok(routing) => {
                let about = About {
                    seq: to.msg_seq_num(),
                    msg_type: to.msg_type(),
                    version: unstated_version(self.config, &self.state.peer_versions, to),
                };
                self.write_reject(routing, about, reason, tag, text)
            }
            Err(_) => false,
        }
    }

    fn write_reject(
        &mut self,
        routing: Fields<'_>,
        about: About<'_>,
        reason: Option<u16>,
        tag: Option<i64>,
        text: &dyn fmt::Display,
    ) -> bool {
        let About { seq, msg_type, version: appl_version } = about;
        let text = Text::new(text);
        self.send_headed(b"3", routing, Keep::Message, |body, config| {
            let version = config.version;
            body.uint(Tag::REF_SEQ_NUM, seq);
            if !text.as_str().is_empty() {
                body.str(Tag::TEXT, text.as_str());
            }
            if !version.has_reject_details() {
                return;
            }
            if let Some(tag) = tag {
                body.int(Tag::REF_TAG_ID, tag);
            }
            if (1..=COPIED_LEN_MAX).contains(&msg_type.len()) {
                body.put(Tag::REF_MSG_TYPE, msg_type);
            }
            if let Some(reason) = reason.filter(|&reason| version.has_reject_reason(reason)) {
                body.uint(Tag::SESSION_REJECT_REASON, reason.into());
            }
            if let Some(appl_version) = appl_version {
                body.uint(Tag::REF_APPL_VER_ID, appl_version.code().into());
            }
        })
    }

    /// A garbled message is rejected by what can be read of it (D-25).
    pub(super) fn reject_garbled(&mut self, bytes: &[u8]) {
        let Some((seq, msg_type)) = salvage(bytes) else { return };
        let text = "Message failed basic validity check";
        let about = About { seq, msg_type, version: None };
        self.write_reject(Fields::EMPTY, about, None, None, &text);
        // What would have moved numbers itself does not.
        let moves = matches!(MsgKind::of(msg_type), MsgKind::Logon | MsgKind::SequenceReset);
        let next_in = self.state.nums.next_in;
        if seq == next_in.get() && !moves {
            self.advance_to(next_in.next());
            self.settle();
        }
    }

    /// Sends a BusinessMessageReject(j) for what a rule of the configuration finds; what the
    /// application refuses, it refuses itself.
    pub(super) fn send_business_reject(
        &mut self,
        to: Message<'_>,
        reason: u64,
        text: &dyn fmt::Display,
    ) -> bool {
        let text = Text::new(text);
        let routing = self.way_back(to);
        let Ok(extra) = routing.as_fields() else {
            return false;
        };
        self.send_headed(b"j", extra, Keep::Message, |body, _| {
            body.uint(Tag::REF_SEQ_NUM, to.msg_seq_num());
            body.str(Tag::TEXT, text.as_str());
            // It has a rule, and so a MsgType of the configuration.
            body.put(Tag::REF_MSG_TYPE, to.msg_type());
            body.uint(Tag::BUSINESS_REJECT_REASON, reason);
        })
    }

    /// The routing fields of an answer (S-VAL-11).
    fn way_back(&self, to: Message<'_>) -> Body {
        let locations = [Tag::ON_BEHALF_OF_LOCATION_ID, Tag::DELIVER_TO_LOCATION_ID];
        let mut routing = Body::new();
        for field in to.reversed_routing() {
            if self.config.version.has_location_ids() || !locations.contains(&field.tag) {
                routing.field(field);
            }
        }
        routing
    }

    /// The application rejects what was delivered to it; its number is used up already.
    pub(super) fn reject(
        &mut self,
        to: Message<'_>,
        reason: Option<u16>,
        tag: Option<Tag>,
        text: &str,
    ) -> Result<(), Misuse> {
        let up = self.state.up().ok_or(Misuse::NotLoggedOn)?;
        if !up.phase.is_open() {
            return Err(Misuse::Busy);
        }
        if self.wait_for_room(0) {
            self.send_reject(to, reason, tag.map(|tag| tag.get().into()), &text);
        }
        Ok(())
    }
}
