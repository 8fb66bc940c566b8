//! What a misspelt name was meant to be.

use alloc::vec::Vec;

/// What a misspelt name was meant to be: the name that takes the fewest edits, if that is few enough
/// to be meant; upper and lower case are the same.
///
/// ```
/// # use fixline::settings::nearest;
/// let keys = ["HeartBtInt", "LogonTimeout"];
/// assert_eq!(nearest("HeartBeatInt", keys.into_iter()), Some("HeartBtInt"));
/// assert_eq!(nearest("Colour", keys.into_iter()), None);
/// ```
pub fn nearest<'n>(written: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    within(written, names, (written.len() / 3).clamp(1, 5))
}

/// The name that takes the fewest edits, and at most so many.
pub(super) fn within<'n>(
    written: &str,
    names: impl Iterator<Item = &'n str>,
    enough: usize,
) -> Option<&'n str> {
    // Nobody means a name by something much longer, and work grows with the product.
    let written: Vec<u8> = written.bytes().take(64).map(|byte| byte.to_ascii_lowercase()).collect();
    names
        .map(|name| (edits(&written, &name.to_ascii_lowercase().into_bytes()), name))
        .min_by_key(|(edits, _)| *edits)
        .filter(|(edits, _)| *edits <= enough)
        .map(|(_, name)| name)
}

/// How many bytes must be put in, taken out or replaced to get from one to the other.
fn edits(from: &[u8], to: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, byte) in from.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut last = index.saturating_add(1);
        next.push(last);
        for (other, pair) in to.iter().zip(row.windows(2)) {
            let &[diagonal, above] = pair else { continue };
            let replaced = diagonal.saturating_add(usize::from(byte != other));
            last = replaced.min(above.min(last).saturating_add(1));
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(edits(from.as_bytes(), to.as_bytes()), count, "{from} {to}");
        }
    }

    #[test]
    fn what_is_far_from_every_name_means_none() {
        let names = ["HeartBtInt", "LogonTimeout"];
        let nearest = |written| nearest(written, names.into_iter());
        assert_eq!(nearest("HeartBeatInt"), Some("HeartBtInt"));
        assert_eq!(nearest("logontimout"), Some("LogonTimeout"));
        assert_eq!(nearest("Colour"), None);
        assert_eq!(nearest(""), None);
    }
}
