//! The way back: routing fields of the answer to a message.

use super::field::Field;
use super::message::Message;
use super::tag::Tag;

/// The longest value that is copied, in bytes: an answer must not grow with what the peer sends.
const COPIED_LEN_MAX: usize = 64;

/// Header fields that swap places on the way back, ascending by the second tag.
const REVERSED: [(Tag, Tag); 6] = [
    (Tag::DELIVER_TO_COMP_ID, Tag::ON_BEHALF_OF_COMP_ID),
    (Tag::DELIVER_TO_SUB_ID, Tag::ON_BEHALF_OF_SUB_ID),
    (Tag::ON_BEHALF_OF_COMP_ID, Tag::DELIVER_TO_COMP_ID),
    (Tag::ON_BEHALF_OF_SUB_ID, Tag::DELIVER_TO_SUB_ID),
    (Tag::DELIVER_TO_LOCATION_ID, Tag::ON_BEHALF_OF_LOCATION_ID),
    (Tag::ON_BEHALF_OF_LOCATION_ID, Tag::DELIVER_TO_LOCATION_ID),
];

impl<'b> Message<'b> {
    /// The header fields that route an answer back the way this message came, ascending by tag
    /// (S-VAL-11). Empty values and those of more than 64 bytes are left out.
    pub fn reversed_routing(self) -> impl Iterator<Item = Field<'b>> {
        let header = self.header();
        REVERSED.into_iter().filter_map(move |(from, tag)| {
            let value = header.get(from)?;
            (1..=COPIED_LEN_MAX).contains(&value.len()).then_some(Field { tag, value })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Body, Pretty, PutField as _, from_text};
    use alloc::format;
    use alloc::string::ToString as _;

    #[test]
    fn senders_and_receivers_swap_places() {
        let long = "x".repeat(65);
        let bytes = from_text(&format!(
            "8=FIX.4.4|35=D|34=7|49=A|52=20260722-13:45:12|56=B|115=FUND|116={long}|128=DESK|144=NY|11=X|",
        ));
        let message = Message::parse(&bytes).unwrap();
        let mut routing = Body::new();
        for field in message.reversed_routing() {
            routing.field(field);
        }
        let routing = routing.as_fields().unwrap();
        assert_eq!(Pretty(routing.as_bytes()).to_string(), "115=DESK|128=FUND|145=NY|");
    }
}
