//! The control port: a line asks, `ok` or the reason why not answers.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use fixline::adapters::Running;
use fixline::engine::RequestError;
use fixline::session::SeqNums;

use crate::numbers::SetNumber;

/// How often a session is asked for that has a connection: the connection may be about to end.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// How long a session may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves the port until the process ends.
pub(crate) fn serve(listener: &TcpListener, running: &Running) {
    for stream in listener.incoming().map_while(Result::ok) {
        // Whoever asked and went away needs no answer.
        let _gone = answer(&stream, running);
    }
}

fn answer(mut stream: &TcpStream, running: &Running) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    match SetNumber::parse(&line).and_then(|change| set(&change, running)) {
        Ok(()) => writeln!(stream, "ok"),
        Err(reason) => writeln!(stream, "error: {reason}"),
    }
}

fn set(change: &SetNumber, running: &Running) -> Result<(), String> {
    let mut sessions = running.sessions().map(|(_, session)| session);
    let session = sessions.find(|session| change.is_for(session.config()));
    let session = session.ok_or("there is no such session")?;
    for _ in 0..TRIES {
        let present = session.status().map_or(SeqNums::FRESH, |status| status.snapshot.numbers);
        let (next_out, next_in) = change.of(present);
        match session.set_seq_nums(next_out, next_in).wait(PATIENCE) {
            Some(Err(RequestError::Connected)) => thread::sleep(PAUSE),
            Some(result) => return result.map_err(|error| error.to_string()),
            None => return Err("the session did not answer in time".to_owned()),
        }
    }
    Err(RequestError::Connected.to_string())
}
