//! Streams in memory, a store that answers later and says what it was told, a peer by hand.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use fixline::adapters::Clock;
use fixline::adapters::tokio::{Acceptor, Connector, Listener};
use fixline::engine::{Origin, Peer, Reconnect, Saved, Store, StoreError};
use fixline::session::SeqNums;
use fixline::testing::CrashStore;
use fixline::wire::{Precision, SeqNum, Stamp, UtcTime, from_text};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// 09:30, on the clock on which `tokio` sleeps.
pub(crate) fn clock() -> Clock {
    Clock::of_tokio_at(UtcTime::parse(b"20261130-09:30:00").expect("a time"))
}

/// A network in memory: who dials gets to who listens.
pub(crate) fn network() -> (Dials, Streams) {
    let (to, from) = unbounded_channel();
    let dials =
        Dials { to, addresses: ["memory".into()], takes: Duration::from_millis(1), room: 4096 };
    (dials, Streams(from))
}

#[derive(Clone)]
pub(crate) struct Dials {
    to: UnboundedSender<DuplexStream>,
    addresses: [Arc<str>; 1],
    /// How long connecting takes.
    pub(crate) takes: Duration,
    /// How many bytes wait in each direction.
    pub(crate) room: usize,
}

impl Dials {
    pub(crate) fn dial(&self) -> DuplexStream {
        let (ours, theirs) = duplex(self.room);
        self.to.send(theirs).expect("somebody listens");
        ours
    }
}

impl Connector for Dials {
    type Stream = DuplexStream;

    fn addresses(&self) -> &[Arc<str>] {
        &self.addresses
    }

    fn connect(&self, _: usize) -> impl Future<Output = io::Result<DuplexStream>> + Send + use<> {
        let dials = self.clone();
        async move {
            sleep(dials.takes).await;
            let (ours, theirs) = duplex(dials.room);
            dials.to.send(theirs).map_err(|_| io::ErrorKind::ConnectionRefused)?;
            Ok(ours)
        }
    }
}

pub(crate) struct Streams(UnboundedReceiver<DuplexStream>);

impl Listener for Streams {
    type Raw = DuplexStream;
    type Stream = DuplexStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(DuplexStream, Peer)>> {
        match self.0.poll_recv(cx) {
            Poll::Ready(Some(stream)) => Poll::Ready(Ok((stream, Peer::Local))),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    fn prepare(
        &self,
        raw: DuplexStream,
        peer: Peer,
    ) -> impl Future<Output = io::Result<(DuplexStream, Origin)>> + Send + use<> {
        core::future::ready(Ok((raw, Origin::new(peer))))
    }
}

pub(crate) fn acceptor<S: Store + 'static>(streams: Streams, store: S) -> Acceptor<Streams, S> {
    let mut acceptor = Acceptor::new(streams).clock(clock());
    acceptor.session(crate::support::broker(), store).expect("a new session");
    acceptor
}

/// Comes back within some 10 ms.
pub(crate) fn quick() -> Reconnect {
    let pauses = Duration::from_millis(10);
    Reconnect::new(1, 1)
        .pauses(pauses, pauses)
        .later_pauses(pauses, pauses)
        .waits(pauses, pauses)
        .without_attempt_limit()
}

/// A store that outlives its session, takes so long for each commit, and keeps a log.
#[derive(Clone)]
pub(crate) struct Shared {
    inner: Arc<Mutex<Inner>>,
    read: Vec<u8>,
}

pub(crate) struct Inner {
    pub(crate) store: CrashStore,
    pub(crate) delay: Duration,
    pub(crate) log: Vec<Log>,
    until: Option<Instant>,
    pub(crate) syncs: usize,
}

/// What happened, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// A message was to be kept.
    Kept(u64, Vec<u8>),
    /// The next outgoing number was to be this.
    Numbered(u64),
    /// What was kept and not durable may be gone.
    Loaded,
    /// The incoming number was to be saved.
    Saved(u64),
    /// The application asked for what follows this message.
    Released(u64),
}

impl Shared {
    pub(crate) fn new(delay: Duration) -> Self {
        let (store, log) = (CrashStore::new(), Vec::new());
        let inner = Inner { store, delay, log, until: None, syncs: 0 };
        Self { inner: Arc::new(Mutex::new(inner)), read: Vec::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next_in(&self) -> u64 {
        let store = self.lock().store.clone();
        match store.crash().load(None) {
            Poll::Ready(Ok(saved)) => saved.numbers.next_in.get(),
            other => panic!("it answers: {other:?}"),
        }
    }

    pub(crate) fn released(&self, seq: u64) {
        self.lock().log.push(Log::Released(seq));
    }
}

impl Store for Shared {
    fn load(&mut self, waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
        let mut inner = self.lock();
        inner.until = None;
        inner.log.push(Log::Loaded);
        inner.store.load(waker)
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.log.push(Log::Kept(seq.get(), message.to_vec()));
        inner.store.append(epoch, seq, message)
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.log.push(Log::Numbered(next_out.get()));
        inner.store.set_next_out(epoch, next_out)
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        reset_pending: bool,
    ) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.log.push(Log::Saved(next_in.get()));
        inner.store.set_next_in(epoch, next_in, reset_pending)
    }

    fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
        self.lock().store.reset(begin, now)
    }

    fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        let mut inner = self.lock();
        if let Some(waker) = waker.filter(|_| !inner.delay.is_zero()) {
            let now = Instant::now();
            let begun = inner.until.is_some();
            let until = inner.until.unwrap_or_else(|| now + inner.delay);
            if !begun {
                inner.syncs += 1;
            }
            inner.until = Some(until);
            if now < until {
                let waker = waker.clone();
                tokio::spawn(async move {
                    sleep_until(until).await;
                    waker.wake();
                });
                return Poll::Pending;
            }
        } else {
            inner.syncs += 1;
        }
        inner.until = None;
        inner.store.sync(None)
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.store.next_message(epoch, from, to, waker) {
            Poll::Ready(Ok(Some((seq, message)))) => {
                self.read = message.to_vec();
                drop(inner);
                Poll::Ready(Ok(Some((seq, &self.read))))
            }
            Poll::Ready(Ok(None)) => Poll::Ready(Ok(None)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// A counterparty that does what no engine does.
pub(crate) struct ByHand {
    pub(crate) stream: DuplexStream,
    clock: Clock,
    pub(crate) seq: u64,
    received: Vec<u8>,
}

impl ByHand {
    pub(crate) fn new(stream: DuplexStream, clock: Clock) -> Self {
        Self { stream, clock, seq: 1, received: Vec::new() }
    }

    /// The next message, to be written.
    pub(crate) fn next(&mut self, msg_type: &str, rest: &str) -> Vec<u8> {
        let seq = self.seq;
        self.seq += 1;
        self.numbered(msg_type, seq, rest)
    }

    pub(crate) fn numbered(&self, msg_type: &str, seq: u64, rest: &str) -> Vec<u8> {
        let now = Stamp::new(self.clock.now().utc, Precision::MILLIS);
        let now = String::from_utf8_lossy(now.as_bytes()).into_owned();
        let (header, body) = match rest.split_once("43=Y|") {
            Some((_, body)) => (format!("43=Y|49=CLIENT|52={now}|56=BROKER|122={now}|"), body),
            None => (format!("49=CLIENT|52={now}|56=BROKER|"), rest),
        };
        from_text(&format!("8=FIX.4.4|35={msg_type}|34={seq}|{header}{body}"))
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the line is up");
    }

    pub(crate) async fn send(&mut self, msg_type: &str, rest: &str) {
        let bytes = self.next(msg_type, rest);
        self.write(&bytes).await;
    }

    /// The next message as text; `None` at the end, or when none comes for so long.
    pub(crate) async fn receive(&mut self, patience: Duration) -> Option<String> {
        loop {
            let end = self.received.windows(4).position(|four| four == b"\x0110=");
            if let Some(end) = end.map(|at| at + 8).filter(|end| *end <= self.received.len()) {
                let message: Vec<u8> = self.received.drain(..end).collect();
                return Some(String::from_utf8_lossy(&message).replace('\x01', "|"));
            }
            let mut bytes = [0; 4096];
            match timeout(patience, self.stream.read(&mut bytes)).await {
                Ok(Ok(count @ 1..)) => self.received.extend_from_slice(&bytes[..count]),
                Ok(Ok(_) | Err(_)) | Err(_) => return None,
            }
        }
    }

    /// The next message of this type, others left out.
    pub(crate) async fn expect(&mut self, msg_type: &str) -> String {
        loop {
            let message = self.receive(crate::support::PATIENCE).await;
            let message = message.unwrap_or_else(|| panic!("no 35={msg_type} came"));
            if message.contains(&format!("|35={msg_type}|")) {
                return message;
            }
        }
    }
}
