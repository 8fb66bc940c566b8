//! What must be true of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fixline::wire::Message;
use tokio::time::sleep;

use super::World;
use super::desk::Desk;
use super::sender::{Fate, Sent};
use crate::streams::Log;

/// Every order that was sent is seen, in the end; behind a reset those that followed it.
pub(super) async fn everything_is_seen(seed: u64, sent: &Sent, desk: &Desk, resets: bool) {
    let from = if resets { sent.well_from } else { 0 };
    let must: BTreeSet<String> = sent
        .fates
        .range(from..)
        .filter(|(_, fate)| **fate == Fate::Sent)
        .map(|(number, _)| number.to_string())
        .collect();
    assert!(must.len() > 5, "seed {seed}: {} orders were sent", must.len());
    for _ in 0..600 {
        let seen: BTreeSet<String> = desk.seen().into_iter().map(|(id, _)| id).collect();
        if must.is_subset(&seen) {
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    let mut once = BTreeSet::new();
    for (id, poss_dup) in desk.seen() {
        let number = id.parse().expect("a number");
        let refused = sent.fates.get(&number) == Some(&Fate::Refused);
        assert!(!refused, "seed {seed}: order {id} was not sent");
        assert!(once.insert(id.clone()) || poss_dup, "seed {seed}: order {id} came twice");
    }
    let unseen: Vec<_> = must.difference(&once).collect();
    assert!(unseen.is_empty(), "seed {seed}: never seen: {unseen:?}");
}

/// The number that was saved was never beyond a message that the application held.
pub(super) fn nothing_was_released(seed: u64, desk: &Desk) {
    let (mut open, mut saved) = (BTreeSet::new(), 0);
    for entry in &desk.store.lock().log {
        match *entry {
            Log::Shown(id) => drop(open.insert(id)),
            Log::Released(id) => drop(open.remove(&id)),
            Log::Saved(epoch, next_in) => {
                saved += 1;
                let lowest = open.iter().find(|id| id.epoch == epoch);
                if let Some(lowest) = lowest {
                    let seq = lowest.seq.get();
                    assert!(next_in <= seq, "seed {seed}: {next_in} was saved, {seq} is open");
                }
            }
            // What was held by then comes again.
            Log::Loaded => open.clear(),
            Log::Kept(..) | Log::Numbered(_) => {}
        }
    }
    assert!(saved > 0, "seed {seed}: nothing was saved");
}

/// Nor beyond an order that it was not shown.
pub(super) fn nothing_was_passed_over(seed: u64, world: &World) {
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
            Log::Numbered(_) | Log::Shown(_) | Log::Released(_) | Log::Saved(..) => {}
        }
    }
    orders.retain(|_, is_order| *is_order);
    for entry in &world.desk.store.lock().log {
        match entry {
            Log::Released(id) => drop(orders.remove(&id.seq.get())),
            Log::Saved(_, next_in) => {
                if let Some((seq, _)) = orders.first_key_value() {
                    assert!(next_in <= seq, "seed {seed}: {next_in} was saved, {seq} is open");
                }
            }
            Log::Kept(..) | Log::Numbered(_) | Log::Loaded | Log::Shown(_) => {}
        }
    }
}

/// No number of an epoch was durable with two contents.
pub(super) fn no_number_has_two_contents(seed: u64, world: &World) {
    for store in [&world.client_store, &world.desk.store] {
        let mut contents = BTreeMap::new();
        let inner = store.lock();
        for (epoch, seq, message) in inner.store.promised() {
            let before = contents.insert((*epoch, *seq), message);
            let same = before.is_none_or(|before| before == message);
            assert!(same, "seed {seed}: {epoch}/{seq} has two contents");
        }
    }
}
