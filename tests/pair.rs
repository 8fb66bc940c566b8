//! Two sessions and a line that breaks wherever chance wants: nothing is lost, nothing comes twice
//! unflagged, everything in order, and both sides are in step again once the faults stop.
#![cfg(feature = "testing")]

use std::time::Duration;

use fixline::engine::{ConnectionOptions, Draft, Event};
use fixline::session::{Config, ResendPolicy, Version};
use fixline::testing::{Pair, PairOptions, Random, Side};
use fixline::wire::{PutField as _, Tag};
use proptest::prelude::*;

const SIDES: [Side; 2] = [Side::Initiator, Side::Acceptor];

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
fn fill(_side: Side, event: Event<'_, fixline::testing::CrashStore>) {
    if let Event::Message { message, mut reply, .. } = event
        && message.msg_type() == b"D"
    {
        let mut fill = Draft::new("8");
        fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
        // Refused when the line is ending; the order was delivered all the same.
        let _refused = reply.send(&fill);
    }
}

fn finish(pair: &mut Pair) -> Result<(), TestCaseError> {
    // Several recoveries, should they need one another.
    pair.run_with(Duration::from_secs(120), fill);
    for _ in 0..100 {
        if pair.is_settled() {
            break;
        }
        pair.run_with(Duration::from_millis(500), fill);
    }
    prop_assert!(pair.is_settled(), "not in step at the end: {pair:#?}");
    pair.check().map_err(|violation| TestCaseError::fail(violation.to_string()))
}

#[derive(Clone, Debug)]
enum Step {
    Send { side: usize, count: usize },
    CutAfter { side: usize, bytes: usize },
    Crash { side: usize },
    FailStore { side: usize },
    Wait { millis: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..2_usize, 1..12_usize).prop_map(|(side, count)| Step::Send { side, count }),
        2 => (0..2_usize, 0..2000_usize).prop_map(|(side, bytes)| Step::CutAfter { side, bytes }),
        1 => (0..2_usize).prop_map(|side| Step::Crash { side }),
        1 => (0..2_usize).prop_map(|side| Step::FailStore { side }),
        4 => (0..5000_u64).prop_map(|millis| Step::Wait { millis }),
    ];
    prop::collection::vec(step, 1..40)
}

fn options() -> impl Strategy<Value = PairOptions> {
    let chunks = prop_oneof![Just(1_usize), 2..40_usize, Just(usize::MAX)];
    let pipes = prop_oneof![300..2000_usize, Just(64 * 1024)];
    let polls = prop_oneof![2 => Just(0_u32), 1 => 1..20_u32];
    (any::<u64>(), chunks, pipes, 0..200_u64, 0..2_usize, polls).prop_map(
        |(seed, chunk_max, pipe_bytes, latency, holds, polls)| {
            let connection = ConnectionOptions::new().held_messages(holds * 1000);
            PairOptions::new()
                .connection(connection)
                .commit_polls(polls)
                .seed(seed)
                .chunk_max(chunk_max)
                .pipe_bytes(pipe_bytes)
                .latency(Duration::from_millis(latency))
        },
    )
}

fn play(version: Version, options: PairOptions, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut pair = pair(version, options);
    pair.run(Duration::from_secs(1));
    let mut id = 0;
    for step in steps {
        match *step {
            Step::Send { side, count } => {
                for _ in 0..count {
                    id += 1;
                    // Refused while the line is down.
                    let _refused = pair.send(SIDES[side], &order(id));
                }
            }
            Step::CutAfter { side, bytes } => pair.cut_after(SIDES[side], bytes),
            Step::Crash { side } => pair.crash(SIDES[side]),
            Step::FailStore { side } => pair.fail_store(SIDES[side]),
            Step::Wait { millis } => pair.run_with(Duration::from_millis(millis), fill),
        }
    }
    finish(&mut pair)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("PAIR_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
    ))]

    #[test]
    fn whatever_breaks_nothing_is_lost_and_both_sides_get_in_step(
        options in options(),
        steps in steps(),
        version in prop::sample::select(Version::ALL.to_vec()),
    ) {
        play(version, options, &steps)?;
    }
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
        finish(&mut pair).expect("in step");
        if !was_cut {
            break;
        }
        cut_at += 1;
    }
    assert!(cut_at > 300, "a Logon and three orders have more bytes than {cut_at}");
}

#[test]
fn the_same_seed_does_the_same() {
    let day = || {
        let mut random = Random::new(7);
        let mut pair = pair(Version::Fix44, PairOptions::new().seed(7).chunk_max(13));
        for id in 0..50 {
            pair.run_with(Duration::from_millis(random.below(300) as u64), fill);
            let _refused = pair.send(SIDES[random.below(2)], &order(id));
            pair.cut_after(SIDES[random.below(2)], random.below(3000));
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
