//! The std adapter over real sockets, and over streams in memory.
#![expect(clippy::disallowed_methods, reason = "real sockets take real time")]

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::disk::Disk;
use crate::peer::Peer;
use crate::std_side::Std;
use crate::{PATIENCE, broker, client, fill, order, quick, wait_for};
use fixline::adapters::std_net::{Acceptor, Connector, Initiator, Line, TcpConnector};
use fixline::adapters::{Clock, FileStore, Told};
use fixline::engine::{Event, Operation, StoreErrorKind, TimeSource, TurnedAway};
use fixline::session::{Notice, Now, Reason};
use fixline::wire::UtcTime;

crate::each_script!(Std);

/// A connector that takes its time.
struct Slow {
    inner: TcpConnector,
    takes: Duration,
}

impl Connector for Slow {
    type Stream = TcpStream;

    fn addresses(&self) -> &[Arc<str>] {
        self.inner.addresses()
    }

    fn connect(&self, address: usize) -> io::Result<TcpStream> {
        thread::sleep(self.takes);
        self.inner.connect(address)
    }
}

/// A broker that fills orders in the thread of each line, and an address.
fn serve(disk: Disk) -> (std::net::SocketAddr, fixline::adapters::AcceptorHandle<Disk>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut acceptor = Acceptor::new();
    acceptor.session(broker("CLIENT"), disk).expect("a new session");
    let handle = acceptor.handle();
    thread::spawn(move || {
        let line = |line: Line<TcpStream, Disk>| {
            line.run(|event| {
                fill(event);
                std::ops::ControlFlow::Continue(())
            });
        };
        acceptor.serve(listener, line, drop).expect("threads can be made");
    });
    (address, handle)
}

// EDGE-10, EDGE-26: connecting took as long as it liked, whatever patience `next` was given.
#[test]
fn edge_10_edge_26_next_is_bounded_while_it_connects_and_connecting_goes_on() {
    let (address, _handle) = serve(Disk::default());
    let connector =
        Slow { inner: TcpConnector::new(address.to_string()), takes: Duration::from_millis(300) };
    let initiator = Initiator::new(client("CLIENT"), Disk::default(), connector);
    let mut initiator = initiator.expect("the sizes fit").reconnect(quick());
    let begun = Instant::now();
    let mut calls = 0;
    loop {
        let called = Instant::now();
        let event = initiator.next(Duration::from_millis(20)).expect("it goes on");
        if matches!(event, Some(Event::Notice(Notice::LoggedOn { .. }))) {
            break;
        }
        assert!(called.elapsed() < Duration::from_millis(200), "{:?}", called.elapsed());
        assert!(begun.elapsed() < PATIENCE, "it never connects");
        calls += 1;
    }
    assert!(calls > 5, "only {calls} calls");
}

#[test]
fn an_initiator_is_driven_by_hand() {
    let (address, handle) = serve(Disk::default());
    let connector = TcpConnector::new(address.to_string());
    let initiator = Initiator::new(client("CLIENT"), Disk::default(), connector);
    let mut initiator = initiator.expect("the sizes fit").reconnect(quick());
    let mut filled = false;
    while !filled {
        let logged_on = match initiator.next(PATIENCE).expect("it goes on") {
            Some(Event::Notice(Notice::LoggedOn { .. })) => true,
            Some(Event::Message { message, .. }) => {
                filled = message.msg_type() == b"8";
                false
            }
            Some(_) => false,
            None => panic!("nothing happened"),
        };
        if logged_on {
            let _sent = initiator.send(&order("A")).expect("logged on");
        }
    }
    initiator.logout("enough").expect("logged on");
    while let Ok(event) = initiator.next(PATIENCE) {
        assert!(event.is_some(), "it ends");
    }
    // A line that is driven by hand is woken by requests: it ends at once.
    let begun = Instant::now();
    assert!(handle.wait_shutdown("", PATIENCE));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

// Before, it slept until something else woke it when its last connection had ended.
#[test]
fn an_initiator_that_is_driven_by_hand_goes_on_behind_the_end_of_a_connection() {
    let (address, broker) = serve(Disk::default());
    let connector = TcpConnector::new(address.to_string());
    let initiator = Initiator::new(client("CLIENT"), Disk::default(), connector);
    let mut initiator = initiator.expect("the sizes fit").reconnect(quick());
    let mut ended = false;
    while !ended {
        match initiator.next(PATIENCE).expect("it goes on").expect("in time") {
            Event::Notice(Notice::LoggedOn { .. }) => initiator.logout("").expect("logged on"),
            Event::Disconnected(_) => ended = true,
            _ => {}
        }
    }
    let begun = Instant::now();
    assert!(initiator.next(PATIENCE).is_err());
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
    assert!(broker.wait_shutdown("", PATIENCE));
}

// EDGE-07: two owners of one file, and a session that goes on from it.
#[test]
fn edge_07_a_session_goes_on_from_its_file_which_has_one_owner() {
    let (address, _handle) = serve(Disk::default());
    let folder = std::env::temp_dir().join(format!("fixline-std-{}", std::process::id()));
    let _none = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("client.fix");
    let spawn = || {
        let connector = TcpConnector::new(address.to_string());
        let store = FileStore::open_or_create(&path);
        let initiator = Initiator::new(client("CLIENT"), store, connector);
        let initiator = initiator.expect("the sizes fit").reconnect(quick());
        initiator.spawn().expect("threads can be made")
    };
    // What was not handled is asked for again, which may cost a number.
    for least in [2, 5] {
        let (handle, mut events) = spawn();
        assert_eq!(handle.wait_logged_on(PATIENCE), Some(Ok(())));
        let sent = handle.send(&order("A")).wait(PATIENCE).expect("logged on");
        let seq = sent.sent().map(|sent| sent.seq.get());
        assert!(seq >= Some(least), "{seq:?}");
        wait_for(
            &mut events,
            "the fill",
            |event| matches!(event, Event::Message { message, .. } if message.msg_type() == b"8"),
        );
        let (other, mut others) = spawn();
        wait_for(
            &mut others,
            "the file has an owner",
            |event| matches!(event, Event::StoreFailed(error) if error.kind() == StoreErrorKind::InUse),
        );
        assert_eq!(other.shutdown("", PATIENCE).wait(PATIENCE), Some(Ok(())));
        assert_eq!(handle.shutdown("", PATIENCE).wait(PATIENCE), Some(Ok(())));
        while let Ok(event) = events.wait_next(PATIENCE) {
            assert!(event.is_some(), "the events end");
        }
    }
    std::fs::remove_dir_all(&folder).expect("it was there");
}

// EDGE-29: a request to a line that is driven by hand waited for the next byte of its peer.
#[test]
fn edge_29_requests_wake_a_line_that_is_driven_by_hand() {
    let (address, acceptor) = serve(Disk::default());
    let mut peer = Peer::connect(address, "CLIENT");
    peer.log_on();
    let session = acceptor.session(&acceptor.sessions()[0]).expect("it is there");
    assert_eq!(session.wait_logged_on(PATIENCE), Some(Ok(())));
    let begun = Instant::now();
    let sent = session.send(&order("A")).wait(PATIENCE).expect("logged on");
    assert!(sent.sent().is_some());
    assert!(peer.expect("D").contains("|11=A|"));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

// EDGE-01: a line by hand that is dropped half way, with `serve`.
#[test]
fn edge_13_serve_gives_a_session_back_whose_handler_panicked() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut acceptor = Acceptor::new();
    acceptor.session(broker("CLIENT"), Disk::default()).expect("a new session");
    let handle = acceptor.handle();
    let (tells, told) = mpsc::channel();
    let panics = AtomicBool::new(true);
    let server = thread::spawn(move || {
        let line = move |line: Line<TcpStream, Disk>| {
            line.run(|event| {
                assert!(!panics.swap(false, Ordering::Relaxed), "as a handler might");
                fill(event);
                std::ops::ControlFlow::Continue(())
            });
        };
        acceptor.serve(listener, line, |word| drop(tells.send(word)))
    });
    let mut peer = Peer::connect(address, "CLIENT");
    peer.send("A", "98=0|108=30|");
    assert_eq!(peer.receive(), None);
    let word = told.recv_timeout(PATIENCE).expect("it is told");
    assert!(
        matches!(word, Told::Left { how: fixline::adapters::Left::Panicked(_), .. }),
        "{word:?}"
    );
    let mut peer = Peer::connect(address, "CLIENT");
    peer.log_on();
    drop(peer);
    assert!(handle.wait_shutdown("", PATIENCE));
    server.join().expect("no panic").expect("it served");
}

// SAFE-01: a thread that could not be made took the process along.
#[cfg(target_os = "linux")]
#[test]
fn safe_01_a_thread_that_cannot_be_made_turns_one_connection_away() {
    let me = std::env::current_exe().expect("a test is a program");
    let child = Command::new("sh")
        .arg("-c")
        .arg("ulimit -v 400000; exec \"$0\" --exact --ignored --nocapture over_std::safe_01_with_little_memory")
        .arg(me)
        .env("MALLOC_ARENA_MAX", "1")
        // What is wanting is room for a stack, and not for the little that a thread takes besides.
        .env("RUST_MIN_STACK", "16777216")
        .env("RUST_TEST_THREADS", "1")
        .output()
        .expect("a shell");
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{output}{}", String::from_utf8_lossy(&child.stderr));
    assert!(output.contains("no thread for one"), "there was memory enough: {output}");
}

#[test]
#[ignore = "the test before plays it with little memory"]
fn safe_01_with_little_memory() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut acceptor = Acceptor::new();
    acceptor.session(broker("CLIENT"), Disk::default()).expect("a new session");
    let (_handle, mut events) = acceptor.spawn(listener).expect("a few threads");
    let mut peer = Peer::connect(address, "CLIENT");
    peer.send("A", "98=0|108=30|");
    let line = crate::scripts::release::line(&mut events);
    let (_handle, mut line) = line.spawn().expect("a few threads");
    while let Ok(Some(event)) = line.wait_next(Duration::from_secs(1)) {
        let up = matches!(event, Event::Notice(Notice::LoggedOn { .. }));
        fill(event);
        if up {
            break;
        }
    }
    let strangers: Vec<TcpStream> =
        (0..250).filter_map(|_| TcpStream::connect(address).ok()).collect();
    let no_thread = (0..250).any(|_| {
        let told = events.wait_next(Duration::from_secs(2));
        matches!(
            told,
            Ok(Some(fixline::adapters::AcceptorEvent::Told(Told::TurnedAway {
                why: TurnedAway::NoThread(_),
                ..
            })))
        )
    });
    if no_thread {
        println!("no thread for one");
    }
    // The honest one goes on.
    peer.send("D", "11=A|");
    while let Ok(Some(event)) = line.wait_next(Duration::from_secs(1)) {
        let is_order =
            matches!(&event, Event::Message { message, .. } if message.msg_type() == b"D");
        fill(event);
        if is_order {
            break;
        }
    }
    assert!(peer.expect("8").contains("|11=A|"));
    drop(strangers);
}

#[test]
fn a_line_that_is_driven_by_hand_goes_by_its_clock_and_does_what_an_operator_asks() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound");
    let utc = UtcTime::parse(b"20010203-04:05:06").expect("a time");
    let clock = Clock::of(Arc::new(Fixed(Clock::new(), utc)));
    let mut acceptor = Acceptor::new().clock(clock);
    acceptor.session(broker("CLIENT"), Disk::default()).expect("a new session");
    let (_handle, mut events) = acceptor.spawn(listener).expect("threads can be made");
    let mut peer = Peer::connect(address, "CLIENT");
    let logon = "8=FIX.4.4|35=A|34=1|49=CLIENT|52=20010203-04:05:06|56=BROKER|98=0|108=30|";
    peer.write(&fixline::wire::from_text(logon));
    let mut line = crate::scripts::release::line(&mut events);
    assert!(format!("{line:?}").starts_with("Line"), "{line:?}");
    loop {
        match line.next(PATIENCE).expect("it is up").expect("in time") {
            Event::Notice(Notice::LoggedOn { .. }) => break,
            event => fill(event),
        }
    }
    while line.next(Duration::from_millis(50)).expect("it is up").is_some() {}
    let answer = peer.expect("A");
    assert!(answer.contains("|52=20010203-04:05:06"), "{answer}");
    line.operate(Operation::TestRequest).expect("logged on");
    while line.next(Duration::from_millis(50)).expect("it is up").is_some() {}
    assert!(peer.expect("1").contains("|112="));
    line.operate(Operation::Disconnect).expect("logged on");
    let ended = loop {
        match line.next(PATIENCE) {
            Ok(_) => {}
            Err(ended) => break ended.0,
        }
    };
    assert_eq!(ended, Reason::Requested);
}

/// Stands still by UTC.
struct Fixed(Clock, UtcTime);

impl TimeSource for Fixed {
    fn now(&self) -> Now {
        Now::new(self.0.now().monotonic, self.1)
    }
}

#[test]
fn an_initiator_says_who_it_is() {
    let connector = TcpConnector::new("127.0.0.1:1");
    let initiator = Initiator::new(client("CLIENT"), Disk::default(), connector);
    let initiator = initiator.expect("the sizes fit");
    assert_eq!(format!("{initiator:?}"), "Initiator { id: FIX.4.4:CLIENT->BROKER, .. }");
}
