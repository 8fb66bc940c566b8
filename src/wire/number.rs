//! Integers of the wire: sequence numbers, and digits to and from integers.

use core::fmt;
use core::num::NonZeroU64;

/// A MsgSeqNum(34): 1 and up (S-VAL-33).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeqNum(NonZeroU64);

impl SeqNum {
    /// The number that a series starts with: 1.
    pub const MIN: Self = Self(NonZeroU64::MIN);

    /// The largest number that 64 bits hold; a session ends long before.
    pub const MAX: Self = Self(NonZeroU64::MAX);

    /// The sequence number of this value; `None` for 0.
    #[must_use]
    pub const fn new(value: u64) -> Option<Self> {
        match NonZeroU64::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The number itself, at least 1.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The number that follows; `u64::MAX` follows itself.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number before, if there is one.
    #[must_use]
    pub const fn previous(self) -> Option<Self> {
        Self::new(self.get().wrapping_sub(1))
    }

    /// The number `count` further on, unless 64 bits cannot hold it.
    #[must_use]
    pub const fn checked_add(self, count: u64) -> Option<Self> {
        match self.0.checked_add(count) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }
}

impl fmt::Debug for SeqNum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for SeqNum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Reads an unsigned number: digits only, at least one, leading zeros accepted (S-VAL-33).
///
/// `None` for anything else, and for what 64 bits cannot hold.
///
/// ```
/// use fixline::wire::parse_uint;
/// assert_eq!(parse_uint(b"007"), Some(7));
/// assert_eq!(parse_uint(b"+7"), None);
/// ```
#[must_use]
#[inline]
pub fn parse_uint(digits: &[u8]) -> Option<u64> {
    /// So many digits make no number beyond 64 bits.
    const SAFE_LEN: usize = 19;

    if digits.is_empty() {
        return None;
    }
    let (safe, rest) = digits.split_at_checked(SAFE_LEN).unwrap_or((digits, &[]));
    let mut value = 0u64;
    for &byte in safe {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit(byte)?));
    }
    for &byte in rest {
        value = value.checked_mul(10)?.checked_add(u64::from(digit(byte)?))?;
    }
    Some(value)
}

/// A number below 100 as two digits.
#[inline]
pub(super) const fn digit_pair(number: u8) -> [u8; 2] {
    [b'0' + number / 10, b'0' + number % 10]
}

/// Numbers of two digits each, all at once: times stand in every message, and this halves what
/// reading them costs.
///
/// A digit must stand wherever `pattern` has a `0`, and elsewhere the pattern's own byte; `None` if
/// not. Each number stands in the place of its first digit.
///
/// ```
/// use fixline::wire::two_digit_numbers;
///
/// let [hour, _, _, minute, _, _, second, _] =
///     two_digit_numbers(*b"13:45:12", *b"00:00:00").expect("a time");
/// assert_eq!((hour, minute, second), (13, 45, 12));
/// assert_eq!(two_digit_numbers(*b"13-45-12", *b"00:00:00"), None);
/// ```
#[must_use]
#[inline]
pub fn two_digit_numbers(text: [u8; 8], pattern: [u8; 8]) -> Option<[u8; 8]> {
    let digits = u64::from_le_bytes(text) ^ u64::from_le_bytes(pattern);
    // What exceeds 9, or 0 where no digit belongs, reaches the highest bit of its byte by this.
    let headroom = pattern.map(|byte| if byte == b'0' { 0x7f - 9 } else { 0x7f });
    let excess = digits.wrapping_add(u64::from_le_bytes(headroom)) | digits;
    if excess & u64::from_le_bytes([0x80; 8]) != 0 {
        return None;
    }
    // The second digit is the byte above. No product and no sum exceeds 99, so that none carries.
    Some((digits.wrapping_mul(10) + (digits >> 8)).to_le_bytes())
}

fn digit(byte: u8) -> Option<u8> {
    let digit = byte.wrapping_sub(b'0');
    (digit <= 9).then_some(digit)
}

/// Reads a signed number: digits with an optional `-` before them, never a `+`.
#[must_use]
pub fn parse_int(text: &[u8]) -> Option<i64> {
    match text.strip_prefix(b"-") {
        Some(digits) => 0i64.checked_sub_unsigned(parse_uint(digits)?),
        None => i64::try_from(parse_uint(text)?).ok(),
    }
}

/// The digits of a number, without leading zeros: what `core::fmt` would write, at a fraction
/// of its cost.
///
/// ```
/// use fixline::wire::Digits;
/// assert_eq!(Digits::new(1_024).as_bytes(), b"1024");
/// ```
#[derive(Clone, Copy)]
pub struct Digits {
    /// Filled from the end.
    text: [u8; Self::LEN_MAX],
    start: u8,
}

impl Digits {
    /// `u64::MAX` has this many digits.
    const LEN_MAX: usize = 20;

    /// The digits of `value`.
    #[must_use]
    #[inline]
    pub fn new(mut value: u64) -> Self {
        let mut text = [b'0'; Self::LEN_MAX];
        let mut start = Self::LEN_MAX;
        // Two at a time: the division takes longest.
        for pair in text.as_chunks_mut().0.iter_mut().rev() {
            let [low, ..] = (value % 100).to_le_bytes();
            *pair = digit_pair(low);
            start -= if value > 9 { 2 } else { 1 };
            value /= 100;
            if value == 0 {
                break;
            }
        }
        Self { text, start: start.to_le_bytes()[0] }
    }

    /// At least so many digits, up to 20: zeros come first.
    #[must_use]
    #[inline]
    pub fn padded(value: u64, count: u8) -> Self {
        let Self { text, start } = Self::new(value);
        // In front of the digits there are zeros already.
        Self { text, start: start.min(20u8.saturating_sub(count)) }
    }

    /// The digits as ASCII, at least one.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(usize::from(self.start)..).unwrap_or_default()
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(self.as_bytes()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_are_filled_up_with_zeros() {
        assert_eq!(Digits::padded(7, 5).as_bytes(), b"00007");
        assert_eq!(Digits::padded(123_456, 5).as_bytes(), b"123456");
        assert_eq!(Digits::padded(7, 0).as_bytes(), b"7");
        assert_eq!(Digits::padded(7, 99).as_bytes(), b"00000000000000000007");
    }

    #[test]
    fn sequence_numbers_start_at_one_and_stop_at_the_last() {
        assert_eq!(SeqNum::new(0), None);
        assert_eq!(SeqNum::MIN.get(), 1);
        assert_eq!(SeqNum::MIN.previous(), None);
        assert_eq!(SeqNum::MIN.next().previous(), Some(SeqNum::MIN));
        let last = SeqNum::new(u64::MAX).unwrap();
        assert_eq!(last.next(), last);
        assert_eq!(last.checked_add(1), None);
        assert_eq!(SeqNum::MIN.checked_add(u64::MAX - 1), Some(last));
    }

    #[test]
    fn unsigned_numbers_are_digits_only() {
        for (text, number) in [
            ("0", Some(0)),
            ("7", Some(7)),
            ("007", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("00000000000018446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("99999999999999999999", None),
            ("", None),
            ("-", None),
            ("-1", None),
            ("+1", None),
            (" 1", None),
            ("1 ", None),
            ("1.0", None),
            ("1e3", None),
            ("\u{661}", None),
        ] {
            assert_eq!(parse_uint(text.as_bytes()), number, "{text:?}");
        }
    }

    #[test]
    fn signed_numbers_may_have_a_minus_and_nothing_else() {
        for (text, number) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("-05", Some(-5)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("-9223372036854775809", None),
            ("", None),
            ("-", None),
            ("--1", None),
            ("+1", None),
        ] {
            assert_eq!(parse_int(text.as_bytes()), number, "{text:?}");
        }
    }

    #[test]
    fn digits_have_no_leading_zeros() {
        for value in [0, 9, 10, 99, 100, 12_345, u64::MAX] {
            assert_eq!(Digits::new(value).as_bytes(), value.to_string().as_bytes());
        }
    }

    proptest! {
        #[test]
        fn digits_read_back_as_the_number(value in any::<u64>(), shift in 0u32..64) {
            let value = value >> shift;
            prop_assert_eq!(parse_uint(Digits::new(value).as_bytes()), Some(value));
        }

        #[test]
        fn signed_numbers_read_back(value in any::<i64>()) {
            prop_assert_eq!(parse_int(value.to_string().as_bytes()), Some(value));
        }
    }
}
