//! A counterparty that does what no engine does, over a socket or a stream in memory.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use fixline::adapters::Clock;
use fixline::wire::{Precision, Stamp, from_text};

use super::PATIENCE;

pub(crate) struct Peer<T> {
    pub(crate) stream: T,
    pub(crate) name: String,
    /// The number of the next message.
    pub(crate) seq: u64,
    received: Vec<u8>,
}

/// A message with SendingTime(52) of now.
pub(crate) fn message(name: &str, msg_type: &str, seq: u64, rest: &str) -> Vec<u8> {
    let now = Stamp::new(Clock::new().now().utc, Precision::MILLIS);
    let now = String::from_utf8_lossy(now.as_bytes()).into_owned();
    let (header, body) = match rest.split_once("43=Y|") {
        Some((_, body)) => (format!("43=Y|49={name}|52={now}|56=BROKER|122={now}|"), body),
        None => (format!("49={name}|52={now}|56=BROKER|"), rest),
    };
    from_text(&format!("8=FIX.4.4|35={msg_type}|34={seq}|{header}{body}"))
}

impl Peer<TcpStream> {
    pub(crate) fn connect(address: SocketAddr, name: &str) -> Self {
        let stream = TcpStream::connect(address).expect("somebody listens");
        stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a socket can");
        stream.set_nodelay(true).expect("a socket can");
        Self::over(stream, name)
    }
}

impl<T: Read + Write> Peer<T> {
    /// Over a stream whose reads do not block for long.
    pub(crate) fn over(stream: T, name: &str) -> Self {
        Self { stream, name: name.to_owned(), seq: 1, received: Vec::new() }
    }

    /// The next message, to be written.
    pub(crate) fn next(&mut self, msg_type: &str, rest: &str) -> Vec<u8> {
        let bytes = message(&self.name, msg_type, self.seq, rest);
        self.seq += 1;
        bytes
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the line is up");
    }

    pub(crate) fn send(&mut self, msg_type: &str, rest: &str) {
        let bytes = self.next(msg_type, rest);
        self.write(&bytes);
    }

    /// Logs on, with HeartBtInt 30; the answer.
    pub(crate) fn log_on(&mut self) -> String {
        self.send("A", "98=0|108=30|");
        self.expect("A")
    }

    /// The next message of this type, others left out.
    pub(crate) fn expect(&mut self, msg_type: &str) -> String {
        loop {
            let message = self.receive();
            let message = message.unwrap_or_else(|| panic!("no 35={msg_type} came"));
            if message.contains(&format!("|35={msg_type}|")) {
                return message;
            }
        }
    }

    /// The next message as text; `None` at the end.
    #[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
    pub(crate) fn receive(&mut self) -> Option<String> {
        let start = Instant::now();
        loop {
            let end = self.received.windows(4).position(|four| four == b"\x0110=");
            if let Some(end) = end.map(|at| at + 8).filter(|end| *end <= self.received.len()) {
                let message: Vec<u8> = self.received.drain(..end).collect();
                return Some(String::from_utf8_lossy(&message).replace('\x01', "|"));
            }
            if !self.read_on(start) {
                return None;
            }
        }
    }

    fn read_on(&mut self, start: Instant) -> bool {
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes) {
            Ok(0) => false,
            Ok(count) => {
                self.received.extend_from_slice(&bytes[..count]);
                true
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                assert!(start.elapsed() < PATIENCE, "nothing came");
                true
            }
            Err(_) => false,
        }
    }

    /// The next message as text, `Some(None)` at the end; `None` when none comes for so long.
    #[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
    pub(crate) fn receive_soon(&mut self, patience: Duration) -> Option<Option<String>> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if self.received.windows(4).any(|four| four == b"\x0110=") {
                return Some(self.receive());
            }
            if !self.read_on(start) {
                return Some(None);
            }
        }
        None
    }

    /// Everything until the end of the stream, as text.
    #[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
    pub(crate) fn rest(&mut self) -> String {
        let start = Instant::now();
        while self.read_on(start) {}
        String::from_utf8_lossy(&core::mem::take(&mut self.received)).replace('\x01', "|")
    }
}
