//! A connection performs the duties of its session, and lends messages with the means to answer.

use std::task::Poll;

use fixline::engine::{
    Connection, ConnectionOptions, Delivery, Draft, Entry, Event, MemoryStore, Progress,
};
use fixline::session::{Config, Instant, Now, Reason, ResendPolicy, Version};
use fixline::wire::{Fields, Message, PutField as _, Tag, UtcTime};

type Line = Connection<MemoryStore>;

fn now(millis: u64) -> Now {
    let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
    let passed = std::time::Duration::from_millis(millis);
    Now::new(Instant::from_millis(millis), utc.saturating_add(passed))
}

fn pair() -> (Line, Line) {
    let open = |config: Config| {
        let line = Connection::new(config, MemoryStore::new(), ConnectionOptions::new());
        let mut line = line.expect("large enough");
        assert!(matches!(line.open(), Poll::Ready(Ok(()))));
        line
    };
    let client = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All);
    let broker = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All);
    (open(client.build().expect("valid")), open(broker.build().expect("valid")))
}

/// What one side was shown.
#[derive(Debug, PartialEq)]
enum Seen {
    Message(String, u64),
    End(Reason),
}

/// Advances, accepts Logons, answers orders with fills; what was shown.
fn drive(line: &mut Line, millis: u64) -> Vec<Seen> {
    let mut seen = Vec::new();
    while line.advance(now(millis)) == Progress::Events {
        while let Some(event) = line.event(now(millis)) {
            match event {
                Event::Message { message, mut reply, .. } => {
                    let msg_type = String::from_utf8_lossy(message.msg_type()).into_owned();
                    seen.push(Seen::Message(msg_type, message.msg_seq_num()));
                    if message.msg_type() == b"D" {
                        let mut fill = Draft::new("8");
                        fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or_default());
                        let delivery = reply.send(&fill).expect("sent");
                        assert!(matches!(delivery, Delivery::Pending(_)));
                    }
                }
                Event::Authenticate { verdict, .. } => {
                    verdict.accept(Fields::EMPTY).expect("accepted");
                }
                Event::Disconnected(reason) => seen.push(Seen::End(reason)),
                _ => {}
            }
        }
    }
    seen
}

/// Moves all bytes from one side to the other.
fn carry(from: &mut Line, to: &mut Line) -> usize {
    let mut carried = 0;
    while !from.flushable().is_empty() {
        let spare = to.spare();
        let count = spare.len().min(from.flushable().len());
        spare[..count].copy_from_slice(&from.flushable()[..count]);
        to.filled(count);
        from.flushed(count);
        carried += count;
    }
    carried
}

/// Until nothing moves any more.
fn settle(client: &mut Line, broker: &mut Line, millis: u64) -> (Vec<Seen>, Vec<Seen>) {
    let (mut client_saw, mut broker_saw) = (Vec::new(), Vec::new());
    loop {
        client_saw.extend(drive(client, millis));
        broker_saw.extend(drive(broker, millis));
        if carry(client, broker) + carry(broker, client) == 0 {
            return (client_saw, broker_saw);
        }
    }
}

fn connect(client: &mut Line, broker: &mut Line, millis: u64) {
    client.connected(now(millis), Entry::PLAIN).expect("down before");
    broker.connected(now(millis), Entry::PLAIN).expect("down before");
}

fn order(id: &str) -> Draft {
    let mut order = Draft::new("D");
    order.str(Tag::CL_ORD_ID, id);
    order
}

#[test]
fn an_order_is_answered_while_it_is_held() {
    let (mut client, mut broker) = pair();
    connect(&mut client, &mut broker, 0);
    let (client_saw, broker_saw) = settle(&mut client, &mut broker, 0);
    assert_eq!(client_saw, [Seen::Message("A".into(), 1)]);
    assert_eq!(broker_saw, []);
    let _ = client.send(&order("ORD-1"), now(1)).expect("logged on");
    let (client_saw, broker_saw) = settle(&mut client, &mut broker, 1);
    assert_eq!(broker_saw, [Seen::Message("D".into(), 2)]);
    assert_eq!(client_saw, [Seen::Message("8".into(), 2)]);
}

#[test]
fn a_lent_message_ends_where_it_ends() {
    let (mut client, mut broker) = pair();
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    let mut with_text = order("ORD-2");
    with_text.str(Tag::TEXT, "of the second");
    for draft in [order("ORD-1"), with_text] {
        let _ = client.send(&draft, now(1)).expect("logged on");
    }
    let _ = client.advance(now(1));
    assert!(carry(&mut client, &mut broker) > 0);
    let mut texts = Vec::new();
    while broker.advance(now(1)) == Progress::Events {
        while let Some(event) = broker.event(now(1)) {
            if let Event::Message { message, .. } = event {
                assert_eq!(Message::parse(message.bytes()), Ok(message));
                texts.push(message.get_str(Tag::TEXT).map(str::to_owned));
            }
        }
    }
    assert_eq!(texts, [None, Some("of the second".into())]);
}

#[test]
fn what_the_line_lost_comes_again_after_the_next_logon() {
    let (mut client, mut broker) = pair();
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    for id in ["ORD-1", "ORD-2", "ORD-3"] {
        let _ = client.send(&order(id), now(1)).expect("logged on");
    }
    // The bytes leave, and the line breaks.
    let _ = drive(&mut client, 1);
    let lost = client.flushable().len();
    assert!(lost > 0);
    client.flushed(lost);
    client.closed();
    broker.closed();
    assert_eq!(drive(&mut client, 2), [Seen::End(Reason::Closed)]);
    assert_eq!(drive(&mut broker, 2), [Seen::End(Reason::Closed)]);
    connect(&mut client, &mut broker, 3);
    let (client_saw, broker_saw) = settle(&mut client, &mut broker, 3);
    let orders: Vec<Seen> = [2, 3, 4].map(|seq| Seen::Message("D".into(), seq)).into();
    assert_eq!(broker_saw, orders);
    assert_eq!(client_saw.len(), 4, "the Logon and three fills: {client_saw:?}");
    assert_eq!(client.seq_nums().next_in, broker.seq_nums().next_out);
    assert_eq!(broker.seq_nums().next_in, client.seq_nums().next_out);
}

#[test]
fn a_logout_ends_both_sides() {
    let (mut client, mut broker) = pair();
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    client.logout("done for today", now(1)).expect("logged on");
    let (client_saw, broker_saw) = settle(&mut client, &mut broker, 1);
    assert_eq!(broker_saw, [Seen::Message("5".into(), 2)]);
    assert_eq!(client_saw, [Seen::Message("5".into(), 2), Seen::End(Reason::LoggedOut)]);
    assert!(client.wants_close());
    client.closed();
    broker.closed();
    assert_eq!(drive(&mut client, 2), []);
    let by_client = Reason::LoggedOutByPeer { status: None };
    assert_eq!(drive(&mut broker, 2), [Seen::End(by_client)]);
}

#[test]
fn nothing_is_flushed_before_the_store_has_it() {
    let (mut client, mut broker) = pair();
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    let _ = client.send(&order("ORD-1"), now(1)).expect("logged on");
    assert!(client.flushable().is_empty(), "the store was not asked to commit yet");
    let _ = client.advance(now(1));
    assert!(Message::parse(client.flushable()).is_ok());
}
