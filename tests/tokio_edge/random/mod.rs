//! Random ends under load: nothing counts as handled that the application did not say so of, every
//! order that was sent is seen, what comes again says so, no number has two contents, and nothing is
//! sent that was refused. Meanwhile streams fail, stores fail, clocks jump, verdicts come late.
//!
//! `EDGE_RUNS=1000` makes so many runs, and says how far it is; `EDGE_SEED=7` makes one.

mod desk;
mod ends;
mod judge;
mod sender;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fixline::adapters::tokio::{Acceptor, Handle, Initiator, Line};
use fixline::adapters::{AcceptorEvent, AcceptorEvents, AcceptorHandle, Clock};
use fixline::engine::{Event, Operation};
use fixline::session::{Config, ConfigBuilder, ResendPolicy, ResetPermission, Version};
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use self::desk::Desk;
use self::ends::{ENDS, end_badly};
use crate::streams::{Jumps, Rough, Shared, Sky, Weather, network, quick};

/// How many lines end badly in a run.
const BAD_ENDS: usize = 12;

/// How many orders follow when everything is well again.
const LAST_ORDERS: u64 = 20;

fn each_run(mut play: impl FnMut(u64)) {
    let read = |name| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let runs = match read("EDGE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..read("EDGE_RUNS").unwrap_or(25),
    };
    let count = runs.end - runs.start;
    for seed in runs {
        if count > 100 && seed % 50 == 0 {
            eprintln!("edge: run {seed} of {count}");
        }
        play(seed);
    }
}

fn play(seed: u64, resets: bool) {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(run(seed, resets));
}

// EDGE-01, EDGE-02, EDGE-13, EDGE-16, EDGE-20, EDGE-22
#[test]
fn edge_01_random_ends_under_load_lose_nothing_and_release_nothing() {
    each_run(|seed| play(seed, false));
}

// What is under way when numbers are reset is gone; everything else holds.
#[test]
fn edge_01_random_resets_and_ends_reuse_nothing_and_release_nothing() {
    each_run(|seed| play(seed, true));
}

#[derive(Clone)]
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("below it")
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn millis(&mut self, bound: usize) -> Duration {
        Duration::from_millis(self.below(bound) as u64)
    }

    /// Another source, for something that goes on beside.
    fn fork(&mut self) -> Self {
        Self(self.below(usize::MAX) as u64)
    }
}

struct World {
    desk: Desk,
    acceptor: AcceptorHandle<Shared>,
    client: Handle,
    client_store: Shared,
    weather: Weather,
}

fn allowing_resets(config: ConfigBuilder) -> Config {
    config.reset_permission(ResetPermission::ALL).build().expect("valid")
}

async fn run(seed: u64, resets: bool) {
    let mut random = Random(seed);
    let delays = [0, 0, 2, 50].map(Duration::from_millis);
    let store = Shared::new(random.one_of(&delays));
    let client_store = Shared::new(random.one_of(&delays));
    let (mut dials, streams) = network();
    dials.room = random.one_of(&[1, 64, 1024, 1 << 16]);
    let weather = dials.weather.clone();
    let jumps = Jumps::new();
    let clock = Clock::of(jumps.clone());
    let (broker, client) = (
        Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All),
        Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All),
    );
    let mut acceptor = Acceptor::new(streams).clock(clock.clone());
    acceptor.session(allowing_resets(broker), store.clone()).expect("a new session");
    let (acceptor, mut accepted) = acceptor.spawn();
    let initiator = Initiator::new(allowing_resets(client), client_store.clone(), dials);
    let initiator = initiator.expect("the sizes fit").clock(clock).reconnect(quick());
    let (handle, mut events) = initiator.spawn();
    let operator = handle.clone();
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            // After a Logout of ours, too, somebody has to say so.
            if let Event::NeedsOperator { .. } | Event::Disconnected(_) = event {
                let _resumed = operator.resume().await;
            }
        }
    });
    let enough = Arc::new(AtomicBool::new(false));
    let sender = sender::send(handle.clone(), Random(seed ^ 0x5eed), Arc::clone(&enough));
    let sender = tokio::spawn(sender);
    let beside = [
        tokio::spawn(jump(jumps, random.fork())),
        tokio::spawn(reset(handle.clone(), random.fork(), resets)),
    ];
    let desk = Desk::new(store, random.fork());
    let world = World { desk, acceptor, client: handle, client_store, weather };
    for _ in 0..BAD_ENDS {
        let end = random.one_of(&ENDS);
        let Some(line) = next_line(&mut accepted).await else { panic!("seed {seed}: no line") };
        let after = random.below(40);
        let ended = end_badly(end, after, line, &world, &mut random);
        let ended = timeout(Duration::from_secs(600), ended).await;
        assert!(ended.is_ok(), "seed {seed}: {end:?} after {after}");
        world.desk.forget();
        world.weather.becomes(Sky::Fair);
    }
    beside.iter().for_each(tokio::task::JoinHandle::abort);
    let desk = world.desk.clone();
    let well = tokio::spawn(async move {
        while let Some(line) = next_line(&mut accepted).await {
            let (_handle, events) = line.spawn();
            desk.take_all(events).await;
        }
    });
    if resets {
        // The last of them is over.
        sleep(Duration::from_secs(120)).await;
    }
    enough.store(true, Ordering::Relaxed);
    let sent = timeout(Duration::from_secs(3600), sender).await;
    let sent = sent.unwrap_or_else(|_| panic!("seed {seed}: a sender hangs")).expect("no panic");
    judge::everything_is_seen(seed, &sent, &world.desk, resets).await;
    // Lest a last Logout be waited for.
    let _down = timeout(Duration::from_secs(60), world.client.shutdown("", Duration::ZERO)).await;
    well.abort();
    judge::nothing_was_released(seed, &world.desk);
    if !resets {
        judge::nothing_was_passed_over(seed, &world);
    }
    judge::no_number_has_two_contents(seed, &world);
}

async fn next_line(
    accepted: &mut AcceptorEvents<Line<Rough, Shared>>,
) -> Option<Line<Rough, Shared>> {
    loop {
        match timeout(Duration::from_secs(600), accepted.next()).await.ok()?? {
            AcceptorEvent::Line(line) => return Some(line),
            AcceptorEvent::Told(_) => {}
        }
    }
}

/// The UTC of both sides jumps to and fro: together with a stall by less than a SendingTime may be
/// off, so that nothing is rejected for it.
async fn jump(jumps: Arc<Jumps>, mut random: Random) {
    let nanos = |seconds: usize| i64::try_from(seconds).expect("few") * 1_000_000_000;
    loop {
        sleep(random.millis(3000)).await;
        jumps.utc.store(nanos(random.below(30)), Ordering::Relaxed);
        if random.below(10) == 0 {
            // A monotonic clock goes forward only.
            jumps.ahead.fetch_add(500_000_000, Ordering::Relaxed);
        }
    }
}

/// The client resets the numbers now and then.
async fn reset(client: Handle, mut random: Random, resets: bool) {
    if !resets {
        return;
    }
    loop {
        sleep(random.millis(4000)).await;
        let _may_be_refused = client.operate(Operation::ResetSeqNums).await;
    }
}
