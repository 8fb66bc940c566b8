//! Random ends under load: nothing counts as handled that the application did not ask beyond, every
//! order that was sent is seen, what comes again says so, and nothing is sent that was refused.
//!
//! `EDGE_RUNS=1000` makes so many runs, and says how far it is; `EDGE_SEED=7` makes one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fixline::adapters::tokio::{Handle, Initiator, Line};
use fixline::adapters::{AcceptorEvent, AcceptorEvents, AcceptorHandle};
use fixline::engine::{Event, SendError, StoreErrorKind};
use fixline::wire::{Fields, Message, Tag};
use tokio::io::DuplexStream;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use crate::streams::{Log, Shared, acceptor, clock, network, quick};
use crate::support::{client, order};

/// How many orders are sent in a run.
const ORDERS: usize = 150;

/// How many lines end badly in a run.
const BAD_ENDS: usize = 12;

fn runs() -> std::ops::Range<u64> {
    let read = |name| std::env::var(name).ok().and_then(|value| value.parse().ok());
    match read("EDGE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..read("EDGE_RUNS").unwrap_or(25),
    }
}

// EDGE-01, EDGE-02, EDGE-13, EDGE-20, EDGE-22
#[test]
fn edge_01_random_ends_under_load_lose_nothing_and_release_nothing() {
    let runs = runs();
    let count = runs.end - runs.start;
    for seed in runs {
        if count > 100 && seed % 50 == 0 {
            eprintln!("edge: run {seed} of {count}");
        }
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(run(seed));
    }
}

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
}

/// What became of an order, as its sender was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Sent,
    Refused,
    Unknown,
}

/// What the broker was shown.
#[derive(Clone)]
struct Desk {
    seen: Arc<Mutex<Vec<(String, bool)>>>,
    store: Shared,
    /// The message at hand.
    held: Arc<Mutex<Option<u64>>>,
}

impl Desk {
    fn seen(&self) -> MutexGuard<'_, Vec<(String, bool)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, event: Event<'_>) {
        match event {
            Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).expect("fits"),
            Event::Message { message, .. } if message.msg_type() == b"D" => {
                let id = message.get_str(Tag::CL_ORD_ID).expect("it has one").to_owned();
                self.seen().push((id, message.poss_dup()));
                let held = Some(message.msg_seq_num());
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
            }
            _ => {}
        }
    }

    /// The application is about to ask for the next event.
    fn ask(&self) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(held) = held {
            self.store.released(held);
        }
    }

    fn forget(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// How a line is driven and how it ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Breaks,
    Panics,
    PanicsInline,
    Aborted,
    EventsDropped,
    LineDropped,
    ShutDown,
    StoreFails,
    ClientStoreFails,
    ClientLogsOut,
}

const ENDS: [End; 10] = [
    End::Breaks,
    End::Panics,
    End::PanicsInline,
    End::Aborted,
    End::EventsDropped,
    End::LineDropped,
    End::ShutDown,
    End::StoreFails,
    End::ClientStoreFails,
    End::ClientLogsOut,
];

struct World {
    desk: Desk,
    acceptor: AcceptorHandle<Shared>,
    client: Handle,
    client_store: Shared,
}

async fn run(seed: u64) {
    let mut random = Random(seed);
    let delays = [0, 0, 2, 50].map(Duration::from_millis);
    let store = Shared::new(random.one_of(&delays));
    let client_store = Shared::new(random.one_of(&delays));
    let (mut dials, streams) = network();
    dials.room = random.one_of(&[1, 64, 1024, 1 << 16]);
    let (acceptor, mut accepted) = acceptor(streams, store.clone()).spawn();
    let initiator = Initiator::new(client(), client_store.clone(), dials).expect("the sizes fit");
    let (handle, mut events) = initiator.clock(clock()).reconnect(quick()).spawn();
    let operator = handle.clone();
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if let Event::NeedsOperator { .. } = event {
                let _resumed = operator.resume().await;
            }
        }
    });
    let enough = Arc::new(AtomicBool::new(false));
    let sender = send(handle.clone(), Random(seed ^ 0x5eed), Arc::clone(&enough));
    let sender = tokio::spawn(sender);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let desk = Desk { seen, store, held: Arc::default() };
    let world = World { desk, acceptor, client: handle, client_store };
    for _ in 0..BAD_ENDS {
        let end = random.one_of(&ENDS);
        let Some(line) = next_line(&mut accepted).await else { panic!("seed {seed}: no line") };
        let after = random.below(40);
        let ended = end_badly(end, after, line, &world, &mut random);
        let ended = timeout(Duration::from_secs(600), ended).await;
        assert!(ended.is_ok(), "seed {seed}: {end:?} after {after}");
        world.desk.forget();
        // Whoever waited for an operator may go on.
        let _resumed = world.client.resume().await;
    }
    enough.store(true, Ordering::Relaxed);
    let desk = world.desk.clone();
    let well = tokio::spawn(async move {
        while let Some(line) = next_line(&mut accepted).await {
            let (_handle, mut events) = line.spawn();
            loop {
                desk.ask();
                let Some(event) = events.next().await else { break };
                desk.show(event);
            }
        }
    });
    let fates = timeout(Duration::from_secs(3600), sender).await;
    let fates = fates.unwrap_or_else(|_| panic!("seed {seed}: a sender hangs")).expect("no panic");
    everything_is_seen(seed, &fates, &world.desk).await;
    // Lest a last Logout be waited for.
    let _down = timeout(Duration::from_secs(60), world.client.shutdown("", Duration::ZERO)).await;
    well.abort();
    nothing_was_released(seed, &world);
}

async fn next_line(
    accepted: &mut AcceptorEvents<Line<DuplexStream, Shared>>,
) -> Option<Line<DuplexStream, Shared>> {
    loop {
        match timeout(Duration::from_secs(600), accepted.next()).await.ok()?? {
            AcceptorEvent::Line(line) => return Some(line),
            AcceptorEvent::Told(_) => {}
        }
    }
}

/// Sends orders, and gives some of them up.
async fn send(
    handle: Handle,
    mut random: Random,
    enough: Arc<AtomicBool>,
) -> BTreeMap<String, Fate> {
    let mut fates = BTreeMap::new();
    for number in 0.. {
        if number > ORDERS && enough.load(Ordering::Relaxed) {
            break;
        }
        if random.below(3) == 0 {
            sleep(random.millis(20)).await;
        }
        if random.below(10) > 0 {
            // In vain where it is stopped: somebody resumes it.
            let _up = timeout(Duration::from_secs(30), handle.logged_on()).await;
        }
        let (id, draft) = (number.to_string(), order(&number.to_string()));
        let fate = if random.below(6) == 0 {
            let polls = random.below(4);
            let sending = crate::cancel::poll_times(handle.send(&draft), polls);
            match timeout(random.millis(100), sending).await {
                Ok(Some(result)) => fate(result.map(drop)),
                Ok(None) if polls < 2 => Fate::Refused,
                Ok(None) | Err(_) => Fate::Unknown,
            }
        } else {
            fate(handle.send(&draft).await.map(drop))
        };
        fates.insert(id, fate);
    }
    fates
}

const fn fate(result: Result<(), SendError>) -> Fate {
    match result {
        Ok(()) => Fate::Sent,
        Err(SendError::Refused(_)) => Fate::Refused,
        Err(_) => Fate::Unknown,
    }
}

async fn end_badly(
    end: End,
    after: usize,
    mut line: Line<DuplexStream, Shared>,
    world: &World,
    random: &mut Random,
) {
    let (desk, mut left) = (world.desk.clone(), after);
    let handler = async move |event: Event<'_>, _: &Handle| {
        desk.show(event);
        tokio::task::yield_now().await;
        if left == 0 {
            if matches!(end, End::Panics) {
                std::panic::resume_unwind(Box::new("as a handler might"));
            }
            return ControlFlow::Break(());
        }
        left -= 1;
        desk.ask();
        ControlFlow::Continue(())
    };
    match end {
        End::Breaks | End::Panics => {
            let _ended = tokio::spawn(line.run(handler)).await;
        }
        End::PanicsInline => {
            let (desk, mut left) = (world.desk.clone(), after);
            let inline = line.run_inline(move |event| {
                desk.show(event);
                if left == 0 {
                    std::panic::resume_unwind(Box::new("as a handler might"));
                }
                left -= 1;
                desk.ask();
                ControlFlow::Continue(())
            });
            let _ended = tokio::spawn(inline).await;
        }
        End::Aborted => {
            let running = tokio::spawn(line.run(handler));
            sleep(random.millis(300)).await;
            running.abort();
            let _aborted = running.await;
        }
        End::LineDropped => {
            for _ in 0..=after {
                world.desk.ask();
                match line.next().await {
                    Ok(event) => world.desk.show(event),
                    Err(_) => return,
                }
            }
        }
        End::EventsDropped
        | End::ShutDown
        | End::StoreFails
        | End::ClientStoreFails
        | End::ClientLogsOut => end_spawned(end, after, line, world, random).await,
    }
}

/// The events of a spawned line are taken until they are over, or dropped before.
async fn end_spawned(
    end: End,
    after: usize,
    line: Line<DuplexStream, Shared>,
    world: &World,
    random: &mut Random,
) {
    let id = line.id().clone();
    let (_handle, mut events) = line.spawn();
    for taken in 0.. {
        if taken == after {
            match end {
                End::StoreFails | End::ClientStoreFails => {
                    let broker = matches!(end, End::StoreFails);
                    let store = if broker { &world.desk.store } else { &world.client_store };
                    let call = u32::try_from(1 + random.below(20)).expect("few");
                    store.lock().store.fail_at(call, StoreErrorKind::Unavailable);
                }
                End::ClientLogsOut => {
                    let (client, pause) = (world.client.clone(), random.millis(200));
                    tokio::spawn(async move {
                        let _out = client.logout("bye").await;
                        sleep(pause).await;
                        let _resumed = client.resume().await;
                    });
                }
                End::ShutDown => {
                    let patience = random.millis(2000);
                    let handle = world.acceptor.session(&id).expect("it is there");
                    tokio::spawn(async move {
                        let _down = handle.shutdown("enough", patience).await;
                    });
                }
                _ => return,
            }
        }
        world.desk.ask();
        // One whose store fails at a call that does not come goes on.
        match timeout(Duration::from_secs(100), events.next()).await {
            Ok(Some(event)) => world.desk.show(event),
            Ok(None) | Err(_) => return,
        }
    }
}

async fn everything_is_seen(seed: u64, fates: &BTreeMap<String, Fate>, desk: &Desk) {
    let must: BTreeSet<&String> =
        fates.iter().filter(|(_, fate)| **fate == Fate::Sent).map(|(id, _)| id).collect();
    assert!(must.len() > 5, "seed {seed}: {} orders were sent", must.len());
    for _ in 0..600 {
        let seen: BTreeSet<String> = desk.seen().iter().map(|(id, _)| id.clone()).collect();
        if must.iter().all(|id| seen.contains(*id)) {
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    let seen = desk.seen();
    let mut once = BTreeSet::new();
    for (id, poss_dup) in seen.iter() {
        assert_ne!(fates.get(id), Some(&Fate::Refused), "seed {seed}: order {id} was not sent");
        assert!(once.insert(id) || *poss_dup, "seed {seed}: order {id} came twice");
    }
    let unseen: Vec<_> = must.into_iter().filter(|id| !once.contains(id)).collect();
    assert!(unseen.is_empty(), "seed {seed}: never seen: {unseen:?}");
}

/// The number that was saved was never beyond what the application had released by then.
fn nothing_was_released(seed: u64, world: &World) {
    let mut orders = BTreeMap::new();
    let mut kept = 0;
    for entry in &world.client_store.lock().log {
        match entry {
            Log::Kept(seq, message) => {
                let is_order = Message::parse(message).is_ok_and(|kept| kept.msg_type() == b"D");
                kept = *seq;
                orders.insert(*seq, is_order);
            }
            // A number whose message was lost with the store is given again.
            Log::Loaded => kept = 0,
            Log::Numbered(next_out) if kept + 1 != *next_out => {
                orders.insert(next_out - 1, false);
            }
            Log::Numbered(_) | Log::Released(_) | Log::Saved(_) => {}
        }
    }
    orders.retain(|_, is_order| *is_order);
    let mut saved = 0;
    for entry in &world.desk.store.lock().log {
        match entry {
            Log::Released(seq) => drop(orders.remove(seq)),
            Log::Saved(next_in) => {
                saved += 1;
                if let Some((seq, _)) = orders.first_key_value() {
                    assert!(next_in <= seq, "seed {seed}: {next_in} was saved, {seq} is open");
                }
            }
            Log::Kept(..) | Log::Numbered(_) | Log::Loaded => {}
        }
    }
    assert!(saved > 0, "seed {seed}: nothing was saved");
}
