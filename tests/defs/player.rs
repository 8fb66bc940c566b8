//! Plays a script against a server at virtual time.

use std::time::Duration;

use fixline::session::Config;

use crate::compare::compare;
use crate::hall::Hall;
use crate::script::{Action, Step, find, readable, render};

/// How long a message may take to come.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(10);

/// How long the peer may take to close a line.
const CLOSE_PATIENCE: Duration = Duration::from_secs(20);

/// Plays the steps against a server of its own.
pub(crate) fn play(steps: &[Step], configs: &[Config]) -> Result<(), String> {
    let mut hall = Hall::new(configs);
    for step in steps {
        perform(&mut hall, step).map_err(|reason| format!("line {}: {reason}", step.line))?;
    }
    Ok(())
}

fn perform(hall: &mut Hall, step: &Step) -> Result<(), String> {
    let line = step.connection;
    match &step.action {
        Action::Connect => {
            hall.hang_up(line);
            hall.connect(line);
            Ok(())
        }
        Action::Disconnect => {
            hall.hang_up(line);
            Ok(())
        }
        Action::ExpectDisconnect => expect_close(hall, line),
        Action::Send(message) => {
            let message = render(message, hall.utc());
            let taken = hall.receive(line, &message);
            if taken { Ok(()) } else { Err("cannot send, the connection was dropped".to_owned()) }
        }
        Action::Expect(message) => {
            let got = expect_message(hall, line)?;
            let mut wanted = message.clone();
            if !wanted.ends_with(b"\x01") {
                wanted.push(1);
            }
            compare(&render(&wanted, hall.utc()), &got)
        }
        Action::SetNumber(change) => hall.set_number(change),
        Action::Sleep(time) => {
            let end = hall.monotonic().after(*time);
            while hall.monotonic() < end {
                hall.pass(end);
            }
            Ok(())
        }
    }
}

/// Takes the next message, once it comes.
fn expect_message(hall: &mut Hall, line: u32) -> Result<Vec<u8>, String> {
    let end = hall.monotonic().after(MESSAGE_PATIENCE);
    loop {
        let sent = hall.sent(line).ok_or("the connection is not open")?;
        if let Some(len) = message_len(sent) {
            return Ok(sent.drain(..len).collect());
        }
        if hall.is_closed(line) {
            return Err("was disconnected, expected a message".to_owned());
        }
        if hall.monotonic() >= end {
            return Err(format!("no message within {MESSAGE_PATIENCE:?}"));
        }
        hall.pass(end);
    }
}

/// How long the first message is: our own always end with CheckSum(10).
fn message_len(bytes: &[u8]) -> Option<usize> {
    let trailer = find(bytes, b"\x0110=")? + 1;
    Some(trailer + find(&bytes[trailer..], b"\x01")? + 1)
}

/// Waits until the server closes the line, without a further byte.
fn expect_close(hall: &mut Hall, line: u32) -> Result<(), String> {
    let end = hall.monotonic().after(CLOSE_PATIENCE);
    loop {
        let sent = hall.sent(line).ok_or("the connection is not open")?;
        if !sent.is_empty() {
            return Err(format!("expected disconnection, received {}", readable(sent)));
        }
        if hall.is_closed(line) {
            hall.hang_up(line);
            return Ok(());
        }
        if hall.monotonic() >= end {
            return Err(format!("still open after {CLOSE_PATIENCE:?}"));
        }
        hall.pass(end);
    }
}
