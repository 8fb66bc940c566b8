//! A network in memory, a store that answers later and says what it was told, a peer by hand.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use fixline::adapters::Clock;
use fixline::adapters::tokio::{Acceptor, Connector, Listener};
use fixline::engine::{MessageId, Origin, Peer, Reconnect, Saved, Store, StoreError, TimeSource};
use fixline::session::{Now, SeqNums};
use fixline::testing::CrashStore;
use fixline::wire::{Precision, SeqNum, Stamp, UtcTime, from_text};
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// 09:30, on the clock on which `tokio` sleeps.
pub(crate) fn clock() -> Clock {
    Clock::of_tokio_at(UtcTime::parse(b"20261130-09:30:00").expect("a time"))
}

/// A network in memory: who dials gets to who listens.
pub(crate) fn network() -> (Dials, Streams) {
    let (to, from) = unbounded_channel();
    let (takes, weather) = (Duration::from_millis(1), Weather::default());
    let dials =
        Dials { to, addresses: ["memory".into()], takes, room: 4096, weather: weather.clone() };
    (dials, Streams(from, weather))
}

#[derive(Clone)]
pub(crate) struct Dials {
    to: UnboundedSender<DuplexStream>,
    addresses: [Arc<str>; 1],
    /// How long connecting takes.
    pub(crate) takes: Duration,
    /// How many bytes wait in each direction.
    pub(crate) room: usize,
    /// What becomes of the streams of who listens.
    pub(crate) weather: Weather,
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

pub(crate) struct Streams(UnboundedReceiver<DuplexStream>, Weather);

impl Listener for Streams {
    type Raw = DuplexStream;
    type Stream = Rough;

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
    ) -> impl Future<Output = io::Result<(Rough, Origin)>> + Send + use<> {
        core::future::ready(Ok((Rough(raw, self.1.clone()), Origin::new(peer))))
    }
}

/// A stream to which happens what the weather says.
pub(crate) struct Rough(DuplexStream, Weather);

/// What happens to every stream of who listens, from now on.
#[derive(Clone, Default)]
pub(crate) struct Weather(Arc<Mutex<(Sky, Vec<Waker>)>>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sky {
    #[default]
    Fair,
    /// The transport fails.
    Reset,
    /// The peer sends nothing more, and still reads.
    HalfClosed,
    /// Nothing passes in either direction.
    Stalled,
}

impl Weather {
    pub(crate) fn becomes(&self, sky: Sky) {
        let wakers = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.0 = sky;
            std::mem::take(&mut state.1)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn look(&self, cx: &Context<'_>) -> Sky {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.1.iter().any(|known| known.will_wake(cx.waker())) {
            state.1.push(cx.waker().clone());
        }
        state.0
    }
}

impl AsyncRead for Rough {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.1.look(cx) {
            Sky::Fair => Pin::new(&mut self.0).poll_read(cx, buffer),
            Sky::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Sky::HalfClosed => Poll::Ready(Ok(())),
            Sky::Stalled => Poll::Pending,
        }
    }
}

impl AsyncWrite for Rough {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.1.look(cx) {
            Sky::Fair | Sky::HalfClosed => Pin::new(&mut self.0).poll_write(cx, bytes),
            Sky::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Sky::Stalled => Poll::Pending,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.1.look(cx) {
            Sky::Stalled => Poll::Pending,
            _ => Pin::new(&mut self.0).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.1.look(cx) {
            Sky::Stalled => Poll::Pending,
            _ => Pin::new(&mut self.0).poll_shutdown(cx),
        }
    }
}

/// A clock whose UTC, and monotonic reading, jump.
pub(crate) struct Jumps {
    clock: Clock,
    /// In nanoseconds.
    pub(crate) utc: AtomicI64,
    pub(crate) ahead: AtomicU64,
}

impl Jumps {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { clock: clock(), utc: 0.into(), ahead: 0.into() })
    }
}

impl TimeSource for Jumps {
    fn now(&self) -> Now {
        let now = self.clock.now();
        let ahead = now.monotonic.as_nanos() + self.ahead.load(Ordering::Relaxed);
        let utc = now.utc.as_nanos() + self.utc.load(Ordering::Relaxed);
        Now::new(fixline::session::Instant::from_nanos(ahead), UtcTime::from_nanos(utc))
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
    /// The incoming number of an epoch was to be saved.
    Saved(u32, u64),
    /// The application was shown this message.
    Shown(MessageId),
    /// It has said that it handled it.
    Released(MessageId),
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

    pub(crate) fn note(&self, log: Log) {
        self.lock().log.push(log);
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
        inner.log.push(Log::Saved(epoch, next_in.get()));
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
