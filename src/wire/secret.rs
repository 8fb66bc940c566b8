//! What must not be read by whoever reads logs: which fields are secret, and how they are printed.

use alloc::string::String;
use core::fmt::{self, Write as _};
use core::hash::{Hash, Hasher};
use core::hint::black_box;

use super::SOH;
use super::field::Fields;
use super::tag::Tag;
use super::token::{Name, Tokens, split_name};

/// What is printed in place of a secret.
pub const MASK: &str = "***";

/// The tags from which on fields are a venue's own (S-VAL-34).
const USER_DEFINED_FROM: u32 = 5_000;

/// A text that is never printed: a password, a token, a key.
///
/// `Debug` shows `***`. The bytes are overwritten when it is dropped, as far as safe code can.
///
/// ```
/// use fixline::wire::Secret;
/// let password = Secret::new("s3cret");
/// assert_eq!(format!("{password:?}"), "***");
/// assert!(password.matches(b"s3cret"));
/// ```
#[derive(Clone, Default, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps this text secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for what needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is what was given, in a time that depends on its length alone.
    #[must_use]
    pub fn matches(&self, given: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differences = own.iter().zip(given).fold(0, |all, (one, other)| all | (one ^ other));
        own.len() == given.len() && black_box(differences) == 0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.0.as_bytes())
    }
}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = core::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        black_box(&bytes);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// The fields whose values must never be printed: those of the standard
/// ([`Tag::is_secret`]), and those that a venue or a firm has besides.
///
/// ```
/// use fixline::wire::{SecretTags, Tag};
///
/// let token = Tag::new(9001).unwrap();
/// let secrets = SecretTags::new(&[token]).unwrap();
/// assert_eq!(secrets.pretty(b"35=A\x01554=x\x019001=y\x0158=z\x01").to_string(),
///     "35=A|554=***|9001=***|58=z|");
/// assert!(secrets.hides_name(b" +0554 ", Some(b"D")));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SecretTags([u32; Self::MAX]);

impl SecretTags {
    /// How many there may be besides those of the standard.
    pub const MAX: usize = 16;
    /// Those of the standard alone.
    pub const STANDARD: Self = Self([0; Self::MAX]);

    /// Those of the standard and these; `None` if these are too many.
    #[must_use]
    pub fn new(tags: &[Tag]) -> Option<Self> {
        let mut all = Self::STANDARD;
        for (place, tag) in all.0.get_mut(..tags.len())?.iter_mut().zip(tags) {
            *place = tag.get();
        }
        Some(all)
    }

    /// Whether the value of this field must not be printed; what is secret in any message is so
    /// where the MsgType(35) is not known.
    #[must_use]
    pub fn hides(&self, tag: Tag, msg_type: Option<&[u8]>) -> bool {
        // No tag is 0, with which the rest is filled up.
        tag.is_secret(msg_type.unwrap_or(b"A")) || self.0.contains(&tag.get())
    }

    /// Whether a value behind this must not be printed: what stands before the `=`, however it is
    /// written. ` 554 `, `+554`, `0554` and `x554` are no tags, and what follows is a password all
    /// the same.
    #[must_use]
    pub fn hides_name(&self, name: &[u8], msg_type: Option<&[u8]>) -> bool {
        let end = name.iter().rposition(u8::is_ascii_digit).map_or(0, |last| last + 1);
        let (name, _) = name.split_at_checked(end).unwrap_or_default();
        let start = name.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
        let digits = name.get(start..).unwrap_or_default();
        // Of more digits than a tag has, the last ones may be those of a secret.
        let number = digits.iter().fold(0_u32, |number, &digit| {
            number.wrapping_mul(10).wrapping_add(u32::from(digit.wrapping_sub(b'0')))
        });
        Tag::new(number).is_some_and(|tag| self.hides(tag, msg_type))
    }

    /// Prints bytes as [`Pretty`](super::Pretty) does, without the values of these fields.
    #[must_use]
    pub const fn pretty(self, bytes: &[u8]) -> Masked<'_> {
        Masked { bytes, secrets: self, as_logon: false }
    }

    /// Prints the further fields of a Logon: what is a venue's own there is as likely as not a
    /// credential, and left out whether it was named or not.
    #[must_use]
    pub const fn pretty_logon(self, fields: Fields<'_>) -> Masked<'_> {
        Masked { bytes: fields.as_bytes(), secrets: self, as_logon: true }
    }

    /// Whether the value of a further field of a Logon may be printed.
    #[must_use]
    pub fn shows_on_logon(&self, tag: Tag) -> bool {
        tag.get() < USER_DEFINED_FROM && !self.hides(tag, Some(b"A"))
    }
}

impl fmt::Debug for SecretTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().filter(|tag| **tag != 0)).finish()
    }
}

/// Bytes that print without their secrets; made by [`SecretTags`].
#[derive(Clone, Copy)]
pub struct Masked<'b> {
    bytes: &'b [u8],
    secrets: SecretTags,
    /// Whether they are further fields of a Logon.
    as_logon: bool,
}

impl Masked<'_> {
    fn hides(&self, tag: Tag, msg_type: Option<&[u8]>) -> bool {
        self.secrets.hides(tag, msg_type) || (self.as_logon && !self.secrets.shows_on_logon(tag))
    }

    /// `tag=value`, or `tag=***`; whether it is the latter.
    fn field(
        &self,
        f: &mut fmt::Formatter<'_>,
        tag: Tag,
        value: &[u8],
        msg_type: Option<&[u8]>,
    ) -> Result<bool, fmt::Error> {
        let hides = self.hides(tag, msg_type);
        write!(f, "{tag}=")?;
        write_value(f, value, hides)?;
        Ok(hides)
    }

    /// What is no field. What stands without a tag behind a secret may be the rest of it; whether
    /// it is secret.
    fn piece(
        &self,
        f: &mut fmt::Formatter<'_>,
        piece: &[u8],
        msg_type: Option<&[u8]>,
        after_secret: bool,
    ) -> Result<bool, fmt::Error> {
        match split_name(piece) {
            Some((Name::Tag(tag), value)) => return self.field(f, tag, value, msg_type),
            Some((Name::Invalid(name), value)) if self.secrets.hides_name(name, msg_type) => {
                if after_secret {
                    f.write_str(MASK)?;
                } else {
                    write_escaped(f, name)?;
                    f.write_char('=')?;
                    write_value(f, value, true)?;
                }
                return Ok(true);
            }
            Some((Name::Invalid(_), _)) | None if after_secret => f.write_str(MASK)?,
            Some((Name::Invalid(_), _)) | None => write_escaped(f, piece)?,
        }
        Ok(after_secret)
    }

    /// Prints what follows a token that cannot be read, one piece between delimiters after the
    /// other.
    fn garbled(
        &self,
        f: &mut fmt::Formatter<'_>,
        bytes: &[u8],
        msg_type: Option<&[u8]>,
        mut after_secret: bool,
    ) -> fmt::Result {
        for piece in bytes.split_inclusive(|&byte| byte == SOH) {
            let (text, end) = match piece.strip_suffix(&[SOH]) {
                Some(text) => (text, "|"),
                None => (piece, ""),
            };
            after_secret = self.piece(f, text, msg_type, after_secret)?;
            f.write_str(end)?;
        }
        Ok(())
    }
}

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tokens = Tokens::new(self.bytes);
        let mut msg_type = None;
        let mut after_secret = false;
        while let Ok(Some((token, after))) = tokens.strict() {
            if token.is_lone_data() {
                // Nobody knows where it ends, and it may be a secret.
                break;
            }
            match token.name {
                Name::Tag(tag) => {
                    if tag == Tag::MSG_TYPE {
                        msg_type.get_or_insert(token.value);
                    }
                    after_secret = self.field(f, tag, token.value, msg_type)?;
                }
                Name::Invalid(name) => {
                    let len = name.len().saturating_add(1).saturating_add(token.value.len());
                    let piece = tokens.rest().get(..len).unwrap_or_default();
                    after_secret = self.piece(f, piece, msg_type, after_secret)?;
                }
            }
            f.write_char('|')?;
            if let Some(data) = token.data {
                after_secret = self.field(f, data.tag, data.value, msg_type)?;
                f.write_char('|')?;
            }
            tokens = after;
        }
        self.garbled(f, tokens.rest(), msg_type, after_secret)
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A value, or what stands for it; nothing stands for nothing.
pub(super) fn write_value(f: &mut fmt::Formatter<'_>, value: &[u8], hides: bool) -> fmt::Result {
    if hides && !value.is_empty() { f.write_str(MASK) } else { write_escaped(f, value) }
}

fn write_escaped(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for &byte in bytes {
        match byte {
            b'|' | ..0x20 | 0x7f.. => write!(f, "\\x{byte:02x}")?,
            _ => f.write_char(char::from(byte))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Pretty;

    fn shown(bytes: &[u8]) -> String {
        Pretty(bytes).to_string()
    }

    #[test]
    fn safe_04_a_password_is_hidden_however_its_tag_is_written() {
        for name in
            ["554 ", " 554", "+554", "0554", "000554", "\t554", "x554", "-554", "#0925", "554\r"]
        {
            let bytes = format!("35=A\x01{name}=hunter2\x0158=x\x01");
            let shown = shown(bytes.as_bytes());
            assert!(!shown.contains("hunter2") && shown.contains("=***|58=x|"), "{name}: {shown}");
        }
        assert_eq!(shown(b"35=A\x015540=x\x011554=y\x01554=\x01"), "35=A|5540=x|1554=y|554=|");
    }

    #[test]
    fn safe_04_the_rest_of_a_password_with_a_delimiter_in_it_is_hidden() {
        for rest in ["ter2", "t=er2", "+t=er2", "ter2\x01more", "554 =ter2"] {
            let bytes = format!("35=A\x01554=hun\x01{rest}\x0158=x\x01");
            let shown = shown(bytes.as_bytes());
            assert!(!shown.contains("er2") && shown.ends_with("|58=x|"), "{rest:?}: {shown}");
        }
        // What has a tag is a field of its own.
        assert_eq!(shown(b"554=hun\x017=ter2\x01"), "554=***|7=ter2|");
    }

    #[test]
    fn safe_04_raw_data_is_hidden_on_logons_and_user_requests() {
        for (msg_type, hidden) in [("A", true), ("BE", true), ("D", false), ("BF", false)] {
            let bytes = format!("35={msg_type}\x0195=3\x0196=raw\x01");
            assert_eq!(!shown(bytes.as_bytes()).contains("raw"), hidden, "{msg_type}");
        }
    }

    #[test]
    fn safe_04_tags_can_be_named_secret() {
        let tags: Vec<Tag> = [9001, 9002].into_iter().filter_map(Tag::new).collect();
        let secrets = SecretTags::new(&tags).unwrap();
        let bytes = b"35=D\x019001=a\x0158=x\x0109002=b\x019003=c\x01554=d\x01";
        assert_eq!(
            secrets.pretty(bytes).to_string(),
            "35=D|9001=***|58=x|09002=***|9003=c|554=***|"
        );
        assert_eq!(format!("{secrets:?}"), "{9001, 9002}");
        assert!(SecretTags::new(&[Tag::TEXT; SecretTags::MAX + 1]).is_none());
        let fields = Fields::trusted(b"553=me\x01554=x\x019003=c\x01");
        assert_eq!(
            SecretTags::STANDARD.pretty_logon(fields).to_string(),
            "553=me|554=***|9003=***|"
        );
    }

    #[test]
    fn safe_04_a_secret_does_not_print() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {secret:#?}"), "*** ***");
    }

    #[test]
    fn safe_08_a_password_is_compared_without_being_read() {
        let secret = Secret::new("hunter2");
        assert!(secret.matches(b"hunter2") && !secret.matches(b"hunter") && !secret.matches(b""));
        assert!(!secret.matches(b"hunter3") && !secret.matches(b"hunter22"));
        assert_eq!((secret.expose(), secret == Secret::from("hunter2")), ("hunter2", true));
    }

    proptest! {
        #[test]
        fn safe_04_no_password_is_printed_whatever_stands_around_it(
            before in "[ -~\x01]{0,12}",
            sign in "[ +0\t]{0,3}",
            tag in prop_oneof![Just("554"), Just("925"), Just("1402"), Just("1404")],
            blank in "[ \t]{0,2}",
            after in "[ -~\x01]{0,12}",
        ) {
            // A Length before it may take it for its data; that is another field then.
            prop_assume!(!["90", "93", "95", "21", "34", "35", "36", "44", "61", "62", "14", "21"]
                .iter().any(|length| before.contains(length)));
            let bytes = format!("{before}\x01{sign}{tag}{blank}=CANARY\x01{after}");
            prop_assert!(!shown(bytes.as_bytes()).contains("CANARY"), "{bytes:?}");
        }
    }
}
