//! A connection over a scripted store, driven by hand at times that the test chooses.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

use fixline::engine::{
    Connection, ConnectionOptions, Draft, Entry, Event, MemoryStore, MessageId, Progress,
};
use fixline::session::{Config, ConfigBuilder, Instant, Now, ResendPolicy, Role, Version};
use fixline::wire::{
    Fields, Framed, Precision, Pretty, PutField as _, SeqNum, Stamp, Tag, UtcTime, from_text,
    next_frame,
};

use crate::disk::{Disk, Shared};

/// 09:30 and so much later, on both clocks.
pub(crate) fn now(millis: u64) -> Now {
    let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
    Now::new(Instant::from_millis(millis), utc.saturating_add(Duration::from_millis(millis)))
}

pub(crate) fn number(seq: u64) -> SeqNum {
    SeqNum::new(seq).expect("positive")
}

pub(crate) fn id(epoch: u32, seq: u64) -> MessageId {
    MessageId { epoch, seq: number(seq) }
}

pub(crate) fn order(id: u64) -> Draft {
    let mut order = Draft::new("D");
    order.uint(Tag::CL_ORD_ID, id);
    order
}

pub(crate) fn client_config() -> ConfigBuilder {
    Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All)
}

pub(crate) fn broker_config() -> ConfigBuilder {
    Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All)
}

/// One side of a session.
pub(crate) struct Side {
    pub(crate) line: Connection<Disk>,
    pub(crate) script: Shared,
}

impl Side {
    /// A side that is not opened.
    pub(crate) fn closed(config: ConfigBuilder, disk: Disk, options: ConnectionOptions) -> Self {
        let script = disk.script.clone();
        let config = config.build().expect("valid");
        let line = Connection::new(config, disk, options).expect("the sizes fit");
        Self { line, script }
    }

    /// A side over a store that was never used.
    pub(crate) fn new(config: ConfigBuilder, options: ConnectionOptions) -> Self {
        Self::over(config, MemoryStore::new(), options)
    }

    pub(crate) fn over(
        config: ConfigBuilder,
        memory: MemoryStore,
        options: ConnectionOptions,
    ) -> Self {
        let mut side = Self::closed(config, Disk::new(memory), options);
        side.open();
        side
    }

    pub(crate) fn open(&mut self) {
        assert!(matches!(self.line.open(), Poll::Ready(Ok(()))), "it opens");
    }

    pub(crate) fn connect(&mut self, millis: u64) {
        self.line.connected(now(millis), Entry::PLAIN).expect("down before");
    }

    /// What is left when the process dies, without what was not confirmed: everything, since the
    /// disk writes at once.
    pub(crate) fn restart(self, config: ConfigBuilder, options: ConnectionOptions) -> Self {
        let mut side = Self::closed(config, self.line.into_store(), options);
        side.open();
        side
    }

    /// Takes every event; accepts Logons, answers orders with fills; what was shown, in words.
    pub(crate) fn drive(&mut self, millis: u64) -> Vec<String> {
        let mut seen = Vec::new();
        while self.line.advance(now(millis)) == Progress::Events {
            while let Some(event) = self.line.event(now(millis)) {
                seen.extend(play(event));
            }
        }
        seen
    }

    /// Puts bytes of the peer into the receive buffer.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        let spare = self.line.spare();
        assert!(spare.len() >= bytes.len(), "no room for {} bytes", bytes.len());
        spare[..bytes.len()].copy_from_slice(bytes);
        self.line.filled(bytes.len());
    }

    /// A message of the peer, sent now, with these fields behind the header.
    pub(crate) fn of_peer(&self, msg_type: &str, seq: u64, millis: u64, body: &str) -> Vec<u8> {
        let stamp = Stamp::new(now(millis).utc, Precision::MILLIS);
        let time = String::from_utf8_lossy(stamp.as_bytes()).into_owned();
        let (us, peer) = match self.line.config().role() {
            Role::Initiator => ("CLIENT", "BROKER"),
            Role::Acceptor => ("BROKER", "CLIENT"),
        };
        from_text(&format!("8=FIX.4.4|35={msg_type}|34={seq}|49={peer}|52={time}|56={us}|{body}"))
    }

    /// Receives a message of the peer, and takes every event.
    pub(crate) fn hear(
        &mut self,
        msg_type: &str,
        seq: u64,
        millis: u64,
        body: &str,
    ) -> Vec<String> {
        let bytes = self.of_peer(msg_type, seq, millis, body);
        self.receive(&bytes);
        self.drive(millis)
    }

    /// The peer logs on, or answers our Logon.
    pub(crate) fn log_on(&mut self, seq: u64, millis: u64) -> Vec<String> {
        self.hear("A", seq, millis, "98=0|108=30|")
    }

    /// Takes what may be sent, message by message, with `|` for each SOH.
    pub(crate) fn sent(&mut self) -> Vec<String> {
        let mut sent = Vec::new();
        let bytes = self.line.flushable().to_vec();
        self.line.flushed(bytes.len());
        let mut rest = bytes.as_slice();
        while let Framed::Frame(frame) = next_frame(rest, usize::MAX) {
            sent.push(Pretty(frame.bytes()).to_string());
            rest = &rest[frame.bytes().len()..];
        }
        assert!(rest.is_empty(), "whole messages");
        sent
    }

    pub(crate) fn next_in(&self) -> u64 {
        self.line.next_in_released().get()
    }
}

/// Accepts a Logon, answers an order with a fill; what was shown, in words.
pub(crate) fn play(event: Event<'_>) -> Option<String> {
    match event {
        Event::Message { message, mut reply, .. } => {
            let dup = if message.poss_dup() { " again" } else { "" };
            let words = format!("{} {}{dup}", Pretty(message.msg_type()), message.msg_seq_num());
            if message.msg_type() == b"D" {
                let mut fill = Draft::new("8");
                fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
                let _refused = reply.send(&fill);
            }
            Some(words)
        }
        Event::Authenticate { verdict, .. } => {
            verdict.accept(Fields::EMPTY).expect("accepted");
            None
        }
        Event::StoreFailed(error) => Some(error.to_string()),
        Event::Disconnected(reason) => Some(format!("{reason:?}")),
        Event::Sent { result, .. } => Some(format!("sent {}", result.is_ok())),
        _ => None,
    }
}

/// Moves all bytes from one side to the other.
pub(crate) fn carry(from: &mut Side, to: &mut Side) -> usize {
    let mut carried = 0;
    while !from.line.flushable().is_empty() {
        let spare = to.line.spare();
        let count = spare.len().min(from.line.flushable().len());
        if count == 0 {
            break;
        }
        spare[..count].copy_from_slice(&from.line.flushable()[..count]);
        to.line.filled(count);
        from.line.flushed(count);
        carried += count;
    }
    carried
}

/// Until nothing moves any more.
pub(crate) fn settle(
    client: &mut Side,
    broker: &mut Side,
    millis: u64,
) -> (Vec<String>, Vec<String>) {
    let (mut client_saw, mut broker_saw) = (Vec::new(), Vec::new());
    loop {
        client_saw.extend(client.drive(millis));
        broker_saw.extend(broker.drive(millis));
        if carry(client, broker) + carry(broker, client) == 0 {
            return (client_saw, broker_saw);
        }
    }
}

pub(crate) fn connect(client: &mut Side, broker: &mut Side, millis: u64) {
    client.connect(millis);
    broker.connect(millis);
}

pub(crate) fn break_line(
    client: &mut Side,
    broker: &mut Side,
    millis: u64,
) -> (Vec<String>, Vec<String>) {
    client.line.closed();
    broker.line.closed();
    (client.drive(millis), broker.drive(millis))
}

/// Sends these orders and hands all their bytes over at once.
pub(crate) fn hand_over(client: &mut Side, broker: &mut Side, ids: Range<u64>, millis: u64) {
    for id in ids {
        let _ = client.line.send(&order(id), now(millis)).expect("logged on");
    }
    let _ = client.drive(millis);
    assert!(carry(client, broker) > 0);
}

/// A client and a broker that are logged on since time 0; number 2 is next in both directions.
pub(crate) fn logged_on_with(options: ConnectionOptions) -> (Side, Side) {
    let mut client = Side::new(client_config(), options);
    let mut broker = Side::new(broker_config(), options);
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    (client, broker)
}

pub(crate) fn logged_on() -> (Side, Side) {
    logged_on_with(ConnectionOptions::new())
}

/// Counts how often it was woken.
#[derive(Debug, Default)]
pub(crate) struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bell {
    pub(crate) fn hang(side: &mut Side) -> Arc<Self> {
        let bell = Arc::new(Self::default());
        side.line.wake_with(Some(&Waker::from(Arc::clone(&bell))));
        bell
    }

    pub(crate) fn rings(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
