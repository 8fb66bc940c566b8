//! The std adapter as an [`Edge`].

use std::io::{self, Read as _, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fixline::adapters::std_net::{
    Acceptor, Closer, Half, Halves, Initiator, Line, Listener, Stream, TcpConnector,
};
use fixline::adapters::{AcceptorEvents, AcceptorHandle, Events, Handle};
use fixline::engine::{Event, Origin, Peer, Reconnect, Store};
use fixline::session::Config;

use crate::memory::End;
use crate::{Accepting, AnyStore, Door, Edge, Panicked, Plan, Running};

pub(crate) struct Std;

/// A listener with something before it.
pub(crate) struct Doors {
    listener: TcpListener,
    door: Door,
    begun: Instant,
}

impl Doors {
    #[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
    pub(crate) fn new(listener: TcpListener, door: Door) -> Self {
        Self { listener, door, begun: Instant::now() }
    }
}

/// TCP that may keep what was written until it is flushed.
pub(crate) struct Buffered {
    stream: TcpStream,
    buffers: bool,
}

pub(crate) struct BufferedWriter {
    stream: Half<TcpStream>,
    kept: Option<Vec<u8>>,
}

impl Write for BufferedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.kept {
            None => self.stream.write(bytes),
            Some(kept) => {
                kept.extend_from_slice(bytes);
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(kept) = &mut self.kept {
            self.stream.write_all(kept)?;
            kept.clear();
        }
        self.stream.flush()
    }
}

impl Stream for Buffered {
    type Reader = Half<TcpStream>;
    type Writer = BufferedWriter;

    fn split(self) -> io::Result<Halves<Self>> {
        let Halves { reader, writer, closer } = self.stream.split()?;
        let kept = self.buffers.then(Vec::new);
        Ok(Halves { reader, writer: BufferedWriter { stream: writer, kept }, closer })
    }

    fn set_patience(writer: &mut BufferedWriter, patience: Duration) -> io::Result<()> {
        TcpStream::set_patience(&mut writer.stream, patience)
    }

    fn finish(writer: &mut BufferedWriter) -> io::Result<()> {
        if writer.kept.is_some() {
            writer.stream.write_all(b"BYE")?;
        }
        TcpStream::finish(&mut writer.stream)
    }
}

impl Listener for Doors {
    type Raw = TcpStream;
    type Stream = Buffered;

    fn accept(&mut self) -> io::Result<(TcpStream, Peer)> {
        if self.door == Door::Exhausted && self.begun.elapsed() < Duration::from_millis(500) {
            return Err(io::Error::from_raw_os_error(24));
        }
        Listener::accept(&mut self.listener)
    }

    fn closer(&self) -> io::Result<Closer> {
        self.listener.closer()
    }

    fn raw_closer(raw: &TcpStream) -> io::Result<Closer> {
        TcpListener::raw_closer(raw)
    }

    fn prepare(
        &self,
        mut raw: TcpStream,
        peer: Peer,
    ) -> impl FnOnce() -> io::Result<(Buffered, Origin)> + Send + 'static + use<> {
        let door = self.door;
        move || {
            if door == Door::Handshake {
                raw.read_exact(&mut [0])?;
            }
            raw.set_nodelay(true)?;
            Ok((Buffered { stream: raw, buffers: door == Door::Buffered }, Origin::new(peer)))
        }
    }
}

impl Stream for End {
    type Reader = Self;
    type Writer = Self;

    fn split(self) -> io::Result<Halves<Self>> {
        let closes = self.clone();
        let closer = Closer::new(move || closes.close());
        Ok(Halves { reader: self.clone(), writer: self, closer })
    }

    fn set_patience(writer: &mut Self, patience: Duration) -> io::Result<()> {
        writer.write_patience = Some(patience);
        Ok(())
    }

    fn finish(writer: &mut Self) -> io::Result<()> {
        Self::finish(writer);
        Ok(())
    }
}

/// Accepts one stream in memory, then waits until it is closed.
struct Once {
    stream: Option<End>,
    ended: Arc<(Mutex<bool>, Condvar)>,
}

impl Listener for Once {
    type Raw = End;
    type Stream = End;

    fn accept(&mut self) -> io::Result<(End, Peer)> {
        if let Some(stream) = self.stream.take() {
            return Ok((stream, Peer::Local));
        }
        let (ended, changed) = &*self.ended;
        let ended = ended.lock().expect("not poisoned");
        drop(changed.wait_while(ended, |ended| !*ended).expect("not poisoned"));
        Err(io::ErrorKind::NotConnected.into())
    }

    fn closer(&self) -> io::Result<Closer> {
        let ended = Arc::clone(&self.ended);
        Ok(Closer::new(move || {
            *ended.0.lock().expect("not poisoned") = true;
            ended.1.notify_all();
        }))
    }

    fn raw_closer(raw: &End) -> io::Result<Closer> {
        let raw = raw.clone();
        Ok(Closer::new(move || raw.close()))
    }

    fn prepare(
        &self,
        raw: End,
        peer: Peer,
    ) -> impl FnOnce() -> io::Result<(End, Origin)> + Send + 'static + use<> {
        move || Ok((raw, Origin::new(peer)))
    }
}

fn acceptor<T: Stream>(plan: Plan) -> Acceptor<T, AnyStore> {
    let mut acceptor = Acceptor::new().newcomer(plan.newcomer);
    if let Some(options) = plan.admission {
        acceptor = acceptor.admission(options);
    }
    for (config, store) in plan.sessions {
        acceptor.session(config, store).expect("a new session");
    }
    acceptor
}

impl Edge for Std {
    const NAME: &str = "std";
    type Line = Line<Buffered, AnyStore>;
    type MemoryLine = Line<End, AnyStore>;

    fn start() -> Self {
        Self
    }

    fn accept(&self, plan: Plan) -> Accepting<Self::Line> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("bound");
        let doors = Doors::new(listener, plan.door);
        let (handle, events) = acceptor(plan).spawn(doors).expect("threads can be made");
        Accepting { address, handle, events }
    }

    fn accept_in_memory(
        &self,
        plan: Plan,
        stream: End,
    ) -> (AcceptorHandle<AnyStore>, AcceptorEvents<Self::MemoryLine>) {
        let listener = Once { stream: Some(stream), ended: Arc::default() };
        acceptor(plan).spawn(listener).expect("threads can be made")
    }

    fn spawn(&self, line: Self::Line) -> (Handle, Events) {
        line.spawn().expect("threads can be made")
    }

    fn spawn_in_memory(&self, line: Self::MemoryLine) -> (Handle, Events) {
        line.spawn().expect("threads can be made")
    }

    fn run(
        &self,
        line: Self::Line,
        handler: impl FnMut(Event<'_>) -> ControlFlow<()> + Send + 'static,
    ) -> Running {
        let running = thread::spawn(move || line.run(handler));
        Box::new(move || running.join().map(|ended| ended.0).map_err(|_| Panicked))
    }

    fn initiate(
        &self,
        config: Config,
        store: impl Store + 'static,
        address: SocketAddr,
        policy: Reconnect,
    ) -> (Handle, Events) {
        let connector = TcpConnector::new(address.to_string());
        let initiator = Initiator::new(config, Box::new(store) as AnyStore, connector);
        let initiator = initiator.expect("the sizes fit").reconnect(policy);
        initiator.spawn().expect("threads can be made")
    }
}
