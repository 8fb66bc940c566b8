//! Answers that come later.

use alloc::format;
use core::task::{Poll, Waker};

use super::ask::{Count, ask, now, woken};
use super::calls::{same, write};
use super::model::{Model, Write, loaded, message, seq};
use super::{Outcome, StoreMaker};
use crate::engine::Store;
use crate::wire::SeqNum;

/// The first answer is about what was written when the commit began, the next about the rest.
pub(super) fn commits_cover<M: StoreMaker>(maker: &mut M) -> Outcome {
    for answers in 1..=2 {
        let mut store = loaded(maker)?;
        let mut model = Model::FRESH;
        write(&mut model, &mut store, &Write::Append(1, message(1, 30)))?;
        let before = model.clone();
        let began = store.sync(Some(Waker::noop()));
        write(&mut model, &mut store, &Write::Append(2, message(2, 30)))?;
        let committed = match began {
            Poll::Ready(synced) => synced.map(|()| 1),
            Poll::Pending => Ok(0),
        };
        let committed = committed.map_err(|error| format!("sync: {error:?}"))?;
        for _ in committed..answers {
            let mut wait = |store: &mut M::Store| maker.wait(store);
            ask(&mut store, &mut wait, |store, waker| store.sync(waker))?
                .map_err(|error| format!("sync: {error:?}"))?;
        }
        let Some(mut store) = maker.crash(store) else { return Ok(()) };
        let found = Model::of(&mut store)?;
        let may_be = if answers == 1 { found == before || found == model } else { found == model };
        if !may_be {
            return Err(format!("behind {answers} answers there is {found:?}"));
        }
    }
    Ok(())
}

pub(super) fn one_wake<M: StoreMaker>(maker: &mut M) -> Outcome {
    let mut store = loaded(maker)?;
    let mut model = Model::FRESH;
    for number in 1..=20 {
        write(&mut model, &mut store, &Write::Append(number, message(number, 3000)))?;
        let mut wait = |store: &mut M::Store| maker.wait(store);
        ask(&mut store, &mut wait, |store, waker| store.sync(waker))?
            .map_err(|error| format!("sync: {error:?}"))?;
    }
    let Some(store) = &mut maker.crash(store) else { return Ok(()) };
    let mut wait = |store: &mut M::Store| maker.wait(store);
    let saved = ask(store, &mut wait, |store, waker| store.load(waker))?;
    let saved = saved.map_err(|error| format!("load: {error:?}"))?;
    if saved != model.saved {
        return Err(format!("load gives {saved:?}, not {:?}", model.saved));
    }
    for (number, bytes) in &model.messages {
        let found = ask(store, &mut wait, |store, waker| {
            let found = store.next_message(0, *number, SeqNum::MAX, waker);
            found.map(|found| {
                found.map(|found| found.is_some_and(|found| found == (*number, bytes)))
            })
        })?;
        match found {
            Ok(true) => {}
            Ok(false) => return Err(format!("message {number} is not lent")),
            Err(error) => return Err(format!("message {number}: {error:?}")),
        }
    }
    Ok(())
}

pub(super) fn later_waker<M: StoreMaker>(maker: &mut M) -> Outcome {
    for number in 1..=20 {
        let mut store = loaded(maker)?;
        let mut model = Model::FRESH;
        write(&mut model, &mut store, &Write::Append(number, message(number, 3000)))?;
        let (earlier, earlier_waker) = Count::waker();
        let (later, later_waker) = Count::waker();
        if store.sync(Some(&earlier_waker)).is_ready() {
            continue;
        }
        let before = earlier.get();
        if store.sync(Some(&later_waker)).is_ready() {
            continue;
        }
        let mut wait = |store: &mut M::Store| maker.wait(store);
        woken(&mut store, &mut wait, &later)?;
        let _answered = ask(&mut store, &mut wait, |store, waker| store.sync(waker))?;
        if earlier.get() != before {
            return Err("a waker was woken whose place a later one had taken".into());
        }
    }
    Ok(())
}

pub(super) fn answers_now<M: StoreMaker>(maker: &mut M) -> Outcome {
    let mut store = maker.fresh();
    let _begun = store.load(Some(Waker::noop()));
    let now_or = |what: &str, error| format!("{what} behind one with a waker: {error:?}");
    now(store.load(None)).map_err(|error| now_or("load", error))?;
    let mut model = Model::FRESH;
    for number in 1..=5 {
        write(&mut model, &mut store, &Write::Append(number, message(number, 3000)))?;
        let _begun = store.sync(Some(Waker::noop()));
        now(store.sync(None)).map_err(|error| now_or("sync", error))?;
    }
    now(store.sync(None)).map_err(|error| now_or("sync", error))?;
    for number in 1..=5 {
        let number = seq(number);
        let _begun = store.next_message(0, number, number, Some(Waker::noop())).is_ready();
        now(store.next_message(0, number, number, None))
            .map_err(|error| now_or("next_message", error))?;
    }
    same(&mut store, &model, "all of it")
}
