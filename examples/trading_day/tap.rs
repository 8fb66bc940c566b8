//! The line between the two sides: a TCP relay that shows every message, and cuts the connection
//! in the middle of one where the plan says so.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use fixline::wire::{Framed, Message, Tag, next_frame};

use crate::journal::{Journal, Side};
use crate::options::Options;

/// Where the line is cut: in which direction, behind how many messages of the connection, and
/// how far into the next one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) from: Side,
    pub(crate) after: usize,
    /// Or already within a Logon that resets the numbers, the worst of moments.
    pub(crate) at_reset: bool,
    pub(crate) percent: usize,
}

impl Cut {
    fn strikes(self, messages: usize, bytes: &[u8]) -> bool {
        self.after == messages || (self.at_reset && resets(bytes))
    }
}

fn resets(bytes: &[u8]) -> bool {
    Message::parse(bytes).is_ok_and(|message| message.get(Tag::RESET_SEQ_NUM_FLAG) == Some(b"Y"))
}

/// The cuts of one day, one for each connection until they are used up.
pub(crate) fn plan(options: &Options) -> Vec<Cut> {
    let mut random = Random::new(options.seed);
    let cuts = 2 + random.below(3);
    (0..cuts)
        .map(|_| Cut {
            from: if random.below(2) == 0 { Side::Client } else { Side::Broker },
            after: 3 + random.below(options.messages),
            at_reset: options.reset && random.below(2) == 0,
            percent: 1 + random.below(98),
        })
        .collect()
}

/// What the relay counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connections: AtomicU64,
    pub(crate) cuts: AtomicU64,
    pub(crate) messages: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

/// Relays from a port of its own to `broker` until the process ends; returns that port's address.
pub(crate) fn start(
    broker: SocketAddr,
    plan: Vec<Cut>,
    journal: Journal,
    counters: Arc<Counters>,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        let mut cuts = plan.into_iter();
        for client in listener.incoming().flatten() {
            let Ok(broker) = TcpStream::connect(broker) else {
                continue;
            };
            counters.connections.fetch_add(1, Ordering::Relaxed);
            journal.line_event("connected");
            let cut = cuts.next();
            relay(client, broker, cut, &journal, &counters);
        }
    });
    Ok(address)
}

fn relay(
    client: TcpStream,
    broker: TcpStream,
    cut: Option<Cut>,
    journal: &Journal,
    counters: &Arc<Counters>,
) {
    let closed = Arc::new(Mutex::new(false));
    for (from, source, sink) in [(Side::Client, &client, &broker), (Side::Broker, &broker, &client)]
    {
        let (Ok(source), Ok(sink)) = (source.try_clone(), sink.try_clone()) else {
            return;
        };
        let direction = Direction {
            from,
            source,
            sink,
            cut: cut.filter(|cut| cut.from == from),
            journal: journal.clone(),
            counters: Arc::clone(counters),
            closed: Arc::clone(&closed),
        };
        thread::spawn(move || direction.run());
    }
}

/// One of the two directions of a connection.
struct Direction {
    from: Side,
    source: TcpStream,
    sink: TcpStream,
    cut: Option<Cut>,
    journal: Journal,
    counters: Arc<Counters>,
    closed: Arc<Mutex<bool>>,
}

impl Direction {
    fn run(mut self) {
        // However it ends, both sides see the end.
        let _ended = self.copy();
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if !*closed {
            *closed = true;
            self.journal.line_event("closed");
        }
        for stream in [&self.source, &self.sink] {
            // It may be closed already.
            let _closed = stream.shutdown(Shutdown::Both);
        }
    }

    fn copy(&mut self) -> io::Result<()> {
        self.sink.set_nodelay(true)?;
        let mut buffer = Vec::new();
        let mut chunk = [0; 16 * 1024];
        let mut messages = 0;
        loop {
            let count = self.source.read(&mut chunk)?;
            if count == 0 {
                return Ok(());
            }
            buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
            while let Framed::Frame(frame) = next_frame(&buffer, usize::MAX) {
                let bytes = frame.bytes();
                if let Some(cut) = self.cut.filter(|cut| cut.strikes(messages, bytes)) {
                    return self.cut(cut, bytes);
                }
                self.journal.message(self.from, bytes);
                self.sink.write_all(bytes)?;
                self.counters.messages.fetch_add(1, Ordering::Relaxed);
                self.counters.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                messages += 1;
                let len = bytes.len();
                buffer.drain(..len);
            }
        }
    }

    /// Lets part of a message through, and then nothing more in either direction.
    fn cut(&mut self, cut: Cut, bytes: &[u8]) -> io::Result<()> {
        let part = (bytes.len() * cut.percent / 100).max(1);
        self.sink.write_all(bytes.get(..part).unwrap_or(bytes))?;
        self.counters.cuts.fetch_add(1, Ordering::Relaxed);
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.journal.line_event(&format!(
            "CUT behind {part} of {} bytes of a message from {}",
            bytes.len(),
            self.from.name()
        ));
        Ok(())
    }
}

/// A small generator of repeatable numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}
