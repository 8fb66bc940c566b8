//! A session driven by hand, without an engine and an adapter: a client and a broker on loopback.
//!
//! The loop of `docs/GUIDE.md` with what it leaves out: a store, held messages, replays.
#![expect(
    clippy::disallowed_methods,
    reason = "a driver reads the clocks, so that the session need not"
)]

use core::error::Error;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Instant as Clock, SystemTime};

use fixline::dictionary::StandardNames;
use fixline::session::{
    Action, Blocked, Config, Header, Input, Instant, Keep, Now, Reason, ResendPolicy, SendError,
    Sent, SeqNums, Session, Version,
};
use fixline::wire::{
    Fields, Message, PutField as _, ReceiveBuffer, SendBuffer, SeqNum, Tag, UtcTime,
};

/// What a driver owns: the transport, the clock, the send buffer, the store.
struct Line {
    socket: TcpStream,
    start: Clock,
    session: Session,
    out: SendBuffer,
    /// The store. A real one is on disk, and durable before `out.stored(..)` is called.
    numbers: SeqNums,
    messages: BTreeMap<(u32, SeqNum), Vec<u8>>,
    /// Messages that came ahead of a gap.
    held: BTreeMap<SeqNum, Vec<u8>>,
    /// What the peer wants again: the id of the fetch, the next number, the last one.
    fetch: Option<(u32, SeqNum, SeqNum)>,
    ended: Option<Reason>,
    names: StandardNames,
}

impl Line {
    /// The loop: wait for bytes or for the deadline, feed all bytes, then the time.
    fn run(&mut self) -> Result<Reason, Box<dyn Error>> {
        let message_len_max = self.session.config().message_len_max();
        let mut received = ReceiveBuffer::with_capacity(2 * message_len_max);
        self.feed(Input::Connected { logon: Fields::EMPTY })?;
        while self.ended.is_none() {
            self.socket.set_read_timeout(Some(self.patience()))?;
            match self.socket.read(received.spare()) {
                Ok(0) => break,
                Ok(count) => received.filled(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                Err(_) => break,
            }
            loop {
                let consumed = self.feed(Input::Bytes(received.readable()))?;
                received.consume(consumed);
                if consumed == 0 {
                    break;
                }
            }
            self.feed(Input::Tick)?;
            self.send_again()?;
        }
        self.feed(Input::Closed)?;
        Ok(self.ended.unwrap_or(Reason::Closed))
    }

    /// Feeds one input, and performs what comes back in its order. Says how many bytes were
    /// consumed.
    fn feed(&mut self, input: Input<'_>) -> Result<usize, Box<dyn Error>> {
        loop {
            let (mut recalled, mut attempt, mut wish) = (None, None, None);
            let actions = self.session.handle(input, self.now(), &mut self.out)?;
            let (consumed, blocked) = (actions.consumed(), actions.blocked());
            for action in actions {
                match action {
                    Action::Reset { .. } => {
                        self.messages.clear();
                        self.numbers = self.session.seq_nums();
                        self.out.reset_stored();
                    }
                    Action::Send(sent) => self.store(sent),
                    Action::Fetch { id, from, to } => self.fetch = Some((id, from, to)),
                    Action::Authenticate { attempt: asked, .. } => attempt = Some(asked),
                    Action::Sign { .. } => {} // Comes only if it is configured.
                    Action::Hold(message) => {
                        if let Some(seq) = SeqNum::new(message.msg_seq_num()) {
                            self.held.insert(seq, message.bytes().to_vec());
                        }
                    }
                    Action::Recall(seq) => recalled = Some(seq),
                    Action::Discard { below } => self.held.retain(|seq, _| *seq >= below),
                    Action::Notify(notice) => println!("{notice} [{}]", notice.rule()),
                    Action::Schedule(_) => {} // The loop asks before it waits.
                    Action::Deliver { message, .. } => wish = self.application(message)?,
                    Action::Disconnect(reason) => self.ended = Some(reason),
                }
            }
            // The application is done with what was delivered: late is safe, early is not.
            self.numbers = self.session.seq_nums();
            self.flush()?;
            if let Some(seq) = recalled {
                let message = self.held.remove(&seq);
                let message = message.as_deref();
                self.feed(Input::Held { seq, message })?;
            }
            if let Some(attempt) = attempt {
                // Everybody is welcome here; look at the Logon before you say so.
                self.feed(Input::Accept { attempt, logon: Fields::EMPTY })?;
            }
            if let Some(wish) = wish {
                self.feed(wish)?;
            }
            // What lacked room changed nothing: it is fed again now that the buffer is empty.
            if blocked != Blocked::Room {
                return Ok(consumed);
            }
        }
    }

    /// What the application does with a message, and what it wants of the session then.
    fn application(&mut self, message: Message<'_>) -> Result<Option<Input<'static>>, SendError> {
        println!("received {}", self.names.readable(message.bytes()));
        let (msg_type, id) = match message.msg_type() {
            b"A" => ("D", b"ORD-1".as_slice()), // The client is logged on: send an order.
            b"D" => ("8", message.get(Tag::CL_ORD_ID).unwrap_or(b"none")),
            b"8" => return Ok(Some(Input::Logout { text: "" })),
            _ => return Ok(None),
        };
        let now = self.now();
        let mut composer = self.session.compose(&Header::new(msg_type), now, &mut self.out)?;
        composer.put(Tag::CL_ORD_ID, id).str(Tag::SYMBOL, "MSFT").uint(Tag::ORDER_QTY, 500);
        let sent = composer.finish()?;
        self.store(sent);
        Ok(None)
    }

    /// Makes durable what must be, before a byte of the message is flushed.
    fn store(&mut self, sent: Sent) {
        if sent.keep == Keep::Message {
            let bytes = self.out.bytes(sent.span).to_vec();
            self.messages.insert((sent.epoch, sent.seq), bytes);
        }
        self.numbers.next_out = self.session.seq_nums().next_out;
        self.out.stored(sent.span);
    }

    fn flush(&mut self) -> Result<(), Box<dyn Error>> {
        let bytes = self.out.flushable();
        self.socket.write_all(bytes)?;
        let count = bytes.len();
        self.out.flushed(count);
        Ok(())
    }

    /// Feeds one of the messages that the peer wants again. Between two of them the loop reads.
    fn send_again(&mut self) -> Result<(), Box<dyn Error>> {
        let Some((id, next, last)) = self.fetch else {
            return Ok(());
        };
        let epoch = self.session.seq_nums().epoch;
        let found = self.messages.range((epoch, next)..=(epoch, last)).next();
        if let Some((&(_, seq), message)) = found {
            let message = message.clone();
            self.fetch = Some((id, seq.next(), last));
            self.feed(Input::Stored { id, seq, message: &message })?;
        } else {
            self.fetch = None;
            self.feed(Input::StoreEnd { id })?;
        }
        Ok(())
    }

    /// How long to wait for bytes.
    fn patience(&self) -> Duration {
        let least = Duration::from_millis(1);
        match self.session.deadline() {
            Some(_) if self.fetch.is_some() => least,
            Some(deadline) => deadline.at.since(self.now().monotonic).max(least),
            None => Duration::from_secs(1),
        }
    }

    /// Both clocks, read here and nowhere else.
    fn now(&self) -> Now {
        let elapsed = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let utc = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let utc = i64::try_from(utc.as_nanos()).unwrap_or(i64::MAX);
        Now::new(Instant::from_nanos(elapsed), UtcTime::from_nanos(utc))
    }
}

fn trade(socket: TcpStream, config: Config) -> Result<Reason, Box<dyn Error>> {
    let mut line = Line {
        socket,
        start: Clock::now(),
        out: SendBuffer::with_capacity(config.send_buffer_min()),
        session: Session::new(config, SeqNums::FRESH),
        numbers: SeqNums::FRESH,
        messages: BTreeMap::new(),
        held: BTreeMap::new(),
        fetch: None,
        ended: None,
        names: StandardNames::new(),
    };
    line.run()
}

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let broker = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All).build()?;
    let broker = thread::spawn(move || {
        let (socket, _) = listener.accept().map_err(|error| error.to_string())?;
        trade(socket, broker).map_err(|error| error.to_string())
    });
    let client =
        Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All).build()?;
    let reason = trade(TcpStream::connect(address)?, client)?;
    println!("the client ended: {reason}");
    let reason = broker.join().map_err(|_| "the broker panicked")??;
    println!("the broker ended: {reason}");
    Ok(())
}
