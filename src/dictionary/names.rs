//! Messages with the names of their fields and values: for people.

use alloc::string::{String, ToString as _};
use core::fmt;

use super::dictionary::Dictionary;
use crate::wire::{Message, SecretTags, Tag};

/// Prints a message with names: `OrdType 40=2 LIMIT|`. Secrets are left out, as
/// [`Pretty`](crate::wire::Pretty) leaves them out.
#[derive(Clone, Copy)]
pub struct Named<'d, 'b> {
    application: &'d Dictionary,
    transport: &'d Dictionary,
    fields: &'b [u8],
    secrets: SecretTags,
}

impl Dictionary {
    /// The message with the names that this dictionary has for its fields and values.
    ///
    /// ```
    /// # use fixline::dictionary::{Dictionary, Spec};
    /// # use fixline::wire::{Message, from_text};
    /// let spec = Spec::from_text("field 35 MsgType String\nfield 40 OrdType char 2=Limit\nmessage D Order 40")?;
    /// let dictionary = Dictionary::compile(&spec)?;
    /// let order = from_text("8=FIX.4.4|35=D|40=2|9999=x|");
    /// let message = Message::parse(&order)?;
    /// assert_eq!(
    ///     dictionary.named(message).to_string(),
    ///     "8=FIX.4.4|9=17|MsgType 35=D Order|OrdType 40=2 Limit|9999=x|10=088|"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn named<'d, 'b>(&'d self, message: Message<'b>) -> Named<'d, 'b> {
        self.named_within(self, message)
    }

    /// As [`named`](Self::named), with the names of the header and the trailer from `transport`.
    #[must_use]
    pub const fn named_within<'d, 'b>(
        &'d self,
        transport: &'d Self,
        message: Message<'b>,
    ) -> Named<'d, 'b> {
        Named::new(self, transport, message.bytes())
    }
}

impl<'d, 'b> Named<'d, 'b> {
    /// Any encoded fields, whether they are a message or not.
    pub(super) const fn new(
        application: &'d Dictionary,
        transport: &'d Dictionary,
        fields: &'b [u8],
    ) -> Self {
        Self { application, transport, fields, secrets: SecretTags::STANDARD }
    }

    /// Leaves out the values of these fields as well.
    #[must_use]
    pub const fn hiding(mut self, secrets: SecretTags) -> Self {
        self.secrets = secrets;
        self
    }

    fn field_name(&self, tag: Tag) -> Option<&'d str> {
        self.application.field_name(tag).or_else(|| self.transport.field_name(tag))
    }

    /// What a value is called; where it is a tag or a MsgType, what that is called.
    fn value_name(&self, tag: Tag, value: &str) -> Option<&'d str> {
        let [application, transport] = [self.application, self.transport];
        let bytes = value.as_bytes();
        match tag {
            Tag::MSG_TYPE | Tag::REF_MSG_TYPE => {
                application.message_name(bytes).or_else(|| transport.message_name(bytes))
            }
            Tag::REF_TAG_ID => self.field_name(Tag::new(value.parse().ok()?)?),
            _ => application.value_name(tag, bytes).or_else(|| transport.value_name(tag, bytes)),
        }
    }
}

impl fmt::Display for Named<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In this text every delimiter is a `|`, and secrets are left out already.
        let text: String = self.secrets.pretty(self.fields).to_string();
        for piece in text.split_inclusive('|') {
            let field = piece.strip_suffix('|').unwrap_or(piece);
            let parsed = field
                .split_once('=')
                .and_then(|(tag, value)| Some((Tag::new(tag.parse().ok()?)?, value)));
            if let Some(name) = parsed.and_then(|(tag, _)| self.field_name(tag)) {
                write!(f, "{name} ")?;
            }
            f.write_str(field)?;
            if let Some(name) = parsed.and_then(|(tag, value)| self.value_name(tag, value)) {
                write!(f, " {name}")?;
            }
            if field.len() < piece.len() {
                f.write_str("|")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Named<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
