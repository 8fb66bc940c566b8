//! Framing and encoding, where more than the wire layer takes part; the rest is in
//! `src/wire/museum.rs`.

use std::task::Poll;

use fixline::engine::{Connection, ConnectionOptions, Entry, Event, MemoryStore, Progress};
use fixline::session::{Config, Instant, Now, Reason, ResendPolicy, Version};
use fixline::wire::{Fields, UtcTime, from_text};

use crate::line::{acceptor, initiator};

type Broker = Connection<MemoryStore>;

fn now() -> Now {
    Now::new(Instant::from_millis(0), UtcTime::parse(b"20261122-09:30:00").expect("a time"))
}

fn connected() -> Broker {
    let config = Config::acceptor(Version::Fix44, "US", "PEER", ResendPolicy::All);
    let config = config.build().expect("valid");
    let mut line =
        Connection::new(config, MemoryStore::new(), ConnectionOptions::new()).expect("fits");
    assert!(matches!(line.open(), Poll::Ready(Ok(()))));
    line.connected(now(), Entry::PLAIN).expect("down before");
    line
}

fn message(text: &str) -> Vec<u8> {
    from_text(&format!("8=FIX.4.4|{text}|"))
}

fn logon(seq: u64) -> Vec<u8> {
    message(&format!("35=A|34={seq}|49=PEER|52=20261122-09:30:00|56=US|98=0|108=30"))
}

/// Feeds bytes and handles all events: the numbers of the messages shown, and the end.
fn read(line: &mut Broker, bytes: &[u8]) -> (Vec<u64>, Option<Reason>) {
    line.spare()[..bytes.len()].copy_from_slice(bytes);
    line.filled(bytes.len());
    drive(line)
}

fn drive(line: &mut Broker) -> (Vec<u64>, Option<Reason>) {
    let (mut seen, mut end) = (Vec::new(), None);
    while line.advance(now()) == Progress::Events {
        while let Some(event) = line.event(now()) {
            match event {
                Event::Authenticate { verdict, .. } => {
                    verdict.accept(Fields::EMPTY).expect("in time");
                }
                Event::Message { message, .. } => seen.push(message.msg_seq_num()),
                Event::Disconnected(reason) => end = Some(reason),
                _ => {}
            }
        }
    }
    (seen, end)
}

/// FRM-16, END-04: half a message of a broken connection was put before the first bytes of the
/// next one, which then could not be read.
#[test]
fn half_a_message_dies_with_its_connection() {
    let order = message("35=D|34=2|49=PEER|52=20261122-09:30:00|56=US|11=A");
    for cut in 0..order.len() {
        let mut line = connected();
        assert_eq!(read(&mut line, &logon(1)), (vec![], None));
        assert_eq!(read(&mut line, &order[..cut]), (vec![], None));
        line.closed();
        assert_eq!(drive(&mut line), (vec![], Some(Reason::Closed)));
        line.connected(now(), Entry::PLAIN).expect("down before");
        assert_eq!(read(&mut line, &logon(2)), (vec![], None), "cut at {cut}");
        let next = message("35=D|34=3|49=PEER|52=20261122-09:30:00|56=US|11=B");
        assert_eq!(read(&mut line, &next), (vec![3], None), "cut at {cut}");
    }
}

/// FRM-21: a CompID with a delimiter injected header fields into every message.
#[test]
fn an_id_that_would_inject_a_field_is_refused_by_every_setter() {
    for id in ["A\u{1}34=9", "\u{1}"] {
        for config in [
            Config::initiator(Version::Fix44, id, "PEER", ResendPolicy::All),
            Config::initiator(Version::Fix44, "US", id, ResendPolicy::All),
            Config::acceptor(Version::Fix44, id, "PEER", ResendPolicy::All),
            initiator(Version::Fix44).sender_sub_id(id),
            initiator(Version::Fix44).target_sub_id(id),
            acceptor(Version::Fix44).sender_location_id(id),
            acceptor(Version::Fix44).target_location_id(id),
            initiator(Version::Fix50Sp2).default_appl_ver_id(id),
            initiator(Version::Fix44).logon_field(fixline::wire::Tag::USERNAME, id),
        ] {
            assert!(config.build().is_err(), "{id:?}");
        }
    }
}
