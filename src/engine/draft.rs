//! An application message before it has a number.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::session::Header;
use crate::wire::{Body, FieldError, Fields, PutField, Tag};

/// An application message to be sent: its type and the fields that are the application's.
///
/// Put fields with [`PutField`], in the order in which they shall stand. Header fields such as
/// OnBehalfOfCompID(115) or PossResend(97) find their way into the header by themselves, among the
/// session's own; each may be put once. Reuse a draft with [`clear`](Self::clear), and no memory is
/// taken for the next message.
///
/// ```
/// use fixline::engine::Draft;
/// use fixline::wire::{PutField as _, Tag};
///
/// let mut order = Draft::new("D");
/// order.str(Tag::CL_ORD_ID, "ORD-1").str(Tag::ON_BEHALF_OF_COMP_ID, "DESK");
/// assert_eq!(order.body()?.as_bytes(), b"11=ORD-1\x01");
/// assert_eq!(order.header_fields()?.as_bytes(), b"115=DESK\x01");
/// # Ok::<(), fixline::wire::FieldError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    msg_type: String,
    header: Body,
    body: Body,
}

impl Draft {
    /// A message of this MsgType(35) without fields.
    #[must_use]
    pub fn new(msg_type: &str) -> Self {
        Self { msg_type: msg_type.to_owned(), ..Self::default() }
    }

    /// A message with these fields; what of them belongs into the header is put there.
    #[must_use]
    pub fn with_body(msg_type: &str, body: Body) -> Self {
        let mut draft = Self::new(msg_type);
        match body.as_fields() {
            Ok(fields) => {
                for field in fields {
                    draft.field(field);
                }
            }
            // It says what is wrong with it when it is sent.
            Err(_) => draft.body = body,
        }
        draft
    }

    /// Starts another message of this type in the same memory.
    pub fn clear(&mut self, msg_type: &str) {
        self.msg_type.clear();
        self.msg_type.push_str(msg_type);
        self.header.clear();
        if self.body.as_fields().is_err() {
            // It may be one that was given, and keeps no order.
            self.body = Body::in_order();
        }
        self.body.clear();
    }

    /// Becomes a copy of another draft, in the same memory.
    pub fn copy_from(&mut self, other: &Self) {
        let Self { msg_type, header, body } = self;
        msg_type.clone_from(&other.msg_type);
        header.copy_from(&other.header);
        body.copy_from(&other.body);
    }

    /// How many bytes it takes where it waits.
    #[must_use]
    pub fn len(&self) -> usize {
        self.msg_type.len().saturating_add(self.header.len()).saturating_add(self.body.len())
    }

    /// Whether it has neither a type nor fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// MsgType(35).
    #[must_use]
    pub fn msg_type(&self) -> &str {
        &self.msg_type
    }

    /// The header fields.
    ///
    /// # Errors
    ///
    /// The first field that cannot be written.
    pub fn header_fields(&self) -> Result<Fields<'_>, FieldError> {
        self.header.as_fields()
    }

    /// The body fields.
    ///
    /// # Errors
    ///
    /// The first field that cannot be written.
    pub fn body(&self) -> Result<Fields<'_>, FieldError> {
        self.body.as_fields()
    }

    /// The header for [`Session::compose`](crate::session::Session::compose).
    ///
    /// # Errors
    ///
    /// The first field that cannot be written.
    pub fn header(&self) -> Result<Header<'_>, FieldError> {
        Ok(Header::new(&self.msg_type).fields(self.header.as_fields()?))
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self { msg_type: String::new(), header: Body::in_order(), body: Body::in_order() }
    }
}

impl PutField for Draft {
    fn put(&mut self, tag: Tag, value: &[u8]) -> &mut Self {
        let part = if tag.is_header() { &mut self.header } else { &mut self.body };
        part.put(tag, value);
        self
    }
}
