//! Whether a message is the one that a script expects.

use crate::script::{checksum, find, readable, show};

/// Fields that need only look like what they are: CheckSum and timestamps.
const BY_PATTERN: [&[u8]; 5] = [b"10", b"42", b"52", b"60", b"122"];

/// The same tags in the same order, and the same values, but for those that are compared by their
/// looks; and the message's own length and checksum are right.
pub(crate) fn compare(wanted: &[u8], got: &[u8]) -> Result<(), String> {
    verify(got).and_then(|()| same_fields(wanted, got)).map_err(|reason| {
        format!("{reason}\n    expected {}\n    received {}", readable(wanted), readable(got))
    })
}

fn same_fields(wanted: &[u8], got: &[u8]) -> Result<(), String> {
    let (wanted, got) = (fields(wanted), fields(got));
    for ((tag, value), (got_tag, got_value)) in wanted.iter().zip(&got) {
        if tag != got_tag {
            return Err(format!(
                "expected field {} but found {}={}",
                show(tag),
                show(got_tag),
                show(got_value)
            ));
        }
        let is_right =
            if BY_PATTERN.contains(tag) { looks_like(tag, got_value) } else { value == got_value };
        if !is_right {
            return Err(format!(
                "field {} should be {} but is {}",
                show(tag),
                show(value),
                show(got_value)
            ));
        }
    }
    if wanted.len() != got.len() {
        return Err(format!("expected {} fields but found {}", wanted.len(), got.len()));
    }
    Ok(())
}

fn fields(message: &[u8]) -> Vec<(&[u8], &[u8])> {
    let message = message.strip_suffix(b"\x01").unwrap_or(message);
    let field = |field| {
        let at = find(field, b"=").unwrap_or(field.len());
        (&field[..at], field.get(at + 1..).unwrap_or_default())
    };
    message.split(|byte| *byte == 1).map(field).collect()
}

/// Digits stand for digits; what follows a timestamp's seconds is free.
fn looks_like(tag: &[u8], value: &[u8]) -> bool {
    let pattern: &[u8] = if tag == b"10" { b"000" } else { b"00000000-00:00:00" };
    value.len() >= pattern.len()
        && pattern.iter().zip(value).all(|(pattern, byte)| match pattern {
            b'0' => byte.is_ascii_digit(),
            _ => pattern == byte,
        })
}

/// BodyLength and CheckSum are those of the bytes.
fn verify(message: &[u8]) -> Result<(), String> {
    let fault = |what: &str| Err(format!("{what} of the received message is wrong"));
    let Some(trailer) = message.len().checked_sub(7) else { return fault("the length") };
    let Some(length_at) = find(message, b"\x019=") else { return fault("BodyLength") };
    let Some(length_len) = find(&message[length_at + 3..], b"\x01") else {
        return fault("BodyLength");
    };
    let body = length_at + 3 + length_len + 1;
    let stated = str::from_utf8(&message[length_at + 3..body - 1]).ok();
    if stated.and_then(|text| text.parse().ok()) != trailer.checked_sub(body) {
        return fault("BodyLength");
    }
    let sum = checksum(&message[..trailer]);
    if message[trailer..] != *format!("10={sum:03}\x01").as_bytes() {
        return fault("CheckSum");
    }
    Ok(())
}
