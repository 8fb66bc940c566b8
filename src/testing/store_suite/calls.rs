//! The contract call by call, in one process that does not fail.

use alloc::format;
use alloc::string::String;

use super::ask::{ask, now};
use super::model::{Model, Played, Step, Write, begin, loaded, message, script, seq};
use super::{Outcome, StoreMaker};
use crate::engine::{Store, StoreError, StoreErrorKind};
use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

pub(super) fn fresh<M: StoreMaker>(maker: &mut M) -> Outcome {
    let mut store = maker.fresh();
    let mut wait = |store: &mut M::Store| maker.wait(store);
    let saved = ask(&mut store, &mut wait, |store, waker| store.load(waker))?;
    if saved.as_ref().ok() != Some(&Model::FRESH.saved) {
        return Err(format!("load gives {saved:?}"));
    }
    same(&mut store, &Model::FRESH, "a fresh store")
}

pub(super) fn seen_at_once<M: StoreMaker>(maker: &mut M) -> Outcome {
    let mut store = loaded(maker)?;
    let mut played = Played::new(Model::FRESH);
    for (at, step) in script().iter().enumerate() {
        let done = played.step(step, &mut store, &mut |store| maker.wait(store))?;
        done.map_err(|error| format!("step {at}, {step:?}: {error:?}"))?;
        same(&mut store, played.last(), &format!("step {at}, {step:?}"))?;
    }
    Ok(())
}

pub(super) fn messages_by_number<M: StoreMaker>(maker: &mut M) -> Outcome {
    let mut store = loaded(maker)?;
    let mut model = Model::FRESH;
    for (number, len) in [(2, 100), (3, 0), (7, 4096), (8, 1)] {
        write(&mut model, &mut store, &Write::Append(number, message(number, len)))?;
    }
    // Not committed, committed, and asked for with a waker.
    for round in 0..3 {
        for from in 1..=9 {
            for to in (0..=10).chain([u64::MAX]) {
                let to = seq(to);
                let expected = model
                    .messages
                    .range(seq(from)..)
                    .next()
                    .filter(|&(&found, _)| found <= to)
                    .map(|(&number, bytes)| (number, bytes.clone()));
                let find = |found: Option<(SeqNum, &[u8])>| found.map(|(n, b)| (n, b.to_vec()));
                let found = match round {
                    0 | 1 => now(store.next_message(0, seq(from), to, None)).map(find),
                    _ => {
                        let mut wait = |store: &mut M::Store| maker.wait(store);
                        ask(&mut store, &mut wait, |store, waker| {
                            store.next_message(0, seq(from), to, waker).map(|found| found.map(find))
                        })?
                    }
                };
                let found = found.map_err(|error| format!("from {from} to {to}: {error:?}"))?;
                if found != expected {
                    return Err(format!(
                        "from {from} to {to}, round {round}: it lends {:?}, not {:?}",
                        found.map(|(number, bytes)| (number, bytes.len())),
                        expected.map(|(number, bytes)| (number, bytes.len()))
                    ));
                }
            }
        }
        now(store.sync(None)).map_err(|error| format!("sync: {error:?}"))?;
    }
    let other = now(store.next_message(1, SeqNum::MIN, SeqNum::MAX, None));
    match other {
        Ok(None) => Ok(()),
        Ok(Some((number, _))) => Err(format!("it lends {number} of an epoch that is not")),
        Err(error) => Err(format!("another epoch: {error:?}")),
    }
}

pub(super) fn numbers_only_rise<M: StoreMaker>(maker: &mut M) -> Outcome {
    let mut store = loaded(maker)?;
    let mut model = Model::FRESH;
    write(&mut model, &mut store, &Write::Append(5, message(5, 30)))?;
    write(&mut model, &mut store, &Write::In(4, true))?;
    for number in 1..=5 {
        let lower = seq(number);
        refused(store.append(0, lower, b"again"), &format!("message {number} behind 5"))?;
        refused(store.set_next_out(0, lower), &format!("next_out {number} behind 6"))?;
        if number < 4 {
            refused(store.set_next_in(0, lower, false), &format!("next_in {number} behind 4"))?;
        }
        same(&mut store, &model, "what was refused changes nothing")?;
    }
    write(&mut model, &mut store, &Write::Out(6))?;
    write(&mut model, &mut store, &Write::In(4, false))?;
    write(&mut model, &mut store, &Write::Append(1 << 40, message(1 << 40, 30)))?;
    same(&mut store, &model, "equal and higher numbers are taken")
}

pub(super) fn present_epoch_only<M: StoreMaker>(maker: &mut M) -> Outcome {
    let mut store = loaded(maker)?;
    let mut model = Model::FRESH;
    write(&mut model, &mut store, &begin(3, 1, 1, false))?;
    write(&mut model, &mut store, &Write::Append(1, message(1, 30)))?;
    for epoch in [0, 2, 4, u32::MAX] {
        let high = seq(9);
        refused(store.append(epoch, high, b"strange"), &format!("a message of epoch {epoch}"))?;
        refused(store.set_next_out(epoch, high), &format!("next_out of epoch {epoch}"))?;
        refused(store.set_next_in(epoch, high, false), &format!("next_in of epoch {epoch}"))?;
    }
    for epoch in [0, 2, 3] {
        let begin = SeqNums { epoch, ..SeqNums::FRESH };
        refused(store.reset(begin, UtcTime::EPOCH), &format!("epoch {epoch} behind 3"))?;
    }
    same(&mut store, &model, "what was refused changes nothing")
}

pub(super) fn epochs_begin<M: StoreMaker>(maker: &mut M) -> Outcome {
    let mut store = loaded(maker)?;
    let mut model = Model::FRESH;
    write(&mut model, &mut store, &begin(0, 1, 1, true))?;
    same(&mut store, &model, "the epoch of a fresh store begins")?;
    write(&mut model, &mut store, &Write::Append(1, message(1, 30)))?;
    for (epoch, next_in, next_out) in [(1, 1, 1), (2, 40, 30), (9, 7, 7)] {
        write(&mut model, &mut store, &begin(epoch, next_in, next_out, epoch == 2))?;
        same(&mut store, &model, &format!("epoch {epoch} begins"))?;
        now(store.sync(None)).map_err(|error| format!("sync: {error:?}"))?;
        same(&mut store, &model, &format!("epoch {epoch} is committed"))?;
        let old = now(store.next_message(epoch.saturating_sub(1), SeqNum::MIN, SeqNum::MAX, None));
        if !matches!(old, Ok(None)) {
            return Err(format!("a message of before epoch {epoch} is there"));
        }
        write(&mut model, &mut store, &Write::Append(next_out, message(next_out, 30)))?;
        same(&mut store, &model, &format!("epoch {epoch} goes on"))?;
    }
    Ok(())
}

/// Whether the store holds just this.
pub(super) fn same<S: Store>(store: &mut S, model: &Model, when: &str) -> Outcome {
    let found = Model::of(store).map_err(|text| format!("{when}: {text}"))?;
    if found == *model {
        return Ok(());
    }
    Err(format!("{when}: there is {found:?}, not {model:?}"))
}

pub(super) fn write<S: Store>(model: &mut Model, store: &mut S, what: &Write) -> Outcome {
    model.write(store, what).map_err(|error| format!("{:?}: {error:?}", Step::Write(what.clone())))
}

/// A write that breaks the contract is refused, and as such.
fn refused(answer: Result<(), StoreError>, what: &str) -> Result<(), String> {
    match answer {
        Ok(()) => Err(format!("{what} is taken")),
        Err(error) if error.kind() == StoreErrorKind::Misuse => Ok(()),
        Err(error) => Err(format!("{what} is {:?}, not Misuse", error.kind())),
    }
}
