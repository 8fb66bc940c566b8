//! What a log shows of secrets: nothing.

use std::borrow::Cow;
use std::io::{self, Write};

pub(super) use fixline::wire::MASK;
use fixline::wire::{SecretTags, Tag};

use super::record::{DELIMITERS, Field};
use super::text::{printable, put, put_printable};

/// Which fields are secrets, and where they may hide in what a log holds: what they are is the
/// library's to say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Secrets(pub(super) SecretTags);

impl Secrets {
    fn has(&self, tag: u32, msg_type: &[u8]) -> bool {
        Tag::new(tag).is_some_and(|tag| self.0.hides(tag, Some(msg_type)))
    }

    /// Whether the value of a field must not be shown: it is a secret by its tag, or it has
    /// swallowed one.
    pub(super) fn hides(&self, field: Field<'_>, msg_type: &[u8]) -> bool {
        !field.value.is_empty() && (self.has(field.tag, msg_type) || self.are_in(field.value))
    }

    /// Any other text of a log, masked where a secret may stand in it.
    pub(super) fn shown_text<'l>(&self, text: &'l [u8]) -> Cow<'l, str> {
        if self.are_in(text) { Cow::Borrowed(MASK) } else { printable(text) }
    }

    /// Writes such a text.
    pub(super) fn put_text(&self, out: &mut impl Write, text: &[u8]) -> io::Result<()> {
        if self.are_in(text) { put(out, MASK) } else { put_printable(out, text) }
    }

    /// Whether what a log writes before a message may hold fields of another one.
    pub(super) fn are_before(&self, prefix: &[u8]) -> bool {
        self.fields(prefix).any(|(tag, _)| self.has(tag, b"A"))
    }

    /// Whether a value has swallowed a secret: a wrong data length covers the fields that follow,
    /// and what a log writes around its delimiters hides a tag. Letters before a tag are no
    /// delimiter, unless a log uses them as such: what looks like a tag in encoded data is none.
    fn are_in(&self, value: &[u8]) -> bool {
        let is_data = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        self.fields(value).any(|(tag, before)| {
            let is_begun = before.last().is_none_or(|byte| !is_data(byte))
                || DELIMITERS.iter().any(|delimiter| before.ends_with(delimiter));
            is_begun && self.has(tag, b"A")
        })
    }

    /// What may be fields in a text: for each `=`, the number before it, and what stands before
    /// that. A sign, zeros and blanks around the number do not hide it.
    fn fields<'t>(&self, text: &'t [u8]) -> impl Iterator<Item = (u32, &'t [u8])> {
        let mut from = 0;
        let ends = memchr::memchr_iter(b'=', text);
        ends.filter_map(move |end| {
            // No byte is looked at for two ends.
            let piece = &text[from..end];
            let base = from;
            from = end + 1;
            let digits = piece.trim_ascii_end();
            let len = digits.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            let (before, digits) = digits.split_at(digits.len() - len);
            let (before, digits) = behind_escape(before, digits);
            let tag = digits.iter().try_fold(0_u32, |tag, digit| {
                tag.checked_mul(10)?.checked_add(u32::from(digit - b'0'))
            })?;
            let before = match before.split_last() {
                Some((b'+' | b'-', rest)) if is_sign(rest) => rest.len(),
                _ => before.len(),
            };
            (len > 0).then(|| (tag, &text[..base + before]))
        })
    }
}

/// A delimiter that ends with digits is none of the tag.
fn behind_escape<'t>(before: &'t [u8], digits: &'t [u8]) -> (&'t [u8], &'t [u8]) {
    let escapes: [(&[u8], &[u8]); 3] = [(b"\\x", b"01"), (b"\\u", b"0001"), (b"\\", b"001")];
    for (mark, code) in escapes {
        if before.ends_with(mark)
            && let Some(digits) = digits.strip_prefix(code)
        {
            return (&before[..before.len() - mark.len()], digits);
        }
    }
    (before, digits)
}

/// Whether what stands before a sign is not a part of encoded data.
fn is_sign(before: &[u8]) -> bool {
    before.last().is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    // SAFE-04, SAFE-05
    #[test]
    fn a_value_that_swallowed_a_secret_is_not_shown() {
        let secrets = Secrets::default();
        for value in [
            "|554=x",
            "a\x01925=x",
            "a^A1402=x",
            "\\x011404=x",
            "<SOH>96=x",
            "|0554=x",
            "554=",
            "554 =x",
            "+554=x",
            " 554=x",
            "a|+0554 =x",
            "a;554\t=x",
            "-554=x",
            "x=y;554=z",
        ] {
            assert_eq!(secrets.shown_text(value.as_bytes()), MASK, "{value}");
        }
        for value in
            ["a|1554=x", "c2VjcmV0Cg96=", "a+96==", "a+554=", "554", "a|5540=x", "=", "==", "a=b"]
        {
            assert_eq!(secrets.shown_text(value.as_bytes()), value);
        }
    }

    #[test]
    fn tags_of_a_house_are_secrets_too() {
        let secrets = Secrets(SecretTags::new(&[Tag::new(9001).unwrap()]).unwrap());
        assert!(secrets.hides(Field { tag: 9001, value: b"x" }, b"A"));
        assert_eq!(secrets.shown_text(b"a|9001=x"), MASK);
        assert!(!Secrets::default().hides(Field { tag: 9001, value: b"x" }, b"A"));
    }
}
