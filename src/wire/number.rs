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
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
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
        let mut digits = Self {
            text: [b'0'; Self::LEN_MAX],
            start: 0,
        };
        for (place, byte) in digits.text.iter_mut().enumerate().rev() {
            // A remainder of 10 is a single digit.
            *byte = b'0' | (value % 10).to_le_bytes()[0];
            value /= 10;
            if value == 0 {
                digits.start = place.to_le_bytes()[0];
                break;
            }
        }
        digits
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
