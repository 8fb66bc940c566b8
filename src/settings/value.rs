//! Values that several keys share.

/// A number with at most two decimals, in hundredths.
pub(super) fn percent(value: &str) -> Option<u32> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 2 {
        return None;
    }
    let fraction: u32 =
        fraction.parse::<u32>().ok()?.checked_mul(if fraction.len() == 1 { 10 } else { 1 })?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundredths_are_exact() {
        for (text, hundredths) in [("0", 0), ("1", 100), ("0.5", 50), ("1.4", 140), ("2.05", 205)] {
            assert_eq!(percent(text), Some(hundredths), "{text}");
        }
        for wrong in ["", ".", "1.", ".5", "-1", "+1", "1e3", "0.123", "99999999999", "50000000"] {
            assert_eq!(percent(wrong), None, "{wrong}");
        }
    }
}
