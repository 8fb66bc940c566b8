use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};
use proptest::prelude::*;

use super::*;

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn from(address: u32) -> Peer {
    Peer::Ip(IpAddr::V4(Ipv4Addr::from_bits(address)), 4711)
}

#[test]
fn edge_12_the_defaults_are_documented() {
    let threads = AdmissionOptions::THREADS;
    assert_eq!((threads.unidentified_max, threads.per_address_max), (256, 128));
    let tasks = AdmissionOptions::TASKS;
    assert_eq!((tasks.unidentified_max, tasks.per_address_max), (4096, 2048));
    assert_eq!((tasks.ipv6_prefix, tasks.first_message_max), (64, 4096));
    assert_eq!(tasks.logon_timeout, Duration::from_secs(10));
    let options = AdmissionOptions::new(3)
        .per_address_max(7)
        .ipv6_prefix(48)
        .logon_timeout(Duration::from_secs(2))
        .first_message_max(99);
    assert_eq!((options.unidentified_max, options.per_address_max), (3, 7));
    assert_eq!((options.ipv6_prefix, options.first_message_max), (48, 99));
    assert_eq!(options.logon_timeout, Duration::from_secs(2));
    assert_eq!(Admission::new(options).options(), &options);
}

// EDGE-12: before, 64 silent sockets kept everybody out.
#[test]
fn edge_12_the_oldest_of_an_address_over_its_share_makes_room() {
    let mut admission = Admission::new(AdmissionOptions::new(9).per_address_max(2));
    let other = admission.arrive(at(0), from(1)).connection;
    let first = admission.arrive(at(1), from(2)).connection;
    assert_eq!(admission.arrive(at(2), from(2)).evicted, None);
    let third = admission.arrive(at(3), from(2));
    assert_eq!(third.evicted, Some((first, from(2))));
    assert_eq!(admission.len(), 3);
    assert!(!admission.leave(first));
    assert!(admission.leave(other));
    assert!(admission.leave(third.connection));
    assert_eq!(admission.arrive(at(4), from(2)).evicted, None);
}

// EDGE-12
#[test]
fn edge_12_the_oldest_of_all_makes_room_when_each_has_one() {
    let mut admission = Admission::new(AdmissionOptions::new(3));
    let all: Vec<ConnectionId> =
        (0..3).map(|address| admission.arrive(at(0), from(address)).connection).collect();
    assert_eq!(admission.arrive(at(1), from(3)).evicted, Some((all[0], from(0))));
    assert!(admission.leave(all[2]));
    assert_eq!(admission.arrive(at(1), from(4)).evicted, None);
    assert_eq!(admission.arrive(at(1), from(5)).evicted, Some((all[1], from(1))));
    assert_eq!(admission.len(), 3);
}

// EDGE-12
#[test]
fn edge_12_an_address_with_one_stays_while_others_have_more() {
    let mut admission = Admission::new(AdmissionOptions::new(5));
    let honest = admission.arrive(at(0), from(9)).connection;
    let crowd = admission.arrive(at(0), from(1)).connection;
    for address in [1, 2, 2] {
        assert_eq!(admission.arrive(at(0), from(address)).evicted, None);
    }
    assert_eq!(admission.arrive(at(0), from(3)).evicted, Some((crowd, from(1))));
    assert!(admission.leave(honest));
}

// EDGE-12
#[test]
fn edge_12_local_connections_have_no_share_and_a_bound() {
    let mut admission = Admission::new(AdmissionOptions::new(4).per_address_max(1));
    let first = admission.arrive(at(0), Peer::Local).connection;
    for _ in 0..3 {
        assert_eq!(admission.arrive(at(0), Peer::Local).evicted, None);
    }
    assert_eq!(admission.arrive(at(0), Peer::Local).evicted, Some((first, Peer::Local)));
}

#[test]
fn bounds_of_zero_are_bounds_of_one() {
    let mut admission = Admission::new(AdmissionOptions::new(0).per_address_max(0));
    let first = admission.arrive(at(0), from(1));
    assert_eq!(first.evicted, None);
    assert_eq!(admission.arrive(at(0), from(1)).evicted, Some((first.connection, from(1))));
    assert_eq!(admission.len(), 1);
}

#[test]
fn an_ipv6_prefix_is_one_address() {
    let ip = |text: &str| Peer::Ip(text.parse().expect("an address"), 1);
    let mut admission = Admission::new(AdmissionOptions::new(9).per_address_max(1));
    let first = admission.arrive(at(0), ip("2001:db8::1"));
    let evicted = admission.arrive(at(0), ip("2001:db8::2")).evicted;
    assert_eq!(evicted, Some((first.connection, ip("2001:db8::1"))));
    assert_eq!(admission.arrive(at(0), ip("2001:db8:0:1::1")).evicted, None);
}

#[test]
fn who_says_nothing_is_late() {
    let mut admission = Admission::new(AdmissionOptions::new(9));
    assert_eq!((admission.next_deadline(), admission.expired(at(0))), (None, None));
    let first = admission.arrive(at(0), from(1));
    let second = admission.arrive(at(5), from(2));
    assert_eq!((first.deadline, second.deadline), (at(10_000), at(10_005)));
    assert!(!admission.is_empty());
    assert_eq!(admission.next_deadline(), Some(at(10_000)));
    assert_eq!(admission.expired(at(9_999)), None);
    assert_eq!(admission.expired(at(10_004)), Some((first.connection, from(1))));
    assert_eq!(admission.expired(at(10_004)), None);
    assert_eq!(admission.next_deadline(), Some(at(10_005)));
    assert_eq!(admission.expired(at(10_005)), Some((second.connection, from(2))));
    assert!(admission.is_empty());
}

#[test]
fn a_clock_that_goes_back_lets_nobody_wait_for_ever() {
    let mut admission = Admission::new(AdmissionOptions::new(9));
    assert_eq!(admission.arrive(at(50), from(1)).deadline, at(10_050));
    assert_eq!(admission.arrive(at(20), from(1)).deadline, at(10_050));
    assert_eq!(admission.arrive(at(60), from(1)).deadline, at(10_060));
}

#[test]
fn whom_a_proxy_names_counts_by_itself() {
    let mut admission = Admission::new(AdmissionOptions::new(9).per_address_max(2));
    let one = admission.arrive(at(0), from(1)).connection;
    assert_eq!(admission.is_from(one, from(7)), None);
    let two = admission.arrive(at(0), from(1)).connection;
    assert_eq!(admission.is_from(two, from(7)), None);
    let three = admission.arrive(at(0), from(1)).connection;
    assert_eq!(admission.is_from(three, from(7)), Some((one, from(7))));
    assert_eq!(admission.len(), 2);
    assert_eq!(admission.is_from(one, from(8)), None);
    assert_eq!(admission.expired(at(10_000)), Some((two, from(7))));
    assert_eq!(admission.expired(at(10_000)), Some((three, from(7))));
}

// EDGE-11: before, one failure ended accepting for good, or was tried again at full speed.
#[test]
fn edge_11_accepting_goes_on_after_a_pause_that_grows() {
    let mut admission = Admission::new(AdmissionOptions::new(9));
    for millis in [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000] {
        assert_eq!(admission.accept_failed(at(5), true), at(5 + millis));
    }
    assert_eq!(admission.arrive(at(5), from(1)).evicted, None);
    for millis in [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] {
        assert_eq!(admission.accept_failed(at(5), false), at(5 + millis));
    }
    for _ in 0..99 {
        assert_eq!(admission.accept_failed(at(5), true), at(1_005));
    }
}

/// Plays 3,000 silent connections within a second, and every 50 ms an honest one that logs on
/// after `round_trip` ms; how many honest ones did not get through.
fn shut_out(options: AdmissionOptions, attacker: impl Fn(u32) -> Peer, round_trip: u64) -> usize {
    let mut admission = Admission::new(options);
    let mut honest = BTreeMap::new();
    let mut gone = 0;
    for step in 0..3_000u32 {
        let now = at(u64::from(step) / 3);
        let mut arrivals = Vec::from([(attacker(step), false)]);
        if step % 150 == 75 {
            arrivals.push((from(1_000_000 + step), true));
        }
        for (peer, is_honest) in arrivals {
            let admitted = admission.arrive(now, peer);
            gone += usize::from(
                admitted.evicted.is_some_and(|(evicted, _)| honest.remove(&evicted).is_some()),
            );
            if is_honest {
                honest.insert(admitted.connection, now);
            }
        }
        assert!(admission.len() <= options.unidentified_max);
        let due: Vec<ConnectionId> = honest
            .iter()
            .filter(|(_, came)| now.since(**came) >= Duration::from_millis(round_trip))
            .map(|(connection, _)| *connection)
            .collect();
        for connection in due {
            assert!(admission.leave(connection));
            honest.remove(&connection);
        }
    }
    gone
}

// EDGE-12
#[test]
fn edge_12_silent_connections_keep_no_logon_out() {
    for options in [AdmissionOptions::THREADS, AdmissionOptions::TASKS] {
        assert_eq!(shut_out(options, |_| from(1), 500), 0, "one address");
        assert_eq!(shut_out(options, |step| from(step % 100), 500), 0, "a hundred");
        assert_eq!(shut_out(options, from, 80), 0, "each its own");
        let within_one_network = |step: u32| {
            let address = 0x2001_0db8_0000_0000_0000_0000_0000_0000 + u128::from(step);
            Peer::Ip(IpAddr::V6(address.into()), 1)
        };
        assert_eq!(shut_out(options, within_one_network, 500), 0, "one network");
    }
}

#[derive(Clone, Debug)]
enum Op {
    Arrive(u32),
    Leave(u64),
    IsFrom(u64, u32),
    Expire,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0u32..5).prop_map(Op::Arrive),
        2 => (0u64..60).prop_map(Op::Leave),
        1 => (0u64..60, 0u32..5).prop_map(|(connection, address)| Op::IsFrom(connection, address)),
        1 => Just(Op::Expire),
    ]
}

proptest! {
    #[test]
    fn the_books_agree_and_the_bounds_hold(ops in proptest::collection::vec(op(), 1..60)) {
        let mut admission = Admission::new(AdmissionOptions::new(7).per_address_max(3));
        let mut open = BTreeSet::new();
        for (step, op) in ops.into_iter().enumerate() {
            let now = at(step as u64 * 1_000);
            let evicted = match op {
                Op::Arrive(address) => {
                    let admitted = admission.arrive(now, from(address));
                    open.insert(admitted.connection);
                    admitted.evicted
                }
                Op::Leave(connection) => {
                    let connection = ConnectionId(connection);
                    prop_assert_eq!(admission.leave(connection), open.remove(&connection));
                    None
                }
                Op::IsFrom(connection, address) => {
                    admission.is_from(ConnectionId(connection), from(address))
                }
                Op::Expire => admission.expired(now),
            };
            if let Some((evicted, _)) = evicted {
                prop_assert!(open.remove(&evicted));
            }
            prop_assert_eq!(admission.len(), open.len());
            prop_assert!(admission.len() <= 7);
            let counted: usize = admission.sources.values().map(BTreeSet::len).sum();
            prop_assert_eq!(counted, open.len());
            prop_assert!(admission.sources.values().all(|all| (1..=3).contains(&all.len())));
            let crowds: BTreeSet<Crowd> = admission.sources.values().filter_map(Crowd::of).collect();
            prop_assert_eq!(&admission.crowds, &crowds);
        }
    }
}
