//! Bytes of files as text.

use alloc::string::String;
use alloc::vec::Vec;

/// The text of a file: UTF-8, or UTF-16 if it begins with a byte order mark, without that mark;
/// the bytes if it is neither.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, Vec<u8>> {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).ok_or(bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).ok_or(bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.into()).map_err(|_| bytes),
        _ => String::from_utf8(bytes).map_err(|error| error.into_bytes()),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_order_mark_says_which_encoding_it_is() {
        for bytes in [
            b"\xef\xbb\xbfa\xc3\xa9".as_slice(),
            b"a\xc3\xa9",
            b"\xff\xfea\0\xe9\0",
            b"\xfe\xff\0a\0\xe9",
        ] {
            assert_eq!(text(bytes.into()).unwrap(), "a\u{e9}", "{bytes:?}");
        }
        for wrong in [b"a\xe9".as_slice(), b"\xff\xfea", b"\xff\xfe\0\xd8"] {
            assert_eq!(text(wrong.into()).unwrap_err(), wrong);
        }
    }
}
