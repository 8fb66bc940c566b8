//! Messages as text, with `|` for the delimiter: for people, logs and tests.

use alloc::vec::Vec;
use core::fmt;

use super::SOH;
use super::frame::sum;
use super::number::Digits;
use super::secret::SecretTags;

/// Builds a whole message from text such as `8=FIX.4.4|35=0|34=1|`.
///
/// `|` stands for the delimiter and `\xNN` for any byte, as [`Pretty`] prints them; a delimiter
/// at the end may be left out. BodyLength(9) and CheckSum(10) are computed where absent and
/// kept where given, so that a wrong one can be written.
///
/// ```
/// use fixline::wire::from_text;
/// assert_eq!(from_text("8=FIX.4.2|35=0|"), b"8=FIX.4.2\x019=5\x0135=0\x0110=161\x01");
/// ```
#[must_use]
pub fn from_text(text: &str) -> Vec<u8> {
    let fields = encoded(text);
    let begin_len = token_len(&fields);
    let (begin_string, rest) = fields.split_at_checked(begin_len).unwrap_or_default();
    let (body, check_sum) = split_check_sum(rest);
    let mut message = begin_string.to_vec();
    if !body.starts_with(b"9=") {
        message.extend_from_slice(b"9=");
        message.extend_from_slice(Digits::new(body.len() as u64).as_bytes());
        message.push(SOH);
    }
    message.extend_from_slice(body);
    if check_sum.is_empty() {
        let sum = sum(&message);
        message.extend_from_slice(b"10=");
        message.extend([b'0' + sum / 100, b'0' + sum / 10 % 10, b'0' + sum % 10, SOH]);
    } else {
        message.extend_from_slice(check_sum);
    }
    message
}

/// Encoded fields from text with `|` or SOH between them and `\xNN` for any byte.
pub(super) fn encoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 1);
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = match (byte, after) {
            (b'|', _) => (SOH, after),
            (b'\\', &[b'x', high, low, ref after @ ..]) => match hex_byte(high, low) {
                Some(escaped) => (escaped, after),
                None => (byte, rest.get(1..).unwrap_or_default()),
            },
            _ => (byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    if bytes.last().is_some_and(|&last| last != SOH) {
        bytes.push(SOH);
    }
    bytes
}

/// Prints encoded fields for people: `|` for the delimiter, `\xNN` for bytes that do not print
/// and for a `|` in a value, `***` for secrets: those of the standard;
/// [`SecretTags::pretty`] knows more.
///
/// RawData(96) is a secret unless MsgType(35) stands before it and is neither Logon nor
/// UserRequest.
///
/// ```
/// use fixline::wire::Pretty;
/// let fields = Pretty(b"35=A\x01553=me\x01554=secret\x0158=a|b\x01");
/// assert_eq!(fields.to_string(), r"35=A|553=me|554=***|58=a\x7cb|");
/// ```
#[derive(Clone, Copy)]
pub struct Pretty<'b>(pub &'b [u8]);

impl fmt::Display for Pretty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&SecretTags::STANDARD.pretty(self.0), f)
    }
}

impl fmt::Debug for Pretty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The length of the first token, its delimiter included.
fn token_len(fields: &[u8]) -> usize {
    fields.iter().position(|&byte| byte == SOH).map_or(fields.len(), |end| end + 1)
}

/// Splits off a CheckSum(10) at the end, if there is one.
fn split_check_sum(fields: &[u8]) -> (&[u8], &[u8]) {
    let before = fields.strip_suffix(&[SOH]).unwrap_or_default();
    let start = before.iter().rposition(|&byte| byte == SOH).map_or(0, |at| at + 1);
    match fields.split_at_checked(start) {
        Some((body, last)) if last.starts_with(b"10=") => (body, last),
        Some(_) | None => (fields, &[]),
    }
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{Message, Tag};

    #[test]
    fn length_and_checksum_are_computed_where_absent() {
        let bytes = b"8=FIX.4.4\x019=10\x0135=0\x0134=7\x0110=171\x01";
        for text in [
            "8=FIX.4.4|35=0|34=7|",
            "8=FIX.4.4|35=0|34=7",
            "8=FIX.4.4|9=10|35=0|34=7|",
            "8=FIX.4.4|35=0|34=7|10=171|",
            "8=FIX.4.4|9=10|35=0|34=7|10=171",
            "8=FIX.4.4\x0135=0\x0134=7\x01",
            r"8=FIX.4.4|35=\x30|34=7|",
        ] {
            assert_eq!(from_text(text), bytes, "{text}");
        }
    }

    #[test]
    fn given_length_and_checksum_are_kept() {
        assert_eq!(
            from_text("8=FIX.4.4|9=99|35=0|10=000|"),
            b"8=FIX.4.4\x019=99\x0135=0\x0110=000\x01"
        );
    }

    #[test]
    fn odd_texts_make_odd_messages_and_no_panic() {
        for text in ["", "|", "||", "8", "9=|10=|", "10=000", r"\", r"\x", r"\x0", r"\xzz|", "é"] {
            let _ = Pretty(&from_text(text)).to_string();
        }
    }

    #[test]
    fn what_does_not_print_is_escaped() {
        let bytes = b"58=a|b\x00\x1f\x7f\x80\xff~ \x01";
        assert_eq!(Pretty(bytes).to_string(), r"58=a\x7cb\x00\x1f\x7f\x80\xff~ |");
    }

    #[test]
    fn delimiters_in_data_are_escaped() {
        assert_eq!(Pretty(b"95=3\x0196=a\x01b\x0158=x\x01").to_string(), "95=3|96=***|58=x|");
        assert_eq!(
            Pretty(b"354=3\x01355=a\x01b\x0158=x\x01").to_string(),
            r"354=3|355=a\x01b|58=x|"
        );
    }

    #[test]
    fn bytes_that_are_no_fields_are_printed_all_the_same() {
        assert_eq!(Pretty(b"11=x\x01oops\x010=y\x0158=z").to_string(), "11=x|oops|0=y|58=z");
        assert_eq!(Pretty(b"\x01\x01").to_string(), "||");
        assert_eq!(Pretty(b"=\x01x").to_string(), "=|x");
    }

    #[test]
    fn secrets_are_left_out_of_garbled_bytes_as_well() {
        assert_eq!(Pretty(b"oops\x01554=pass\x0158=x").to_string(), "oops|554=***|58=x");
        assert_eq!(Pretty(b"35=A\x01554=pa").to_string(), "35=A|554=***");
        assert_eq!(
            Pretty(b"35=A\x0195=9\x0196=pa\x01ss\x0158=x\x01").to_string(),
            "35=A|95=9|96=***|***|58=x|"
        );
        assert_eq!(Pretty(b"35=A\x0196=pa\x01ss").to_string(), "35=A|96=***|***");
    }

    proptest! {
        #[test]
        fn whatever_is_printed_reads_back(value in proptest::collection::vec(any::<u8>(), 1..40)) {
            let plain: Vec<u8> = value.into_iter().filter(|byte| !b"\x01\\".contains(byte)).collect();
            prop_assume!(!plain.is_empty());
            let mut bytes = b"8=FIX.4.4\x0135=0\x0158=".to_vec();
            bytes.extend_from_slice(&plain);
            let message = from_text(&Pretty(&bytes).to_string());
            let message = Message::parse(&message).unwrap();
            prop_assert_eq!(message.get(Tag::TEXT), Some(&plain[..]));
        }

        #[test]
        fn any_bytes_print(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let printed = Pretty(&bytes).to_string();
            prop_assert!(printed.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        }
    }
}
