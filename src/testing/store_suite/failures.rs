//! Stores that fail, and stores that two want to have.

use alloc::format;
use alloc::string::String;

use super::ask::{ask, now};
use super::calls::{same, write};
use super::crashes::goes_on;
use super::model::{Model, Played, Step, Write, loaded, message, script, seq};
use super::{Outcome, StoreMaker};
use crate::engine::{Store, StoreError, StoreErrorKind};
use crate::session::SeqNums;
use crate::testing::FaultyStore;
use crate::wire::{SeqNum, UtcTime};

/// A call fails for whoever makes it, before the store heard of it or behind its back; then the
/// store is loaded again, in the middle of whatever went on.
pub(super) fn at_each_call<M: StoreMaker>(maker: &mut M) -> Outcome {
    for done in [false, true] {
        let mut call = 1;
        while fails_at(maker, call, done).map_err(|text| format!("call {call}: {text}"))? {
            call = call.saturating_add(1);
        }
    }
    Ok(())
}

/// False when the script has fewer calls.
fn fails_at<M: StoreMaker>(maker: &mut M, call: u32, done: bool) -> Result<bool, String> {
    let mut store = FaultyStore::new(loaded(maker)?);
    store.fail_at(call, StoreErrorKind::Full);
    if done {
        store.though_it_is_done();
    }
    let mut played = Played::new(Model::FRESH);
    let mut failed = false;
    for (at, step) in script().iter().enumerate() {
        let mut wait = |store: &mut FaultyStore<M::Store>| maker.wait(store.store_mut());
        match played.step(step, &mut store, &mut wait)? {
            Ok(()) => {}
            Err(error) if error.kind() == StoreErrorKind::Full => {
                failed = true;
                break;
            }
            Err(error) => return Err(format!("step {at}, {step:?}: {error:?}")),
        }
    }
    if !failed {
        return Ok(false);
    }
    let mut wait = |store: &mut FaultyStore<M::Store>| maker.wait(store.store_mut());
    ask(&mut store, &mut wait, |store, waker| store.load(waker))?
        .map_err(|error| format!("load again: {error:?}"))?;
    goes_on(maker, store.into_inner(), &played)?;
    Ok(true)
}

/// The store itself fails.
pub(super) fn of_its_own<M: StoreMaker>(maker: &mut M) -> Outcome {
    for epochs in [false, true] {
        let mut store = loaded(maker)?;
        let mut played = Played::new(Model::FRESH);
        let first = [Step::Write(Write::Append(1, message(1, 30))), Step::Sync];
        for step in &first {
            let done = played.step(step, &mut store, &mut |store| maker.wait(store))?;
            done.map_err(|error| format!("{step:?}: {error:?}"))?;
        }
        if !maker.harm(&mut store) {
            return Ok(());
        }
        let second = if epochs {
            super::model::begin(1, 1, 1, false)
        } else {
            Write::Append(2, message(2, 30))
        };
        let mut failed = false;
        for step in [Step::Write(second), Step::Sync] {
            failed |= played.step(&step, &mut store, &mut |store| maker.wait(store))?.is_err();
        }
        if !failed {
            return Err("it confirms a commit although it was harmed".into());
        }
        all_fail(&mut store)?;
        maker.mend(&mut store);
        all_fail(&mut store)?;
        now(store.load(None)).map_err(|error| format!("load again: {error:?}"))?;
        goes_on(maker, store, &played)?;
    }
    Ok(())
}

/// Whether every call but `load` fails, and as it should.
fn all_fail<S: Store>(store: &mut S) -> Outcome {
    let high = seq(1 << 50);
    let begin = SeqNums { epoch: 99, ..SeqNums::FRESH };
    is_failed("append", store.append(0, high, b"no"))?;
    is_failed("set_next_out", store.set_next_out(0, high))?;
    is_failed("set_next_in", store.set_next_in(0, high, false))?;
    is_failed("reset", store.reset(begin, UtcTime::EPOCH))?;
    is_failed("sync", now(store.sync(None)))?;
    is_failed("next_message", now(store.next_message(0, SeqNum::MIN, SeqNum::MAX, None)))
}

fn is_failed<T>(call: &str, answer: Result<T, StoreError>) -> Outcome {
    match answer {
        Ok(_) => Err(format!("{call} works in a store that failed")),
        Err(error) if error.kind() == StoreErrorKind::Failed => Ok(()),
        Err(error) => Err(format!("{call} in a store that failed: {error:?}, not Failed")),
    }
}

/// Of two owners one at most gets a commit confirmed, and nothing that was confirmed is lost.
pub(super) fn two_owners<M: StoreMaker>(maker: &mut M) -> Outcome {
    let mut first = loaded(maker)?;
    let mut model = Model::FRESH;
    write(&mut model, &mut first, &Write::Append(1, message(1, 30)))?;
    now(first.sync(None)).map_err(|error| format!("sync: {error:?}"))?;
    let Some(mut second) = maker.second(&first) else { return Ok(()) };
    match now(second.load(None)) {
        Ok(_) => {
            // It took over: the first one must not go on.
            let mut lost = model.clone();
            let written = lost.write(&mut first, &Write::Append(2, message(2, 30)));
            let lost = written.and_then(|()| now(first.sync(None)));
            if !lost.is_err_and(|error| error.kind() == StoreErrorKind::Lost) {
                return Err("two owners have it, and the first one is not told Lost".into());
            }
        }
        Err(error) if error.kind() == StoreErrorKind::InUse => {
            write(&mut model, &mut first, &Write::Append(2, message(2, 30)))?;
            now(first.sync(None)).map_err(|error| format!("the first owner: {error:?}"))?;
            drop(first);
            now(second.load(None)).map_err(|error| format!("behind the first: {error:?}"))?;
        }
        Err(error) => return Err(format!("a second owner gets {error:?}, not InUse")),
    }
    same(&mut second, &model, "the second owner")
}
