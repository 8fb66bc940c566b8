//! Random ends of lines over real sockets and a file, with a restart behind every other one.
//!
//! `EDGE_RUNS=1000` makes so many runs, and says how far it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use fixline::adapters::FileStore;
use fixline::engine::{Event, Store as _};
use fixline::wire::Fields;

use super::release::line;
use crate::peer::{Peer, message};
use crate::{Edge, PATIENCE, Plan, broker, until};

/// How many orders each line is sent.
const ORDERS: u64 = 20;

/// EDGE-01, EDGE-13: whatever ends a line, and whatever is restarted, every order is seen, what comes
/// again says so, and the file never knows more than the application has released.
pub(crate) fn edge_01_random_ends_and_restarts_over_a_file_lose_nothing<E: Edge>() {
    let runs = std::env::var("EDGE_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(4);
    let edge = E::start();
    let name = format!("fixline-edge-{}-{}", std::process::id(), E::NAME);
    let folder = std::env::temp_dir().join(name);
    for seed in 0..runs {
        if runs > 100 && seed % 50 == 0 {
            eprintln!("edge: {} run {seed} of {runs}", E::NAME);
        }
        fs::create_dir_all(&folder).expect("a folder");
        run(&edge, seed, &folder.join("store"));
        fs::remove_dir_all(&folder).expect("it is there");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Breaks,
    Panics,
    EventsDropped,
    ShutDown,
    PeerLeaves,
    /// It goes on until everything was seen.
    Good,
}

/// What the application was shown and has released.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<Shown>>);

#[derive(Default)]
struct Shown {
    held: Option<u64>,
    released: BTreeSet<u64>,
    seen: BTreeSet<u64>,
    twice: BTreeSet<u64>,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It asks for what follows.
    fn ask(&self) {
        let mut shown = self.lock();
        let held = shown.held.take();
        shown.released.extend(held);
    }

    fn show(&self, event: Event<'_>) {
        match event {
            Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).expect("fits"),
            Event::Message { message, .. } if message.msg_type() == b"D" => {
                let mut shown = self.lock();
                let seq = message.msg_seq_num();
                shown.held = Some(seq);
                if !shown.seen.insert(seq) && !message.poss_dup() {
                    shown.twice.insert(seq);
                }
            }
            _ => {}
        }
    }
}

fn run<E: Edge>(edge: &E, seed: u64, path: &Path) {
    let (desk, mut sent, mut next) = (Desk::default(), BTreeMap::new(), 1);
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed;
    let mut below = |bound: u64| {
        mixed ^= mixed << 13;
        mixed ^= mixed >> 7;
        mixed ^= mixed << 17;
        mixed % bound
    };
    for life in 0..3 {
        let store = FileStore::open_or_create(path);
        let mut accepting = edge.accept(Plan::of(broker("CLIENT"), store));
        for _ in 0..2 {
            let end = match below(5) {
                _ if life == 2 => End::Good,
                0 => End::Breaks,
                1 => End::Panics,
                2 => End::EventsDropped,
                3 => End::ShutDown,
                _ => End::PeerLeaves,
            };
            let after = below(15);
            let mut peer = Peer::connect(accepting.address, "CLIENT");
            peer.seq = next;
            let mut bytes = peer.next("A", "98=0|108=30|");
            sent.insert(next, false);
            for _ in 0..ORDERS {
                sent.insert(peer.seq, true);
                let id = peer.seq;
                bytes.extend(peer.next("D", &format!("11={id}|")));
            }
            next = peer.seq;
            peer.write(&bytes);
            let line = line(&mut accepting.events);
            thread::scope(|scope| {
                let (taker, sent) = (desk.clone(), &sent);
                scope.spawn(move || take(edge, line, end, after, &taker));
                let leaves = end == End::PeerLeaves;
                answer(peer, sent, &desk, leaves.then_some(after), end == End::Good);
            });
            desk.lock().held = None;
        }
        assert!(accepting.handle.wait_shutdown("", Duration::from_millis(200)), "seed {seed}");
        let mut next_in = 0;
        until("the file is free", || {
            let loaded = FileStore::open(path).load(None);
            let Poll::Ready(Ok(saved)) = loaded else { return false };
            next_in = saved.numbers.next_in.get();
            true
        });
        let shown = desk.lock();
        let open = sent.iter().find(|(seq, order)| **order && !shown.released.contains(seq));
        if let Some((open, _)) = open {
            assert!(next_in <= *open, "seed {seed}: {next_in} was saved, {open} is open");
        }
    }
    let shown = desk.lock();
    assert!(shown.twice.is_empty(), "seed {seed}: came twice without a flag: {:?}", shown.twice);
}

/// The application.
fn take<E: Edge>(edge: &E, line: E::Line, end: End, after: u64, desk: &Desk) {
    if matches!(end, End::Breaks | End::Panics) {
        let (desk, mut left) = (desk.clone(), after);
        let running = edge.run(line, move |event| {
            desk.show(event);
            if left == 0 {
                if end == End::Panics {
                    std::panic::resume_unwind(Box::new("as a handler might"));
                }
                return ControlFlow::Break(());
            }
            left -= 1;
            desk.ask();
            ControlFlow::Continue(())
        });
        let _ended = running();
        return;
    }
    let (handle, mut events) = edge.spawn(line);
    for taken in 0.. {
        if taken == after && end == End::EventsDropped {
            return;
        }
        if taken == after && end == End::ShutDown {
            let handle = handle.clone();
            thread::spawn(move || handle.shutdown("", Duration::from_millis(100)).wait(PATIENCE));
        }
        desk.ask();
        match events.wait_next(PATIENCE) {
            Ok(Some(event)) => desk.show(event),
            Ok(None) => panic!("{end:?} after {after}: nothing happens"),
            Err(_) => return,
        }
    }
}

/// The peer: sends again what it is asked for, until the line ends.
fn answer(
    mut peer: Peer<std::net::TcpStream>,
    sent: &BTreeMap<u64, bool>,
    desk: &Desk,
    leaves_after: Option<u64>,
    until_seen: bool,
) {
    let last = peer.seq - 1;
    let mut received = 0;
    loop {
        if leaves_after.is_some_and(|after| received > after % 3) {
            return;
        }
        let all = |desk: &Desk| {
            let shown = desk.lock();
            sent.iter().all(|(seq, order)| !*order || shown.seen.contains(seq))
        };
        if until_seen && all(desk) {
            return;
        }
        if leaves_after.is_some() && desk.lock().seen.contains(&last) {
            return;
        }
        let Some(message_in) = peer.receive_soon(Duration::from_millis(30)) else {
            continue;
        };
        let Some(text) = message_in else { return };
        received += 1;
        let field = |tag: &str| {
            let from = text.split(&format!("|{tag}=")).nth(1)?;
            from.split('|').next()?.parse::<u64>().ok()
        };
        if !text.contains("|35=2|") {
            continue;
        }
        let begin = field("7").expect("it has one");
        let end = field("16").filter(|end| *end > 0).unwrap_or(last).min(last);
        for seq in begin..=end {
            let again = if sent.get(&seq) == Some(&true) {
                message("CLIENT", "D", seq, &format!("43=Y|11={seq}|"))
            } else {
                message("CLIENT", "4", seq, &format!("43=Y|123=Y|36={}|", seq + 1))
            };
            // It may be over by now.
            let _gone = peer.stream.write_all(&again);
        }
    }
}
