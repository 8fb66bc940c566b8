//! Who is let in, who is not, and who hears of it.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixline::adapters::Told;
use fixline::engine::{AdmissionOptions, Peer as From, Protocol, TurnedAway};

use crate::disk::Disk;
use crate::peer::{Peer, message};
use crate::{Door, Edge, PATIENCE, Plan, Seen, broker, fill, serve};

/// EDGE-04: the Logon of a stranger was shown when somebody else logged on.
pub(crate) fn edge_04_bytes_of_a_stranger_are_not_left_behind<E: Edge>() {
    let edge = Arc::new(E::start());
    let disk = Disk::default();
    disk.fail_loads(2);
    let accepting = edge.accept(Plan::of(broker("CLIENT"), disk));
    let served = serve(&edge, accepting.events, fill);
    for stranger in ["two", "three"] {
        let mut peer = Peer::connect(accepting.address, "CLIENT");
        peer.send("A", &format!("98=0|108=30|553={stranger}|"));
        served.told("the store failed", |told| matches!(told, Told::StoreFailed { .. }));
        served.told("it was turned away", |told| {
            matches!(told, Told::TurnedAway { why: TurnedAway::StoreFailed, .. })
        });
        assert_eq!(peer.receive(), None);
    }
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.send("A", "98=0|108=30|553=four|");
    peer.expect("A");
    let first = served.seen.recv_timeout(PATIENCE);
    assert_eq!(first, Ok(Seen::Authenticate("four".to_owned())));
}

/// EDGE-11: the first failure ended accepting, without a word.
pub(crate) fn edge_11_accepting_goes_on_when_it_failed<E: Edge>() {
    let edge = Arc::new(E::start());
    let plan = Plan::of(broker("CLIENT"), Disk::default()).door(Door::Exhausted);
    let accepting = edge.accept(plan);
    let served = serve(&edge, accepting.events, fill);
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.log_on();
    let told: Vec<Told> = served.told.try_iter().collect();
    let failed = told.iter().filter(|told| matches!(told, Told::AcceptFailed { .. })).count();
    // 10 ms, 20, 40 and so on.
    assert!((2..=10).contains(&failed), "{told:?}");
}

/// EDGE-12: 64 silent sockets shut everybody out.
pub(crate) fn edge_12_silent_connections_shut_nobody_out<E: Edge>() {
    let edge = Arc::new(E::start());
    let options = AdmissionOptions::new(8);
    let plan = Plan::of(broker("CLIENT"), Disk::default()).admission(options);
    let accepting = edge.accept(plan);
    let served = serve(&edge, accepting.events, fill);
    let silent: Vec<TcpStream> =
        (0..40).map(|_| TcpStream::connect(accepting.address).expect("somebody listens")).collect();
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.log_on();
    let told = served.told("who made room", |told| {
        matches!(told, Told::TurnedAway { why: TurnedAway::MadeRoom, .. })
    });
    let Told::TurnedAway { peer: From::Ip(..), claimed: None, .. } = told else {
        panic!("{told:?}");
    };
    drop(silent);
}

type Is = fn(&TurnedAway) -> bool;

/// EDGE-14: all of these were closed without a word to the owner.
pub(crate) fn edge_14_whoever_is_turned_away_is_told_and_why<E: Edge>() {
    let edge = Arc::new(E::start());
    let options = AdmissionOptions::new(64).logon_timeout(Duration::from_millis(500));
    let plan = Plan::of(broker("CLIENT"), Disk::default()).admission(options);
    let accepting = edge.accept(plan);
    let served = serve(&edge, accepting.events, fill);
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.log_on();
    let logon = |name: &str| message(name, "A", 1, "98=0|108=30|");
    let mut wrong_sum = logon("CLIENT");
    let sum = wrong_sum.len() - 2;
    wrong_sum[sum] = if wrong_sum[sum] == b'0' { b'1' } else { b'0' };
    let long = message("CLIENT", "A", 1, &format!("98=0|108=30|58={}|", "x".repeat(5000)));
    let cases: [(Vec<u8>, Is); 8] = [
        (logon("STRANGER"), |why| matches!(why, TurnedAway::Unknown)),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), |why| {
            matches!(why, TurnedAway::NotFix(Protocol::Http))
        }),
        (b"\x16\x03\x01\x02\0\x01".to_vec(), |why| {
            matches!(why, TurnedAway::NotFix(Protocol::Tls))
        }),
        (wrong_sum, |why| matches!(why, TurnedAway::Garbled(_))),
        (long, |why| matches!(why, TurnedAway::TooLong)),
        (message("CLIENT", "0", 1, ""), |why| matches!(why, TurnedAway::NotLogon)),
        (logon("CLIENT"), |why| matches!(why, TurnedAway::Busy)),
        (b"8=FIX.4.4\x01".to_vec(), |why| matches!(why, TurnedAway::Late)),
    ];
    for (bytes, is) in cases {
        let mut stream = TcpStream::connect(accepting.address).expect("somebody listens");
        let from = From::from(stream.local_addr().expect("connected"));
        stream.write_all(&bytes).expect("somebody reads");
        let told = served.told(
            &bytes.escape_ascii().to_string(),
            |told| matches!(told, Told::TurnedAway { peer, .. } if *peer == from),
        );
        let Told::TurnedAway { why, claimed, .. } = told else { continue };
        assert!(is(&why), "{why:?} for {}", bytes.escape_ascii());
        if matches!(why, TurnedAway::Unknown | TurnedAway::Busy) {
            assert!(claimed.is_some(), "it said who it is");
        }
        assert_eq!(Peer::over(stream, "X").rest(), "", "not a byte comes back");
    }
    // One that closes is told as well.
    drop(TcpStream::connect(accepting.address).expect("somebody listens"));
    served
        .told("it closed", |told| matches!(told, Told::TurnedAway { why: TurnedAway::Closed, .. }));
    // The honest one noticed nothing.
    peer.send("D", "11=A|");
    assert!(peer.expect("8").contains("|11=A|"));
}

/// EDGE-18: one handshake held up all others.
#[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
pub(crate) fn edge_18_a_stalled_handshake_holds_up_nobody<E: Edge>() {
    let edge = Arc::new(E::start());
    let options = AdmissionOptions::new(64).logon_timeout(Duration::from_secs(1));
    let plan = Plan::of(broker("CLIENT"), Disk::default()).admission(options);
    let accepting = edge.accept(plan.door(Door::Handshake));
    let served = serve(&edge, accepting.events, fill);
    let begun = Instant::now();
    let stalled = TcpStream::connect(accepting.address).expect("somebody listens");
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.write(b"H");
    peer.log_on();
    assert!(begun.elapsed() < Duration::from_millis(900), "it waited for the other one");
    served.told("its time is up", |told| {
        matches!(told, Told::TurnedAway { why: TurnedAway::Late, .. })
    });
    assert_eq!(Peer::over(stalled, "X").rest(), "");
}

/// SAFE-10: the listener polled, so that a burst delayed Logons by a second.
#[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
pub(crate) fn safe_10_a_burst_delays_no_logon_and_a_shutdown_wakes_the_listener<E: Edge>() {
    let edge = Arc::new(E::start());
    let accepting = edge.accept(Plan::of(broker("CLIENT"), Disk::default()));
    let _served = serve(&edge, accepting.events, fill);
    let burst: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(accepting.address).expect("somebody listens"))
        .collect();
    let begun = Instant::now();
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.log_on();
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(2), "the Logon took {took:?}");
    drop(burst);
    // Nobody comes, and yet the acceptor ends, and its port is free.
    peer.send("5", "");
    peer.expect("5");
    drop(peer);
    let begun = Instant::now();
    assert!(accepting.handle.wait_shutdown("", Duration::from_secs(2)));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(2), "the end took {took:?}");
    crate::until("nobody listens", || TcpStream::connect(accepting.address).is_err());
}
