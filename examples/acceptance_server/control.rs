//! The control port: a line asks, `ok` or the reason why not answers.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use fixline::adapters::std_net::{NoSeat, Sessions};
use fixline::engine::Store;

use crate::numbers::SetNumber;

/// How often a session is asked for that has a connection: the connection may be about to end.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Serves the port until the process ends.
pub(crate) fn serve<S: Store>(listener: &TcpListener, sessions: &Sessions<S>) {
    for stream in listener.incoming().map_while(Result::ok) {
        // Whoever asked and went away needs no answer.
        let _gone = answer(&stream, sessions);
    }
}

fn answer<S: Store>(mut stream: &TcpStream, sessions: &Sessions<S>) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    match SetNumber::parse(&line).and_then(|change| set(&change, sessions)) {
        Ok(()) => writeln!(stream, "ok"),
        Err(reason) => writeln!(stream, "error: {reason}"),
    }
}

fn set<S: Store>(change: &SetNumber, sessions: &Sessions<S>) -> Result<(), String> {
    for _ in 0..TRIES {
        match sessions.with(|config| change.is_for(config), |connection| change.apply(connection)) {
            Ok(done) => return done,
            Err(NoSeat::Unknown) => return Err(NoSeat::Unknown.to_string()),
            Err(NoSeat::Taken) => thread::sleep(PAUSE),
        }
    }
    Err(NoSeat::Taken.to_string())
}
