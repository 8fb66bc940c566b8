//! From the bytes of a file to its text.

use alloc::borrow::Cow;
use alloc::string::String;

/// The text, and whether its encoding had to be guessed.
///
/// UTF-8 and UTF-16 are known by their marks or by their looks; whatever is neither is taken for
/// Latin-1, in which every byte is a character.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => of_bytes(rest),
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes), false),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes), false),
        [b'<', 0, ..] => (utf16(bytes, u16::from_le_bytes), false),
        [0, b'<', ..] => (utf16(bytes, u16::from_be_bytes), false),
        _ => of_bytes(bytes),
    }
}

fn of_bytes(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    match core::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()), true),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let units = bytes.chunks_exact(2).map(|pair| match *pair {
        [one, other] => unit([one, other]),
        _ => 0,
    });
    let chars = char::decode_utf16(units);
    Cow::Owned(chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn each_encoding_is_known_by_its_mark_or_by_its_looks() {
        const TEXT: &str = "<fix a='\u{e4}'/>";
        let units = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            TEXT.encode_utf16().flat_map(bytes).collect()
        };
        let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        let (le, be) = (units(u16::to_le_bytes), units(u16::to_be_bytes));
        for bytes in [
            TEXT.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], TEXT.as_bytes()),
            marked(&[0xff, 0xfe], &le),
            marked(&[0xfe, 0xff], &be),
            le,
            be,
        ] {
            assert_eq!(decode(&bytes), (TEXT.into(), false), "{bytes:?}");
        }
        assert_eq!(decode(b"<fix a='\xe4'/>"), (TEXT.into(), true));
        assert_eq!(decode(&[0xff, 0xfe, b'a']).0, "");
    }
}
