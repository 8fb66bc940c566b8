//! The tokio adapter as an [`Edge`].

use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use fixline::adapters::tokio::{Acceptor, Initiator, Line, Listener, Stream, TcpConnector};
use fixline::adapters::{AcceptorEvents, AcceptorHandle, Events, Handle};
use fixline::engine::{Event, Origin, Peer, Reconnect, Store};
use fixline::session::Config;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use crate::memory::End;
use crate::{Accepting, AnyStore, Door, Edge, Panicked, Plan, Running};

pub(crate) struct Tokio {
    runtime: Runtime,
}

/// A listener with something before it.
pub(crate) struct Doors {
    listener: TcpListener,
    door: Door,
    begun: Instant,
}

/// TCP that may keep what was written until it is flushed.
pub(crate) struct Buffered {
    stream: TcpStream,
    kept: Option<Vec<u8>>,
    said: bool,
}

impl AsyncRead for Buffered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Buffered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.kept {
            None => Pin::new(&mut self.stream).poll_write(cx, bytes),
            Some(kept) => {
                kept.extend_from_slice(bytes);
                Poll::Ready(Ok(bytes.len()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while let Some(kept) = this.kept.as_mut().filter(|kept| !kept.is_empty()) {
            let count = ready!(Pin::new(&mut this.stream).poll_write(cx, kept))?;
            kept.drain(..count);
        }
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !core::mem::replace(&mut self.said, true)
            && let Some(kept) = &mut self.kept
        {
            kept.extend_from_slice(b"BYE");
        }
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Listener for Doors {
    type Raw = TcpStream;
    type Stream = Buffered;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, Peer)>> {
        if self.door == Door::Exhausted && self.begun.elapsed() < Duration::from_millis(500) {
            return Poll::Ready(Err(io::Error::from_raw_os_error(24)));
        }
        Listener::poll_accept(&mut self.listener, cx)
    }

    fn prepare(
        &self,
        mut raw: TcpStream,
        peer: Peer,
    ) -> impl Future<Output = io::Result<(Buffered, Origin)>> + Send + use<> {
        let door = self.door;
        async move {
            if door == Door::Handshake {
                raw.read_exact(&mut [0]).await?;
            }
            raw.set_nodelay(true)?;
            let kept = (door == Door::Buffered).then(Vec::new);
            Ok((Buffered { stream: raw, kept, said: false }, Origin::new(peer)))
        }
    }
}

/// A stream in memory that is closed when it is dropped.
pub(crate) struct Memory(End);

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl AsyncRead for Memory {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Memory {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Accepts one stream in memory.
struct Once(Option<End>);

impl Listener for Once {
    type Raw = Memory;
    type Stream = Memory;

    fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<(Memory, Peer)>> {
        match self.0.take() {
            Some(stream) => Poll::Ready(Ok((Memory(stream), Peer::Local))),
            None => Poll::Pending,
        }
    }

    fn prepare(
        &self,
        raw: Memory,
        peer: Peer,
    ) -> impl Future<Output = io::Result<(Memory, Origin)>> + Send + use<> {
        core::future::ready(Ok((raw, Origin::new(peer))))
    }
}

fn acceptor<L: Listener>(listener: L, plan: Plan) -> Acceptor<L, AnyStore> {
    let mut acceptor = Acceptor::new(listener).newcomer(plan.newcomer);
    if let Some(options) = plan.admission {
        acceptor = acceptor.admission(options);
    }
    for (config, store) in plan.sessions {
        acceptor.session(config, store).expect("a new session");
    }
    acceptor
}

impl Tokio {
    fn spawn_line<T: Stream>(&self, line: Line<T, AnyStore>) -> (Handle, Events) {
        let _here = self.runtime.enter();
        line.spawn()
    }
}

impl Edge for Tokio {
    const NAME: &str = "tokio";
    type Line = Line<Buffered, AnyStore>;
    type MemoryLine = Line<Memory, AnyStore>;

    fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        Self { runtime: runtime.expect("a runtime") }
    }

    #[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
    fn accept(&self, plan: Plan) -> Accepting<Self::Line> {
        let listener = self.runtime.block_on(TcpListener::bind(("127.0.0.1", 0)));
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("bound");
        let _here = self.runtime.enter();
        let doors = Doors { listener, door: plan.door, begun: Instant::now() };
        let (handle, events) = acceptor(doors, plan).spawn();
        Accepting { address, handle, events }
    }

    fn accept_in_memory(
        &self,
        plan: Plan,
        stream: End,
    ) -> (AcceptorHandle<AnyStore>, AcceptorEvents<Self::MemoryLine>) {
        let _here = self.runtime.enter();
        acceptor(Once(Some(stream)), plan).spawn()
    }

    fn spawn(&self, line: Self::Line) -> (Handle, Events) {
        self.spawn_line(line)
    }

    fn spawn_in_memory(&self, line: Self::MemoryLine) -> (Handle, Events) {
        self.spawn_line(line)
    }

    fn run(
        &self,
        line: Self::Line,
        handler: impl FnMut(Event<'_>) -> ControlFlow<()> + Send + 'static,
    ) -> Running {
        let running = self.runtime.spawn(line.run_inline(handler));
        let runtime = self.runtime.handle().clone();
        Box::new(move || {
            let ended = runtime.block_on(running);
            ended.map(|ended| ended.0).map_err(|_| Panicked)
        })
    }

    fn initiate(
        &self,
        config: Config,
        store: impl Store + 'static,
        address: SocketAddr,
        policy: Reconnect,
    ) -> (Handle, Events) {
        let _here = self.runtime.enter();
        let connector = TcpConnector::new(address.to_string());
        let initiator = Initiator::new(config, Box::new(store) as AnyStore, connector);
        initiator.expect("the sizes fit").reconnect(policy).spawn()
    }
}
