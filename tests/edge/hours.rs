//! Over threads and sockets: from the end of one window into the next.
#![expect(clippy::disallowed_methods, reason = "real sockets take real time")]

use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use fixline::adapters::Clock;
use fixline::adapters::std_net::{Acceptor, Initiator, Line, TcpConnector};
use fixline::engine::{
    Connection, ConnectionOptions, Event, Hours, MemoryStore, Reconnect, TimeSource,
};
use fixline::schedule::{Moment, Schedule};
use fixline::session::{self, Config, Notice, Now, Reason};
use fixline::wire::UtcTime;

use crate::{PATIENCE, broker, client, fill};

/// Shortly before 10:00 when it is made.
struct Morning(Instant);

impl TimeSource for Morning {
    fn now(&self) -> Now {
        let utc = UtcTime::parse(b"20261130-09:59:59").expect("a time");
        let passed = self.0.elapsed();
        let nanos = u64::try_from(passed.as_nanos()).expect("not for centuries");
        Now::new(session::Instant::from_nanos(nanos), utc.saturating_add(passed))
    }
}

/// Until 10:00, and from two seconds later on.
fn keeping(config: Config) -> Connection<MemoryStore> {
    let at = |time: &str| Moment::daily(time.parse().expect("a time"));
    let schedule = Schedule::builder()
        .window(at("09:00:00"), at("10:00:00"))
        .window(at("10:00:02"), at("17:00:00"));
    let (store, options) = (MemoryStore::new(), ConnectionOptions::new());
    let mut connection = Connection::new(config, store, options).expect("the sizes fit");
    connection.set_hours(Hours::new(schedule.build().expect("it comes")));
    connection
}

#[test]
fn threads_log_out_when_the_hours_end_and_on_again_when_they_begin() {
    let clock = Clock::of(Arc::new(Morning(Instant::now())));
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    let mut acceptor = Acceptor::new().clock(clock.clone());
    acceptor.session_of(keeping(broker("CLIENT"))).expect("a new session");
    let serving = acceptor.handle();
    thread::spawn(move || {
        let line = |line: Line<TcpStream, MemoryStore>| {
            line.run(|event| {
                fill(event);
                ControlFlow::Continue(())
            });
        };
        acceptor.serve(listener, line, drop).expect("threads can be made");
    });
    let long = Duration::from_secs(3_600);
    let (session, mut events) =
        Initiator::of(keeping(client("CLIENT")), TcpConnector::new(address))
            .clock(clock.clone())
            .reconnect(Reconnect::new(1, 1).pauses(long, long).waits(long, long))
            .spawn()
            .expect("a thread");
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let event = events.wait_next(PATIENCE).expect("it goes on").expect("in time");
        let at = clock.now().utc;
        match event {
            Event::Notice(Notice::LoggedOn { .. }) => seen.push(("on", at)),
            Event::Disconnected(Reason::LoggedOut | Reason::LoggedOutByPeer { .. }) => {
                seen.push(("out", at));
            }
            _ => {}
        }
    }
    let whats: Vec<_> = seen.iter().map(|(what, _)| *what).collect();
    assert_eq!(whats, ["on", "out", "on"], "{seen:?}");
    assert!(seen[1].1 >= UtcTime::parse(b"20261130-10:00:00").expect("a time"), "{seen:?}");
    assert!(seen[2].1 >= UtcTime::parse(b"20261130-10:00:02").expect("a time"), "{seen:?}");
    let numbers = session.status().expect("driven").snapshot.numbers;
    assert_eq!((numbers.next_out.get(), numbers.epoch), (2, 1));
    drop((session, events, serving));
}
