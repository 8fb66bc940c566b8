//! Two sessions and a line that breaks wherever chance wants: nothing is lost, nothing comes twice
//! unflagged, everything in order, and both sides are in step again once the faults stop.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use fixline::engine::{Acknowledge, ConnectionOptions, Delivery, Draft, Event, Fate, MessageId};
use fixline::session::{Config, ResendPolicy, Version};
use fixline::testing::{Pair, PairOptions, Random, Reach, Side, strategy};
use fixline::wire::{PutField as _, Tag};
use proptest::prelude::*;
use proptest::sample;
use proptest::test_runner::{FileFailurePersistence, TestRunner};

use crate::situations::Situations;

fn configs(version: Version) -> (Config, Config) {
    let client = Config::initiator(version, "CLIENT", "BROKER", ResendPolicy::All);
    let broker = Config::acceptor(version, "BROKER", "CLIENT", ResendPolicy::All);
    (client.build().expect("valid"), broker.build().expect("valid"))
}

fn pair(version: Version, options: PairOptions) -> Pair {
    let (client, broker) = configs(version);
    Pair::new(client, broker, options)
}

fn order(id: usize) -> Draft {
    let mut order = Draft::new("D");
    order.str(Tag::CL_ORD_ID, &format!("ORD-{id}")).str(Tag::TEXT, &"x".repeat(id % 90 + 1));
    order
}

/// Answers orders with fills while holding them.
fn fill(_side: Side, event: Event<'_>) {
    if let Event::Message { message, mut reply, .. } = event
        && message.msg_type() == b"D"
    {
        let mut fill = Draft::new("8");
        fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
        // Refused when the line is ending; the order was delivered all the same.
        let _refused = reply.send(&fill);
    }
}

fn finish(pair: &mut Pair) {
    assert!(pair.converge_with(Duration::from_secs(300), fill), "not in step: {pair:?}");
    pair.check().expect("sound");
}

fn options() -> impl Strategy<Value = PairOptions> {
    let chunks = prop_oneof![Just(1_usize), 2..40_usize, Just(usize::MAX)];
    let pipes = prop_oneof![300..2000_usize, Just(64 * 1024)];
    let polls = || prop_oneof![2 => Just(0_u32), 1 => 1..20_u32];
    let polls = (polls(), polls(), prop_oneof![2 => Just(0_u32), 1 => 1..4_u32]);
    (any::<u64>(), chunks, pipes, 0..200_u64, 0..2_usize, polls).prop_map(
        |(seed, chunk_max, pipe_bytes, latency, holds, (commits, loads, reads))| {
            let connection = ConnectionOptions::new().held_messages(holds * 1000);
            PairOptions::new()
                .connection(connection)
                .commit_polls(commits)
                .load_polls(loads)
                .read_polls(reads)
                .seed(seed)
                .chunk_max(chunk_max)
                .pipe_bytes(pipe_bytes)
                .latency(Duration::from_millis(latency))
        },
    )
}

fn cases() -> u32 {
    std::env::var("PAIR_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}

fn runner() -> TestRunner {
    let persistence = FileFailurePersistence::WithSource("regressions");
    TestRunner::new(ProptestConfig {
        cases: cases(),
        failure_persistence: Some(Box::new(persistence)),
        source_file: Some(file!()),
        ..ProptestConfig::default()
    })
}

/// What was delivered to the applications of both sides, and not handled by them, whatever became of
/// their processes since.
#[derive(Default)]
struct Desk {
    /// Whether it must come again. A session message, delivered for its text, is gap-filled.
    open: [BTreeMap<MessageId, bool>; 2],
}

impl Desk {
    fn take(&mut self, side: Side, event: Event<'_>) {
        if let Event::Message { id: Some(id), message, .. } = event {
            self.open[usize::from(side == Side::Acceptor)].insert(id, !message.is_admin());
        }
    }

    /// Handles a message in so many, in any order, and sees that no store is ahead of it.
    fn work(&mut self, pair: &mut Pair, random: &mut Random, one_in: usize) {
        for (side, open) in Side::BOTH.into_iter().zip(&mut self.open) {
            let connection = pair.connection_mut(side).expect("there");
            let lowest = |open: &BTreeMap<MessageId, bool>, epoch| {
                open.iter().find(|(id, again)| id.epoch == epoch && **again).map(|(id, _)| id.seq)
            };
            let saved = connection.store().durable();
            if let Some(lowest) = lowest(open, saved.epoch) {
                assert!(saved.next_in <= lowest, "{side:?} saved {saved:?}, {lowest} is open");
            }
            let epoch = connection.seq_nums().epoch;
            if let Some(lowest) = lowest(open, epoch) {
                // What was rebuilt and has not come again is open for the application alone.
                let released = connection.next_in_released();
                assert!(released <= lowest, "{side:?} released {released}, {lowest} is open");
            }
            let done: Vec<MessageId> =
                open.keys().filter(|_| random.below(one_in) == 0).copied().collect();
            for id in done {
                let _rebuilt_since = connection.handled(id);
                open.remove(&id);
            }
        }
    }
}

/// EDGE-01, EDGE-02: the application handles messages later, in any order, on lines that break,
/// begin with a gap, are given up, over stores that fail and processes that die: what is saved
/// never passes a message that is not handled.
#[test]
fn edge_02_what_is_saved_never_passes_what_is_not_handled() {
    let situations = RefCell::new(Situations::default());
    let windows = prop_oneof![1 => 1..6_usize, 2 => Just(1 << 16)];
    let given = (options(), windows, strategy::ops(Reach::Faults, 40), any::<u64>(), 0..2_usize);
    let result = runner().run(&given, |(options, window, ops, seed, holds)| {
        let connection = ConnectionOptions::new()
            .held_messages(holds * 1000)
            .unhandled_max(window)
            .acknowledge(Acknowledge::Explicitly);
        let mut pair = pair(Version::Fix44, options.connection(connection));
        let (mut desk, mut random) = (Desk::default(), Random::new(seed));
        pair.run_with(Duration::from_secs(1), |side, event| desk.take(side, event));
        for op in &ops {
            pair.apply_with(op, |side, event| desk.take(side, event));
            desk.work(&mut pair, &mut random, 4);
        }
        let mut settled = false;
        for _ in 0..2000 {
            settled = pair.converge_with(Duration::from_millis(500), |side, event| {
                desk.take(side, event);
            });
            desk.work(&mut pair, &mut random, 1);
            if settled {
                break;
            }
        }
        situations.borrow_mut().note(&pair);
        pair.check_so_far()?;
        prop_assert!(settled, "not in step at the end: {:?}", pair);
        Ok(pair.check()?)
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    situations.borrow().check(&[
        "a crash",
        "a connection that was given up",
        "a repetition that was delivered",
        "a request for old messages",
    ]);
}

#[test]
fn whatever_breaks_nothing_is_lost_and_both_sides_get_in_step() {
    let situations = RefCell::new(Situations::default());
    let given =
        (options(), strategy::ops(Reach::Faults, 40), sample::select(Version::ALL.to_vec()));
    let result = runner().run(&given, |(options, ops, version)| {
        let mut pair = pair(version, options);
        pair.run(Duration::from_secs(1));
        for op in &ops {
            pair.apply_with(op, fill);
        }
        let settled = pair.converge_with(Duration::from_secs(300), fill);
        situations.borrow_mut().note(&pair);
        pair.check_so_far()?;
        prop_assert!(settled, "not in step at the end: {:?}", pair);
        Ok(pair.check()?)
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    situations.borrow().check(&[
        "a connection that was given up",
        "a crash",
        "a gap fill",
        "a line that broke",
        "a repetition",
        "a repetition that was delivered",
        "a request for old messages",
    ]);
}

#[test]
fn a_cut_at_every_byte_of_a_conversation_loses_nothing() {
    let mut cut_at = 0;
    loop {
        let mut pair = pair(Version::Fix44, PairOptions::new());
        pair.cut_after(Side::Initiator, cut_at);
        pair.run(Duration::from_millis(100));
        for id in 0..3 {
            let _refused = pair.send(Side::Initiator, &order(id));
        }
        pair.run_with(Duration::from_millis(100), fill);
        let was_cut = !pair.is_settled();
        finish(&mut pair);
        if !was_cut {
            break;
        }
        cut_at += 1;
    }
    assert!(cut_at > 300, "a Logon and three orders have more bytes than {cut_at}");
}

/// CORE-05: one flipped bit among many orders, towards a side that asks once for each message ahead
/// (S-RR-05): hundreds of requests for the same number, all of one round trip, are no loop. Sent at
/// once or one by one.
#[test]
fn core_05_a_peer_that_asks_for_each_message_ahead_is_not_left() {
    for (pause, latency, pipe) in
        [(0, 1, 64 * 1024), (0, 1, 50_000_000), (1, 40, 64 * 1024), (5, 700, 64 * 1024)]
    {
        let (client, _) = configs(Version::Fix44);
        let broker = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All);
        let broker = broker.redundant_resend_requests(true).build().expect("valid");
        let latency = Duration::from_millis(latency);
        let options = PairOptions::new().latency(latency).pipe_bytes(pipe);
        let mut pair = Pair::new(client, broker, options);
        pair.run(Duration::from_secs(3));
        pair.garble_after(Side::Initiator, 90, 3);
        for id in 0..300 {
            let _waits_while_old_ones_are_repeated =
                pair.send(Side::Initiator, &order(id)).expect("logged on");
            pair.run(Duration::from_millis(pause));
        }
        pair.run(Duration::from_secs(10));
        assert!(pair.is_settled(), "{pause} {latency:?}: {pair:?}");
        assert!(pair.converge(Duration::from_secs(1)), "{pause} {latency:?}");
        let numbers = |side| pair.connection(side).expect("there").seq_nums().next_out.get();
        // A Logon and the orders: one connection.
        assert_eq!(numbers(Side::Initiator), 302, "{pause} {latency:?}");
        pair.check().expect("sound");
    }
}

/// A message that is composed offline leaves the send buffer at once, and the Logon takes its place
/// there: the commit that covers the one does not cover the other.
#[test]
fn a_commit_of_what_was_composed_offline_sets_no_logon_free() {
    let client = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All);
    let client = client.offline_sends(true).build().expect("valid");
    let (_, broker) = configs(Version::Fix44);
    let mut pair = Pair::new(client, broker, PairOptions::new().commit_polls(20));
    pair.run(Duration::from_secs(1));
    pair.cut();
    pair.run(Duration::from_millis(990));
    let Ok(Delivery::Pending(sent)) = pair.send(Side::Initiator, &order(89)) else {
        panic!("composed offline");
    };
    assert_eq!(pair.connection(Side::Initiator).expect("there").fate(sent), Fate::Pending);
    finish(&mut pair);
    assert_eq!(pair.connection(Side::Initiator).expect("there").fate(sent), Fate::Durable);
}

#[test]
fn the_same_seed_does_the_same() {
    let day = || {
        let mut random = Random::new(7);
        let mut pair = pair(Version::Fix44, PairOptions::new().seed(7).chunk_max(13));
        for id in 0..50 {
            pair.run_with(Duration::from_millis(random.below(300) as u64), fill);
            let _refused = pair.send(Side::BOTH[random.below(2)], &order(id));
            pair.cut_after(Side::BOTH[random.below(2)], random.below(3000));
        }
        pair.run_with(Duration::from_secs(60), fill);
        format!("{pair:?}")
    };
    assert_eq!(day(), day());
}

#[test]
fn an_idle_day_costs_nothing_but_heartbeats() {
    let mut pair = pair(Version::Fix44, PairOptions::new());
    pair.run(Duration::from_secs(8 * 3600));
    let numbers = pair.connection(Side::Initiator).expect("there").seq_nums();
    // A Logon, and a Heartbeat each 30 seconds.
    assert!((960..=962).contains(&numbers.next_out.get()), "{numbers:?}");
    assert!(pair.is_settled());
}
