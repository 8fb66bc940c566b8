//! Messages with the names of their fields and values: for people.

use core::fmt;

use super::dictionary::Dictionary;
use crate::wire::{Fields, Message, Tag};

/// Prints a message with names: `OrdType 40=2 LIMIT|`. Secrets are left out, as
/// [`Pretty`](crate::wire::Pretty) leaves them out.
#[derive(Clone, Copy)]
pub struct Named<'d, 'b> {
    application: &'d Dictionary,
    transport: &'d Dictionary,
    fields: Fields<'b>,
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
        Named { application: self, transport, fields: message.fields() }
    }
}

impl Named<'_, '_> {
    fn value_name(&self, tag: Tag, value: &[u8]) -> Option<&str> {
        let [application, transport] = [self.application, self.transport];
        if tag == Tag::MSG_TYPE {
            return application.message_name(value).or_else(|| transport.message_name(value));
        }
        application.value_name(tag, value).or_else(|| transport.value_name(tag, value))
    }
}

impl fmt::Display for Named<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for field in self.fields {
            let name = self.application.field_name(field.tag);
            if let Some(name) = name.or_else(|| self.transport.field_name(field.tag)) {
                write!(f, "{name} ")?;
            }
            write!(f, "{field}")?;
            if let Some(name) = self.value_name(field.tag, field.value) {
                write!(f, " {name}")?;
            }
            f.write_str("|")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Named<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
