//! Decimal numbers (float, Qty, Price, Amt): exact, and printed as they were read.

use core::cmp::Ordering;
use core::fmt;

/// A decimal number of up to 38 digits that remembers how it was written.
///
/// `002000.00` stays `002000.00`, `-0`, `.5` and `5.` are themselves. For that reason two values
/// are equal (`==`, `Hash`) when they are *written* alike; [`cmp_value`](Self::cmp_value)
/// compares what they amount to. There is no conversion to or from floating point.
///
/// ```
/// use core::cmp::Ordering;
/// use fixline::wire::Decimal;
///
/// let price = Decimal::parse(b"412.350").unwrap();
/// assert_eq!((price.mantissa(), price.scale()), (412_350, 3));
/// assert_eq!(price.to_string(), "412.350");
/// assert_eq!(price.cmp_value(Decimal::new(41_235, 2).unwrap()), Ordering::Equal);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// All digits, the dot left out: below 10^38.
    magnitude: u128,
    negative: bool,
    /// Digits written before the dot, leading zeros included.
    whole: u8,
    /// Digits written after the dot.
    scale: u8,
    /// Whether a dot is written: `5.` has one and no digit behind it.
    dot: bool,
}

/// With at most this many digits, neither the value nor its negation can overflow.
const DIGITS_MAX: u8 = 38;

impl Decimal {
    /// The number `mantissa / 10^scale`, written without superfluous zeros before the dot.
    ///
    /// `None` if it takes more than 38 digits to write.
    #[must_use]
    pub const fn new(mantissa: i128, scale: u8) -> Option<Self> {
        let magnitude = mantissa.unsigned_abs();
        let mut digits = 0;
        let mut rest = magnitude;
        while rest > 0 {
            digits += 1;
            rest /= 10;
        }
        let whole = if digits > scale { digits - scale } else { 1 };
        if scale >= DIGITS_MAX || whole + scale > DIGITS_MAX {
            return None;
        }
        Some(Self { magnitude, negative: mantissa < 0, whole, scale, dot: scale > 0 })
    }

    /// Reads `[-]digits[.digits]`; digits may be missing on one side of the dot.
    ///
    /// `None` for anything else: a `+`, an exponent, spaces, no digit at all, over 38 digits.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix(b"-") {
            Some(unsigned) => (true, unsigned),
            None => (false, text),
        };
        let mut decimal = Self { magnitude: 0, negative, whole: 0, scale: 0, dot: false };
        for &byte in unsigned {
            match byte {
                b'0'..=b'9' if decimal.digits() < DIGITS_MAX => decimal.push(byte - b'0'),
                b'.' if !decimal.dot => decimal.dot = true,
                _ => return None,
            }
        }
        (decimal.digits() > 0).then_some(decimal)
    }

    /// All digits as one signed number: 41235 for `412.35`.
    #[must_use]
    pub const fn mantissa(self) -> i128 {
        // Below 10^38, which is less than i128::MAX.
        let magnitude = self.magnitude.cast_signed();
        if self.negative { -magnitude } else { magnitude }
    }

    /// The number of digits behind the dot: 2 for `412.35`.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// Compares the amounts, however they are written: `1.50`, `01.5` and `1.5` are equal, and so
    /// are `-0` and `0`.
    #[must_use]
    pub fn cmp_value(self, other: Self) -> Ordering {
        match (self.is_below_zero(), other.is_below_zero()) {
            (false, false) => self.cmp_magnitude(other),
            (true, true) => other.cmp_magnitude(self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }

    /// The number as it stands on the wire.
    #[must_use]
    pub fn to_text(self) -> DecimalText {
        let mut text = DecimalText { bytes: [b'0'; DecimalText::LEN_MAX], start: 0 };
        let mut place = DecimalText::LEN_MAX;
        let mut rest = self.magnitude;
        for written in 0..self.digits() {
            if self.dot && written == self.scale {
                place = text.set(place, b'.');
            }
            place = text.set(place, b'0' | (rest % 10).to_le_bytes()[0]);
            rest /= 10;
        }
        if self.dot && self.digits() == self.scale {
            place = text.set(place, b'.');
        }
        if self.negative {
            place = text.set(place, b'-');
        }
        text.start = place.to_le_bytes()[0];
        text
    }

    fn push(&mut self, digit: u8) {
        self.magnitude = self.magnitude * 10 + u128::from(digit);
        if self.dot { self.scale += 1 } else { self.whole += 1 }
    }

    const fn digits(self) -> u8 {
        self.whole + self.scale
    }

    const fn is_below_zero(self) -> bool {
        self.negative && self.magnitude != 0
    }

    fn cmp_magnitude(self, other: Self) -> Ordering {
        let (whole, fraction) = self.split();
        let (other_whole, other_fraction) = other.split();
        // Bringing a fraction to the finer scale keeps it below 10^38.
        let scale = self.scale.max(other.scale);
        let aligned = fraction * power_of_ten(scale - self.scale);
        let other_aligned = other_fraction * power_of_ten(scale - other.scale);
        whole.cmp(&other_whole).then(aligned.cmp(&other_aligned))
    }

    /// The digits before and behind the dot.
    const fn split(self) -> (u128, u128) {
        let unit = power_of_ten(self.scale);
        (self.magnitude / unit, self.magnitude % unit)
    }
}

/// 10 to the power of up to [`DIGITS_MAX`].
const fn power_of_ten(exponent: u8) -> u128 {
    10u128.pow(exponent as u32)
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(self.to_text().as_bytes()).unwrap_or_default())
    }
}

/// The text of a [`Decimal`].
#[derive(Clone, Copy)]
pub struct DecimalText {
    /// Filled from the end.
    bytes: [u8; Self::LEN_MAX],
    start: u8,
}

impl DecimalText {
    /// Sign, dot and digits.
    const LEN_MAX: usize = DIGITS_MAX as usize + 2;

    /// The text as ASCII, at least one digit.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(usize::from(self.start)..).unwrap_or_default()
    }

    /// Writes before `place`; returns the place written to.
    fn set(&mut self, place: usize, byte: u8) -> usize {
        let place = place.saturating_sub(1);
        if let Some(slot) = self.bytes.get_mut(place) {
            *slot = byte;
        }
        place
    }
}

impl fmt::Debug for DecimalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(self.as_bytes()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn every_way_to_write_a_number_is_printed_as_it_was_read() {
        for text in [
            "0",
            "-0",
            "0.0",
            "00",
            "5.",
            ".5",
            "-.5",
            "-5.",
            "00.00",
            "002000.00",
            "412.35",
            "-412.350",
            "0.0000000000000000000000000000000000001",
            "99999999999999999999999999999999999999",
            "-9999999999999999999.9999999999999999999",
        ] {
            assert_eq!(decimal(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "-.",
            "+1",
            "--1",
            "1-",
            "1.2.3",
            "1e5",
            "1E5",
            " 1",
            "1 ",
            "1,5",
            "NaN",
            "Infinity",
            "0x1",
            "100000000000000000000000000000000000000",
        ] {
            assert_eq!(Decimal::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn mantissa_and_scale_make_the_number() {
        for (mantissa, scale, text) in [
            (41_235, 2, "412.35"),
            (-41_235, 2, "-412.35"),
            (5, 1, "0.5"),
            (5, 3, "0.005"),
            (0, 0, "0"),
            (0, 2, "0.00"),
            (1, 37, "0.0000000000000000000000000000000000001"),
        ] {
            let made = Decimal::new(mantissa, scale).unwrap();
            assert_eq!(made.to_string(), text);
            assert_eq!((made.mantissa(), made.scale()), (mantissa, scale));
            assert_eq!(made, decimal(text));
        }
    }

    #[test]
    fn numbers_of_more_than_38_digits_are_not_made() {
        assert_eq!(Decimal::new(10i128.pow(38), 0), None);
        assert_eq!(Decimal::new(i128::MIN, 0), None);
        assert_eq!(Decimal::new(1, 38), None);
        assert_eq!(Decimal::new(0, 255), None);
        assert!(Decimal::new(10i128.pow(38) - 1, 37).is_some());
    }

    #[test]
    fn values_compare_by_amount_and_equal_by_text() {
        assert_ne!(decimal("1.50"), decimal("1.5"));
        for (left, right, ordering) in [
            ("1.50", "1.5", Ordering::Equal),
            ("-0", "0.00", Ordering::Equal),
            ("01.5", "1.51", Ordering::Less),
            ("-2", "-1.9", Ordering::Less),
            ("-2", "1", Ordering::Less),
            ("2", "-1", Ordering::Greater),
            ("99999999999999999999999999999999999999", ".1", Ordering::Greater),
            ("0.0000000000000000000000000000000000001", "1.", Ordering::Less),
        ] {
            assert_eq!(decimal(left).cmp_value(decimal(right)), ordering, "{left} {right}");
        }
    }

    proptest! {
        #[test]
        fn text_round_trips(text in "-?([0-9]{1,19}(\\.[0-9]{0,19})?|\\.[0-9]{1,38})") {
            let read = Decimal::parse(text.as_bytes()).map(|read| read.to_string());
            prop_assert_eq!(read, Some(text));
        }

        #[test]
        fn any_text_is_read_exactly_or_not_at_all(text in "[-+.0-9e]{0,42}") {
            if let Some(read) = Decimal::parse(text.as_bytes()) {
                prop_assert_eq!(read.to_string(), text);
            }
        }

        #[test]
        fn amounts_compare_as_integers_of_one_scale(
            left in any::<i64>(), left_scale in 0u8..10,
            right in any::<i64>(), right_scale in 0u8..10,
        ) {
            let aligned = |mantissa: i64, scale: u8| {
                i128::from(mantissa) * 10i128.pow(u32::from(9 - scale))
            };
            let made = |mantissa, scale| Decimal::new(i128::from(mantissa), scale).unwrap();
            prop_assert_eq!(
                made(left, left_scale).cmp_value(made(right, right_scale)),
                aligned(left, left_scale).cmp(&aligned(right, right_scale))
            );
        }

        #[test]
        fn padding_changes_the_text_and_not_the_amount(mantissa in any::<i64>(), zeros in 1usize..9) {
            let short = Decimal::new(i128::from(mantissa), 3).unwrap();
            let long = decimal(&(short.to_string() + &"0".repeat(zeros)));
            prop_assert_ne!(short, long);
            prop_assert_eq!(short.cmp_value(long), Ordering::Equal);
        }
    }
}
