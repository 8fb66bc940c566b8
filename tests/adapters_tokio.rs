//! The tokio adapter over real sockets and over streams in memory.
#![cfg(feature = "tokio")]
#![expect(clippy::disallowed_methods, reason = "real sockets take real time")]

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use fixline::adapters::tokio::{
    Acceptor, AcceptorOptions, Connector, Handle, Initiator, InitiatorError, Line, Listener,
    SendFailure, TcpConnector,
};
use fixline::engine::{Draft, Event, MemoryStore, Reconnect, Refused, Saved, Store, Synced};
use fixline::session::{Config, Notice, Reason, ResendPolicy, SendError, Version};
use fixline::wire::{Fields, PutField as _, SeqNum, Tag, UtcTime, from_text};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

fn broker(peer: &str) -> Config {
    Config::acceptor(Version::Fix44, "BROKER", peer, ResendPolicy::All).build().expect("valid")
}

fn client(name: &str) -> Config {
    Config::initiator(Version::Fix44, name, "BROKER", ResendPolicy::All).build().expect("valid")
}

fn quick() -> Reconnect {
    let pauses = Duration::from_millis(10);
    Reconnect::new(1, 1).pauses(pauses, pauses).without_attempt_limit()
}

fn initiator(name: &str, address: SocketAddr) -> Initiator<TcpConnector, MemoryStore> {
    let connector = TcpConnector::new(address.to_string());
    Initiator::new(client(name), MemoryStore::new(), connector)
        .expect("a fresh store")
        .reconnect(quick())
}

fn order(id: &str) -> Draft {
    let mut order = Draft::new("D");
    order.str(Tag::CL_ORD_ID, id);
    order
}

/// Welcomes the peer, and answers orders with fills.
async fn serve<T: AsyncRead + AsyncWrite + Unpin>(mut line: Line<T, MemoryStore>) -> Reason {
    loop {
        match line.next().await {
            Ok(Event::Authenticate { verdict, .. }) => {
                verdict.accept(Fields::EMPTY).expect("accepted");
            }
            Ok(Event::Message { message, mut reply, .. }) if !message.is_admin() => {
                let mut fill = Draft::new("8");
                fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
                let _ = reply.send(&fill).expect("logged on");
            }
            Ok(_) => {}
            Err(ended) => return ended.0,
        }
    }
}

/// An acceptor for CLIENT and OTHER on a port of its own.
async fn acceptor(options: AcceptorOptions) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut acceptor = Acceptor::with_options(listener, options);
    for name in ["CLIENT", "OTHER"] {
        acceptor.session(broker(name), MemoryStore::new()).expect("a new session");
    }
    tokio::spawn(async move {
        while let Ok(line) = acceptor.next().await {
            tokio::spawn(serve(line));
        }
    });
    address
}

/// Drives a line until it stops; says when it is logged on, and hands fills on.
async fn drive<C: Connector, S: Store>(
    mut line: Initiator<C, S>,
    ups: mpsc::UnboundedSender<()>,
    fills: mpsc::UnboundedSender<String>,
) -> InitiatorError<S::Error> {
    loop {
        match line.next().await {
            Ok(Event::Notice(Notice::LoggedOn { .. })) => {
                let _gone = ups.send(());
            }
            Ok(Event::Message { message, .. }) if message.msg_type() == b"8" => {
                let id = message.get_str(Tag::CL_ORD_ID).unwrap_or_default();
                let _gone = fills.send(id.to_owned());
            }
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}

/// A line that is driven by a task, and what comes of it.
struct Driven {
    handle: Handle,
    ups: mpsc::UnboundedReceiver<()>,
    fills: mpsc::UnboundedReceiver<String>,
    task: tokio::task::JoinHandle<Option<Reason>>,
}

fn driven<C: Connector + Send + 'static>(line: Initiator<C, MemoryStore>) -> Driven
where
    C::Stream: 'static,
{
    let handle = line.handle();
    let (ups, ups_receiver) = mpsc::unbounded_channel();
    let (fills, fills_receiver) = mpsc::unbounded_channel();
    // Not every Connector makes futures that may move between threads; all run on one here.
    let task = tokio::task::spawn_local(async move {
        match drive(line, ups, fills).await {
            InitiatorError::Stopped(reason) => Some(reason),
            _ => None,
        }
    });
    Driven { handle, ups: ups_receiver, fills: fills_receiver, task }
}

async fn on_one_thread<F: Future>(test: F) -> F::Output {
    let local = tokio::task::LocalSet::new();
    timeout(Duration::from_secs(20), local.run_until(test)).await.expect("within 20 seconds")
}

#[tokio::test]
async fn a_handle_sends_from_other_tasks_and_learns_the_number() {
    on_one_thread(async {
        let address = acceptor(AcceptorOptions::new()).await;
        let mut line = driven(initiator("CLIENT", address));
        line.ups.recv().await.expect("logged on");
        let sends = (0..50).map(|number| {
            let handle = line.handle.clone();
            tokio::spawn(async move { handle.send(order(&number.to_string())).await })
        });
        let sends: Vec<_> = sends.collect();
        let mut numbers = Vec::new();
        for send in sends {
            numbers.push(send.await.expect("no panic").expect("sent").seq.get());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (2..52).collect::<Vec<u64>>());
        let mut fills = Vec::new();
        while fills.len() < 50 {
            fills.push(line.fills.recv().await.expect("a fill"));
        }
        line.handle.logout("").await.expect("logged on");
        assert_eq!(line.task.await.expect("no panic"), Some(Reason::LoggedOut));
        assert_eq!(line.handle.send(order("LATE")).await, Err(SendFailure::Unknown));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_logged_on_refuses_to_send() {
    on_one_thread(async {
        let line = driven(initiator("CLIENT", SocketAddr::from(([127, 0, 0, 1], 1))));
        let refused = Refused::Session(SendError::NotLoggedOn);
        let sent = line.handle.send(order("A")).await;
        assert_eq!(sent, Err(SendFailure::Refused(refused)));
    })
    .await;
}

#[tokio::test]
async fn strangers_are_closed_without_a_byte_and_disturb_nobody() {
    on_one_thread(async {
        let options = AcceptorOptions::new().logon_timeout(Duration::from_millis(300));
        let address = acceptor(options).await;
        let mut line = driven(initiator("CLIENT", address));
        line.ups.recv().await.expect("logged on");
        let logon = |sender: &str| {
            from_text(&format!(
                "8=FIX.4.4|35=A|34=1|49={sender}|52=20261122-09:30:00|56=BROKER|98=0|108=30|"
            ))
        };
        for (bytes, at_once) in [
            (b"GET / HTTP/1.1\r\n\r\n".to_vec(), true),
            (logon("STRANGER"), true),
            (logon("CLIENT"), true),
            (logon("OTHER")[..20].to_vec(), false),
            (Vec::new(), false),
        ] {
            let mut stream = TcpStream::connect(address).await.expect("the acceptor listens");
            stream.write_all(&bytes).await.expect("written");
            let start = Instant::now();
            assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0, "a byte came");
            assert_eq!(start.elapsed() < Duration::from_millis(250), at_once);
        }
        line.handle.send(order("A")).await.expect("sent");
        assert_eq!(line.fills.recv().await.as_deref(), Some("A"));
    })
    .await;
}

/// Streams in memory, from a listener's end to a connector's.
struct InMemory(mpsc::UnboundedSender<DuplexStream>);

struct Accepted(mpsc::UnboundedReceiver<DuplexStream>);

fn in_memory() -> (InMemory, Accepted) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (InMemory(sender), Accepted(receiver))
}

impl Connector for InMemory {
    type Stream = DuplexStream;

    fn hosts(&self) -> usize {
        1
    }

    async fn connect(&mut self, _host: usize) -> io::Result<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(1024);
        self.0.send(theirs).map_err(|_| io::ErrorKind::ConnectionRefused)?;
        Ok(ours)
    }
}

impl Listener for Accepted {
    type Stream = DuplexStream;

    async fn accept(&mut self) -> io::Result<DuplexStream> {
        self.0.recv().await.ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

#[tokio::test]
async fn any_stream_will_do_and_a_dropped_line_is_free_again() {
    on_one_thread(async {
        let (connector, listener) = in_memory();
        let mut acceptor = Acceptor::new(listener);
        acceptor.session(broker("CLIENT"), MemoryStore::new()).expect("a new session");
        let line = Initiator::new(client("CLIENT"), MemoryStore::new(), connector);
        let mut line = driven(line.expect("fresh").reconnect(quick()));
        // The first line is dropped as soon as it has said who it is.
        drop(acceptor.next().await.expect("a line"));
        let second = acceptor.next().await.expect("the initiator comes again");
        let server = tokio::spawn(serve(second));
        line.ups.recv().await.expect("logged on");
        for id in ["A", "B"] {
            line.handle.send(order(id)).await.expect("sent");
            assert_eq!(line.fills.recv().await.as_deref(), Some(id));
        }
        line.handle.logout("").await.expect("logged on");
        assert_eq!(line.task.await.expect("no panic"), Some(Reason::LoggedOut));
        assert!(server.await.expect("no panic").is_orderly());
    })
    .await;
}

/// A store that fails to confirm once it is told to, and lets each commit wait to be asked so often.
struct Failing {
    inner: MemoryStore,
    fails: std::sync::Arc<std::sync::atomic::AtomicBool>,
    asks: u32,
    asked: u32,
}

#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
struct DiskFull;

impl Store for Failing {
    type Error = DiskFull;

    fn load(&mut self) -> Result<Saved, DiskFull> {
        self.inner.load().map_err(|_| DiskFull)
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), DiskFull> {
        self.inner.append(epoch, seq, message).map_err(|_| DiskFull)
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), DiskFull> {
        self.inner.set_next_out(epoch, next_out).map_err(|_| DiskFull)
    }

    fn set_next_in(&mut self, epoch: u32, next: SeqNum, pending: bool) -> Result<(), DiskFull> {
        self.inner.set_next_in(epoch, next, pending).map_err(|_| DiskFull)
    }

    fn reset(&mut self, epoch: u32, pending: bool, now: UtcTime) -> Result<(), DiskFull> {
        self.inner.reset(epoch, pending, now).map_err(|_| DiskFull)
    }

    fn sync(&mut self) -> Result<Synced, DiskFull> {
        if self.fails.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(DiskFull);
        }
        if self.asked < self.asks {
            self.asked += 1;
            return Ok(Synced::Later);
        }
        self.asked = 0;
        self.inner.sync().map_err(|_| DiskFull)
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
    ) -> Result<Option<(SeqNum, &[u8])>, DiskFull> {
        self.inner.next_message(epoch, from, to).map_err(|_| DiskFull)
    }
}

#[tokio::test]
async fn what_a_failing_store_did_not_confirm_is_unknown_and_not_sent() {
    on_one_thread(async {
        let address = acceptor(AcceptorOptions::new()).await;
        let fails = std::sync::Arc::default();
        let fails_too = std::sync::Arc::clone(&fails);
        let store = Failing { inner: MemoryStore::new(), fails: fails_too, asks: 0, asked: 0 };
        let connector = TcpConnector::new(address.to_string());
        let line = Initiator::new(client("CLIENT"), store, connector).expect("fresh");
        let line = line.reconnect(quick());
        let handle = line.handle();
        let (ups, mut up) = mpsc::unbounded_channel();
        let (fills, mut filled) = mpsc::unbounded_channel();
        let task = tokio::task::spawn_local(drive(line, ups, fills));
        up.recv().await.expect("logged on");
        fails.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(handle.send(order("LOST")).await, Err(SendFailure::Unknown));
        // The disk has room again: the next connection goes on from what the store has.
        fails.store(false, std::sync::atomic::Ordering::Relaxed);
        up.recv().await.expect("logged on again");
        handle.send(order("FOUND")).await.expect("sent");
        let mut seen = Vec::new();
        while seen.last().is_none_or(|id| id != "FOUND") {
            seen.push(filled.recv().await.expect("a fill"));
        }
        handle.logout("").await.expect("logged on");
        let stopped = task.await.expect("no panic");
        assert!(matches!(stopped, InitiatorError::Stopped(Reason::LoggedOut)), "{stopped}");
    })
    .await;
}

#[tokio::test]
async fn a_store_that_commits_in_the_background_holds_nobody_up() {
    on_one_thread(async {
        let address = acceptor(AcceptorOptions::new()).await;
        let store = Failing {
            inner: MemoryStore::new(),
            fails: std::sync::Arc::default(),
            asks: 3,
            asked: 0,
        };
        let connector = TcpConnector::new(address.to_string());
        let line = Initiator::new(client("CLIENT"), store, connector).expect("fresh");
        let handle = line.handle();
        let (ups, mut up) = mpsc::unbounded_channel();
        let (fills, mut filled) = mpsc::unbounded_channel();
        tokio::task::spawn_local(drive(line.reconnect(quick()), ups, fills));
        let start = Instant::now();
        up.recv().await.expect("logged on");
        handle.send(order("A")).await.expect("durable, in the end");
        assert_eq!(filled.recv().await.as_deref(), Some("A"));
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    })
    .await;
}
