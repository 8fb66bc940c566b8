//! The values that fields may have, by the names that FIX gives them: a type for each field.
//!
//! With the tags of all fields, which are constants of [`Tag`](crate::wire::Tag), they are all that
//! the dictionaries of the crate name, generated from the same tables as
//! [`Standard`](super::Standard). A type is spelled as FIX spells the field, and its constants are
//! text: [`str`](crate::wire::PutField::str) writes it, and
//! [`get_str`](crate::wire::Message::get_str) reads it.
//!
//! ```
//! use fixline::dictionary::codes::{MsgType, OrdType, PartyRole, Side};
//! use fixline::engine::Draft;
//! use fixline::wire::{Message, PutField as _, Tag, from_text};
//!
//! let mut order = Draft::new(MsgType::NEW_ORDER_SINGLE);
//! order.str(Tag::CL_ORD_ID, "ORD-1").str(Tag::SIDE, Side::BUY).str(Tag::ORD_TYPE, OrdType::MARKET);
//! order.uint(Tag::NO_PARTY_IDS, 1).str(Tag::PARTY_ID, "TRADER-7");
//! order.str(Tag::PARTY_ROLE, PartyRole::CLIENT_ID);
//! assert_eq!(order.body()?.to_string(), "11=ORD-1|54=1|40=1|453=1|448=TRADER-7|452=3|");
//!
//! let received = from_text("8=FIX.4.4|35=D|11=ORD-2|54=2|");
//! let received = Message::parse(&received)?;
//! let is_order = received.get_str(Tag::MSG_TYPE) == Some(MsgType::NEW_ORDER_SINGLE);
//! let sign = match received.get_str(Tag::SIDE) {
//!     Some(Side::BUY) => 1,
//!     Some(Side::SELL | Side::SELL_SHORT) => -1,
//!     _ => 0,
//! };
//! assert_eq!((is_order, sign), (true, -1));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Versions
//!
//! There is one set for all versions, FIX Latest among them. The documentation of each constant tells
//! in which dictionaries it has this name; nothing keeps you from writing it in another version. A
//! [`Dictionary`](super::Dictionary) does: it knows what its version lacks.
//!
//! Few names have meant more than one thing. Those have behind them the version that gave them this
//! meaning first: [`HaltReason::NEWS_PENDING_FIX42`] is `P`, [`HaltReason::NEWS_PENDING_FIX50SP2`] is
//! `4`, and there is no `NEWS_PENDING`. Where one version has both, the value stands behind the name.
//! What has had more than one name is there under each.
//!
//! Fields with the same values under the same names, in the same versions, share a type:
//! [`AllocRegulatoryTradeIDType`] is another name for [`RegulatoryTradeIDType`].

// Files of one module, so that a type has one place, and one page.
include!("a.rs");
include!("b.rs");
include!("c.rs");
include!("d.rs");
include!("e.rs");
include!("f.rs");
include!("g.rs");
include!("h.rs");
include!("i.rs");
include!("l.rs");
include!("m.rs");
include!("msg_type.rs");
include!("n.rs");
include!("o.rs");
include!("p.rs");
include!("q.rs");
include!("r.rs");
include!("s.rs");
include!("t.rs");
include!("u.rs");
include!("v.rs");
include!("w.rs");
include!("y.rs");
