//! Messages of any version with the names that it has for their fields: for people.

use alloc::string::{String, ToString as _};
#[cfg(feature = "dictionaries")]
use core::cell::OnceCell;

use super::dictionary::Dictionary;
use super::names::Named;
#[cfg(feature = "dictionaries")]
use super::{ApplVerId, Standard};
use crate::wire::SecretTags;

/// Prints messages of any version for people, with names out of the dictionaries that come with the
/// crate. Without the feature `dictionaries` there are none, and messages are printed as
/// [`Pretty`](crate::wire::Pretty) prints them.
///
/// A dictionary is made when the first message needs it, which takes a few milliseconds.
///
/// ```
/// # #[cfg(feature = "dictionaries")] {
/// use fixline::dictionary::StandardNames;
/// let names = StandardNames::new();
/// assert_eq!(
///     names.readable(b"8=FIX.4.2\x0135=D\x0140=2\x019999=x\x01554=secret\x01"),
///     "BeginString 8=FIX.4.2|MsgType 35=D NewOrderSingle|OrdType 40=2 Limit|9999=x|554=***|"
/// );
/// # }
/// ```
#[derive(Debug, Default)]
pub struct StandardNames {
    secrets: SecretTags,
    #[cfg(feature = "dictionaries")]
    made: [OnceCell<Option<Dictionary>>; Standard::ALL.len()],
}

impl StandardNames {
    /// No dictionary is made yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out the values of these fields as well.
    #[must_use]
    pub const fn hiding(mut self, secrets: SecretTags) -> Self {
        self.secrets = secrets;
        self
    }

    /// The message with names: `OrdType 40=2 Limit|`. Secrets are left out. Bytes that are no
    /// message are printed all the same, without names if they do not say of which version they are.
    #[must_use]
    pub fn readable(&self, bytes: &[u8]) -> String {
        match self.dictionaries(bytes) {
            Some((application, transport)) => {
                Named::new(application, transport, bytes).hiding(self.secrets).to_string()
            }
            None => self.secrets.pretty(bytes).to_string(),
        }
    }

    /// The dictionaries of the application and of the transport.
    #[cfg(feature = "dictionaries")]
    fn dictionaries(&self, bytes: &[u8]) -> Option<(&Dictionary, &Dictionary)> {
        let transport = Standard::from_name(value(bytes, b"8=")?)?;
        let is_session_only = transport == Standard::Fixt11;
        let application = if is_session_only { application(bytes) } else { transport };
        Some((self.dictionary(application)?, self.dictionary(transport)?))
    }

    #[cfg(not(feature = "dictionaries"))]
    #[expect(clippy::unused_self, reason = "with the feature, it has the dictionaries")]
    const fn dictionaries(&self, _bytes: &[u8]) -> Option<(&Dictionary, &Dictionary)> {
        None
    }

    #[cfg(feature = "dictionaries")]
    fn dictionary(&self, standard: Standard) -> Option<&Dictionary> {
        let made = self.made.get(standard as usize)?;
        made.get_or_init(|| Dictionary::compile(&standard.spec()).ok()).as_ref()
    }
}

/// The application version that a message under FIXT.1.1 tells; the latest, which has the names of
/// those before it, if it tells none.
#[cfg(feature = "dictionaries")]
fn application(bytes: &[u8]) -> Standard {
    let told = value(bytes, b"1128=").or_else(|| value(bytes, b"1137="));
    let name = told.and_then(|told| ApplVerId::parse(told.as_bytes())?.name());
    name.and_then(Standard::from_name).unwrap_or(Standard::Fix50Sp2)
}

/// The first value of a field that begins like this.
#[cfg(feature = "dictionaries")]
fn value<'b>(bytes: &'b [u8], begin: &[u8]) -> Option<&'b str> {
    let mut fields = bytes.split(|&byte| byte == crate::wire::SOH);
    fields.find_map(|field| core::str::from_utf8(field.strip_prefix(begin)?).ok())
}
