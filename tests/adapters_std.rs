//! The std adapter over real sockets.

#![expect(clippy::disallowed_methods, reason = "real sockets take real time")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fixline::adapters::Delivery;
use fixline::adapters::std_net::{
    Acceptor, AcceptorOptions, Ended, Initiator, InitiatorError, Line, Stop, TcpConnector,
};
use fixline::engine::{Draft, Event, MemoryStore, Reconnect, Refused};
use fixline::session::{Config, Notice, Reason, ResendPolicy, SendError, Version};
use fixline::wire::{Fields, PutField as _, Tag, from_text};

const TICK: Duration = Duration::from_millis(20);

fn broker(peer: &str) -> Config {
    Config::acceptor(Version::Fix44, "BROKER", peer, ResendPolicy::All).build().expect("valid")
}

fn client(name: &str) -> Config {
    Config::initiator(Version::Fix44, name, "BROKER", ResendPolicy::All).build().expect("valid")
}

fn initiator(name: &str, address: SocketAddr) -> Initiator<TcpConnector, MemoryStore> {
    let pauses = Duration::from_millis(10);
    let policy = Reconnect::new(1, 1).pauses(pauses, pauses).without_attempt_limit();
    Initiator::new(client(name), MemoryStore::new(), TcpConnector::new(address.to_string()))
        .expect("a fresh store")
        .reconnect(policy)
}

/// Welcomes everybody, and answers orders with fills.
fn serve(line: &mut Line<TcpStream, MemoryStore>) -> Reason {
    loop {
        match line.next(TICK) {
            Ok(Some(Event::Authenticate { verdict, .. })) => {
                verdict.accept(Fields::EMPTY).expect("accepted");
            }
            Ok(Some(Event::Message { message, mut reply, .. })) if !message.is_admin() => {
                let mut fill = Draft::new("8");
                fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
                let _ = reply.send(&fill).expect("logged on");
            }
            Ok(_) => {}
            Err(Ended(reason)) => return reason,
        }
    }
}

/// Runs `test` against an acceptor for CLIENT and OTHER; what its connections ended with.
fn with_acceptor(options: AcceptorOptions, test: impl FnOnce(SocketAddr)) -> Vec<Reason> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut acceptor = Acceptor::with_options(options);
    for name in ["CLIENT", "OTHER"] {
        acceptor.session(broker(name), MemoryStore::new()).expect("a new session");
    }
    let stop: Stop = acceptor.stopper();
    let reasons = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let reasons = &reasons;
        let server = scope.spawn(move || {
            acceptor
                .serve(listener, |line| {
                    let reason = serve(line);
                    reasons.lock().expect("not poisoned").push(reason);
                })
                .expect("the listener works")
        });
        // A test that fails must not leave the acceptor waiting for ever.
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| test(address)));
        stop.stop();
        assert_eq!(server.join().expect("no panic").len(), 2, "both stores come back");
        if let Err(failure) = outcome {
            panic::resume_unwind(failure);
        }
    });
    reasons.into_inner().expect("not poisoned")
}

fn until_logged_on(line: &mut Initiator<TcpConnector, MemoryStore>) {
    until(line, |event| matches!(event, Event::Notice(Notice::LoggedOn { .. })));
}

fn until(
    line: &mut Initiator<TcpConnector, MemoryStore>,
    mut found: impl FnMut(&Event<'_, MemoryStore>) -> bool,
) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if line.next(TICK).expect("goes on").is_some_and(|event| found(&event)) {
            return;
        }
    }
    panic!("it did not happen within ten seconds");
}

fn order(id: &str) -> Draft {
    let mut order = Draft::new("D");
    order.str(Tag::CL_ORD_ID, id);
    order
}

fn log_out(mut line: Initiator<TcpConnector, MemoryStore>) {
    line.logout("").expect("logged on");
    until(&mut line, |event| matches!(event, Event::Disconnected(Reason::LoggedOut)));
    let stopped = line.next(TICK).expect_err("nothing more comes");
    assert_eq!(stopped, InitiatorError::Stopped(Reason::LoggedOut));
}

/// How long the other side takes to close, without having said a byte.
fn closed_silently(mut stream: TcpStream) -> Duration {
    let start = Instant::now();
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
    let mut byte = [0];
    let count = stream.read(&mut byte).unwrap_or(0);
    assert_eq!(count, 0, "a byte came");
    start.elapsed()
}

#[test]
fn orders_are_filled_and_the_day_ends_in_order() {
    let reasons = with_acceptor(AcceptorOptions::new(), |address| {
        let mut line = initiator("CLIENT", address);
        assert_eq!(line.send(&order("EARLY")), Err(Refused::Session(SendError::NotLoggedOn)));
        until_logged_on(&mut line);
        for id in ["A", "B", "C"] {
            assert!(matches!(line.send(&order(id)), Ok(Delivery::Durable(_))));
        }
        let mut fills = Vec::new();
        until(&mut line, |event| {
            if let Event::Message { message, .. } = event {
                fills.extend(message.get_str(Tag::CL_ORD_ID).map(str::to_owned));
            }
            fills.len() == 3
        });
        assert_eq!(fills, ["A", "B", "C"]);
        log_out(line);
    });
    assert_eq!(reasons, [Reason::LoggedOutByPeer { status: None }]);
}

#[test]
fn one_listener_serves_several_sessions_at_once() {
    with_acceptor(AcceptorOptions::new(), |address| {
        let (mut one, mut other) = (initiator("CLIENT", address), initiator("OTHER", address));
        until_logged_on(&mut one);
        until_logged_on(&mut other);
        let filled = |event: &Event<'_, MemoryStore>| matches!(event, Event::Message { message, .. } if message.msg_type() == b"8");
        for line in [&mut one, &mut other] {
            assert!(matches!(line.send(&order("A")), Ok(Delivery::Durable(_))));
            until(line, filled);
        }
        log_out(one);
        log_out(other);
    });
}

#[test]
fn strangers_are_closed_without_a_byte_and_disturb_nobody() {
    let options = AcceptorOptions::new().logon_timeout(Duration::from_millis(300));
    with_acceptor(options, |address| {
        let mut line = initiator("CLIENT", address);
        until_logged_on(&mut line);
        let connect = || TcpStream::connect(address).expect("the acceptor listens");
        let say = |bytes: &[u8]| {
            let mut stream = connect();
            stream.write_all(bytes).expect("written");
            stream
        };
        let logon = |sender: &str| {
            from_text(&format!(
                "8=FIX.4.4|35=A|34=1|49={sender}|52=20261122-09:30:00|56=BROKER|98=0|108=30|"
            ))
        };
        // Rubbish, a first message that is no Logon, an unknown name, a name that is taken: 1S.b,
        // S-LOGON-22, END-16.
        assert!(closed_silently(say(b"GET / HTTP/1.1\r\n\r\n")) < Duration::from_millis(250));
        let heartbeat = from_text("8=FIX.4.4|35=0|34=1|49=CLIENT|52=20261122-09:30:00|56=BROKER|");
        closed_silently(say(&heartbeat));
        closed_silently(say(&logon("STRANGER")));
        closed_silently(say(&logon("CLIENT")));
        // Somebody who says nothing, and somebody who drips: time is up for both.
        assert!(closed_silently(connect()) >= Duration::from_millis(250));
        let mut dripping = connect();
        let start = Instant::now();
        for byte in logon("OTHER") {
            if dripping.write_all(&[byte]).is_err() || start.elapsed() > Duration::from_secs(2) {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        assert!(start.elapsed() < Duration::from_secs(2), "dripping went on and on");
        // The session noticed nothing.
        assert!(matches!(line.send(&order("A")), Ok(Delivery::Durable(_))));
        until(
            &mut line,
            |event| matches!(event, Event::Message { message, .. } if message.msg_type() == b"8"),
        );
        log_out(line);
    });
}

#[test]
fn a_line_that_breaks_comes_back_and_recovers() {
    let reasons = with_acceptor(AcceptorOptions::new(), |address| {
        // The initiator's end goes through a relay that can be cut.
        let relay = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let relay_address = relay.local_addr().expect("bound");
        let is_over = &AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(move || {
                // While the acceptor has not noticed that the line is cut, it refuses another.
                for connection in 0.. {
                    let (client, _) = relay.accept().expect("the initiator comes");
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let broker = TcpStream::connect(address).expect("the acceptor listens");
                    let limit = if connection == 0 { 1000 } else { usize::MAX };
                    relay_until_cut(&client, &broker, limit);
                }
            });
            let _ends = EndRelay(is_over, relay_address);
            let mut line = initiator("CLIENT", relay_address);
            until_logged_on(&mut line);
            for number in 0..20 {
                assert!(matches!(
                    line.send(&order(&format!("{number}"))),
                    Ok(Delivery::Durable(_))
                ));
            }
            let mut fills = Vec::new();
            until(&mut line, |event| {
                if let Event::Message { message, .. } = event
                    && message.msg_type() == b"8"
                {
                    fills.extend(message.get_uint(Tag::CL_ORD_ID));
                }
                fills.len() == 20
            });
            assert_eq!(fills, (0..20).collect::<Vec<u64>>());
            log_out(line);
        });
    });
    assert_eq!(reasons, [Reason::Closed, Reason::LoggedOutByPeer { status: None }]);
}

/// Lets the relay at this address end, however the test ends.
struct EndRelay<'t>(&'t AtomicBool, SocketAddr);

impl Drop for EndRelay<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        let _wakes = TcpStream::connect(self.1);
    }
}

/// Relays both ways, at most so many bytes from the client.
fn relay_until_cut(client: &TcpStream, broker: &TcpStream, limit: usize) {
    thread::scope(|scope| {
        scope.spawn(|| {
            copy(broker, client, usize::MAX);
            // The acceptor may have refused: the initiator must see it, and try again.
            let _closed = client.shutdown(std::net::Shutdown::Both);
        });
        copy(client, broker, limit);
        for stream in [client, broker] {
            let _closed = stream.shutdown(std::net::Shutdown::Both);
        }
    });
}

fn copy(mut from: &TcpStream, mut to: &TcpStream, mut left: usize) {
    let mut buffer = [0; 256];
    while left > 0 {
        let Ok(count @ 1..) = from.read(&mut buffer) else {
            return;
        };
        let count = count.min(left);
        if to.write_all(&buffer[..count]).is_err() {
            return;
        }
        left -= count;
    }
}

#[test]
fn a_peer_that_does_not_read_does_not_stop_the_clock() {
    // A peer that logs on and then neither reads nor writes.
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound");
    let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All)
        .heart_bt_int(Duration::from_secs(1))
        .sending_time_threshold(None)
        .build()
        .expect("valid");
    let connector = TcpConnector::new(address.to_string());
    let mut line = Initiator::new(config, MemoryStore::new(), connector).expect("fresh");
    let peer = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the initiator comes");
        let logon =
            from_text("8=FIX.4.4|35=A|34=1|49=BROKER|52=20261122-09:30:00|56=CLIENT|98=0|108=1|");
        stream.write_all(&logon).expect("written");
        thread::sleep(Duration::from_secs(6));
    });
    until_logged_on(&mut line);
    // Fill every buffer on the way.
    let mut big = Draft::new("B");
    big.str(Tag::TEXT, &"x".repeat(50_000));
    let start = Instant::now();
    let mut ended = None;
    while ended.is_none() && start.elapsed() < Duration::from_secs(8) {
        let _refused = line.send(&big);
        if let Some(Event::Disconnected(reason)) = line.next(Duration::from_millis(1)).expect("up")
        {
            ended = Some(reason);
        }
    }
    assert_eq!(ended, Some(Reason::Silence));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    peer.join().expect("no panic");
}

#[test]
fn a_refused_logon_stops_until_a_person_says_go_on() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut acceptor = Acceptor::new();
    acceptor.session(broker("CLIENT"), MemoryStore::new()).expect("a new session");
    let stop = acceptor.stopper();
    thread::scope(|scope| {
        scope.spawn(move || {
            acceptor.serve(listener, |line| {
                while let Ok(event) = line.next(TICK) {
                    if let Some(Event::Authenticate { verdict, .. }) = event {
                        let text = "wrong password";
                        let refusal = fixline::session::Refusal::Logout { status: None, text };
                        verdict.refuse(refusal).expect("refused");
                    }
                }
            })
        });
        let mut line = initiator("CLIENT", address);
        let mut text = None;
        let stopped = loop {
            match line.next(TICK) {
                Ok(Some(Event::Message { message, .. })) => {
                    text = message.get_str(Tag::TEXT).map(str::to_owned);
                }
                Ok(_) => {}
                Err(stopped) => break stopped,
            }
        };
        assert_eq!(text.as_deref(), Some("wrong password"));
        assert_eq!(stopped, InitiatorError::Stopped(Reason::RefusedByPeer { status: None }));
        stop.stop();
    });
}

/// Answers the Logon of one connection, but not its Logout.
fn log_on_only(listener: &TcpListener, closes: bool) {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut bytes = [0; 4096];
    let logon = "8=FIX.4.4|35=A|34=1|49=BROKER|52=20261122-09:30:00|56=CLIENT|98=0|108=30|";
    let _their_logon = stream.read(&mut bytes).expect("a Logon");
    stream.write_all(&from_text(logon)).expect("taken");
    let _their_logout = stream.read(&mut bytes).expect("a Logout");
    while !closes && stream.read(&mut bytes).expect("an end") > 0 {}
}

#[test]
fn whoever_logs_out_is_not_connected_again_whatever_the_peer_makes_of_it() {
    for (closes, reason) in [(false, Reason::LogoutTimeout), (true, Reason::Closed)] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("bound");
        let peer = thread::spawn(move || log_on_only(&listener, closes));
        let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All)
            .sending_time_threshold(None)
            .logout_timeout(Duration::from_millis(100))
            .build()
            .expect("valid");
        let connector = TcpConnector::new(address.to_string());
        let mut line = Initiator::new(config, MemoryStore::new(), connector).expect("fresh");
        until_logged_on(&mut line);
        line.logout("").expect("logged on");
        until(&mut line, |event| matches!(event, Event::Disconnected(why) if *why == reason));
        assert_eq!(line.next(TICK).expect_err("the end"), InitiatorError::Stopped(reason));
        peer.join().expect("no panic");
    }
}
