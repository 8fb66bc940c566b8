//! Acceptance scripts in the form that QuickFIX made common: a line is a step.
//!
//! ```text
//! # a comment
//! iCONNECT                  open connection 1 (i2,CONNECT: connection 2)
//! iDISCONNECT               close it
//! eDISCONNECT               wait until the peer closes it
//! I8=FIX.4.4<SOH>35=A..     send a message (I2,8=..: on connection 2)
//! E8=FIX.4.4<SOH>35=A..     expect a message
//! iSET_SESSION ID K=V       change the numbers of a session
//! sleep(0.5)                let half a second pass
//! ```
//!
//! `<TIME>`, `<TIME+n>` and `<TIME-n>` stand for the time of the step, n seconds later or earlier. A
//! message that lacks BodyLength or CheckSum gets them; one that has them stands as it is.

use std::time::Duration;

use fixline::dictionary::StandardNames;
use fixline::wire::{Precision, Stamp, UtcTime};

use crate::numbers::SetNumber;

/// One line that does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The line's number in the file, from 1.
    pub(crate) line: usize,
    /// Which connection it is about.
    pub(crate) connection: u32,
    pub(crate) action: Action,
}

/// What is to be done, or to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Connect,
    Disconnect,
    ExpectDisconnect,
    Send(Vec<u8>),
    Expect(Vec<u8>),
    SetNumber(SetNumber),
    Sleep(Duration),
}

/// The steps of a script.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Step>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut steps = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = line.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        let not_understood = || format!("line {}: not understood: {}", at + 1, show(line));
        let (connection, action) = step(line).ok_or_else(not_understood)?;
        steps.push(Step { line: at + 1, connection, action });
    }
    Ok(steps)
}

fn step(line: &[u8]) -> Option<(u32, Action)> {
    if let Some(seconds) = line.trim_ascii().strip_prefix(b"sleep(") {
        let seconds = str::from_utf8(seconds.strip_suffix(b")")?).ok()?;
        return Some((1, Action::Sleep(Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?)));
    }
    let (kind, rest) = line.split_first()?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (connection, rest) = match (digits, rest.get(digits)) {
        (1.., Some(b',')) => {
            (str::from_utf8(&rest[..digits]).ok()?.parse().ok()?, &rest[digits + 1..])
        }
        _ => (1, rest),
    };
    let action = match (kind, rest.trim_ascii()) {
        (b'i', b"CONNECT") => Action::Connect,
        (b'i', b"DISCONNECT") => Action::Disconnect,
        (b'e', b"DISCONNECT") => Action::ExpectDisconnect,
        (b'i', change) => Action::SetNumber(SetNumber::parse(str::from_utf8(change).ok()?).ok()?),
        (b'I' | b'R', _) => Action::Send(rest.to_vec()),
        (b'E', _) => Action::Expect(rest.to_vec()),
        _ => return None,
    };
    Some((connection, action))
}

/// A message as it goes onto the wire at `now`.
pub(crate) fn render(message: &[u8], now: UtcTime) -> Vec<u8> {
    complete(&with_times(message, now))
}

/// The message with the time in the place of each `<TIME..>`.
fn with_times(message: &[u8], now: UtcTime) -> Vec<u8> {
    const MARK: &[u8] = b"<TIME";
    let mut out = Vec::with_capacity(message.len() + 32);
    let mut rest = message;
    while let Some(at) = find(rest, MARK) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + MARK.len()..];
        let Some(end) = rest.iter().position(|byte| *byte == b'>') else {
            out.extend_from_slice(MARK);
            break;
        };
        let offset: i64 = str::from_utf8(&rest[..end])
            .ok()
            .and_then(|digits| digits.strip_prefix('+').unwrap_or(digits).parse().ok())
            .unwrap_or(0);
        let time = UtcTime::from_nanos(now.as_nanos() + offset * 1_000_000_000);
        out.extend_from_slice(Stamp::new(time, Precision::SECONDS).as_bytes());
        rest = &rest[end + 1..];
    }
    out.extend_from_slice(rest);
    out
}

/// The message with BodyLength(9) and CheckSum(10), where it lacks them. What does not begin with
/// BeginString(8) stands as it is.
fn complete(message: &[u8]) -> Vec<u8> {
    let Some(head_end) =
        message.starts_with(b"8=").then(|| find(message, b"\x01")).flatten().map(|at| at + 1)
    else {
        return message.to_vec();
    };
    let (head, rest) = message.split_at(head_end);
    let trailer = rest.len() - trailer_len(rest);
    let (body, trailer) = rest.split_at(trailer);
    let mut out = head.to_vec();
    if find(message, b"\x019=").is_none() {
        out.extend_from_slice(format!("9={}\x01", body.len()).as_bytes());
    }
    out.extend_from_slice(body);
    if trailer.is_empty() {
        let sum = checksum(&out);
        out.extend_from_slice(format!("10={sum:03}\x01").as_bytes());
    }
    out.extend_from_slice(trailer);
    out
}

/// How many bytes of `10=..<SOH>` the message ends with.
fn trailer_len(rest: &[u8]) -> usize {
    let Some(body) = rest.strip_suffix(b"\x01") else { return 0 };
    let start = body.iter().rposition(|byte| *byte == 1).map_or(0, |at| at + 1);
    if body[start..].starts_with(b"10=") { rest.len() - start } else { 0 }
}

pub(crate) fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
}

pub(crate) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// A message for people, with names.
pub(crate) fn readable(bytes: &[u8]) -> String {
    StandardNames::new().readable(bytes)
}

/// A line of a script or a part of one: `|` for the delimiter.
pub(crate) fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\u{1}', "|")
}
