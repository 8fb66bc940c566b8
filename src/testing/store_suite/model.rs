//! What a store should hold, and the scripts that are played to it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::StoreMaker;
use super::ask::{ask, now};
use crate::engine::{Saved, Store, StoreError};
use crate::session::SeqNums;
use crate::testing::Random;
use crate::wire::{SeqNum, UtcTime};

/// A number; 0 is 1.
pub(super) fn seq(number: u64) -> SeqNum {
    SeqNum::new(number).unwrap_or(SeqNum::MIN)
}

/// A write in the present epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Write {
    Append(u64, Vec<u8>),
    Out(u64),
    In(u64, bool),
    Reset(SeqNums, i64),
}

/// A step of a script.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Write(Write),
    /// A commit that is waited for.
    Sync,
    /// A commit that goes on while the script does.
    Begin,
}

/// What a store holds: numbers, and the messages of the epoch.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) saved: Saved,
    pub(super) messages: BTreeMap<SeqNum, Vec<u8>>,
}

impl Model {
    pub(super) const FRESH: Self = Self { saved: Saved::FRESH, messages: BTreeMap::new() };

    pub(super) fn epoch(&self) -> u32 {
        self.saved.numbers.epoch
    }

    pub(super) fn next_out(&self) -> SeqNum {
        self.saved.numbers.next_out
    }

    /// Takes a write over, and makes it in a store.
    pub(super) fn write<S: Store>(
        &mut self,
        store: &mut S,
        write: &Write,
    ) -> Result<(), StoreError> {
        let epoch = self.epoch();
        self.apply(write);
        match write {
            Write::Append(number, bytes) => store.append(epoch, seq(*number), bytes),
            Write::Out(number) => store.set_next_out(epoch, seq(*number)),
            Write::In(number, pending) => store.set_next_in(epoch, seq(*number), *pending),
            Write::Reset(begin, at) => store.reset(*begin, UtcTime::from_nanos(*at)),
        }
    }

    fn apply(&mut self, write: &Write) {
        let numbers = &mut self.saved.numbers;
        match write {
            Write::Append(number, bytes) => {
                numbers.next_out = seq(*number).next();
                self.messages.insert(seq(*number), bytes.clone());
            }
            Write::Out(number) => numbers.next_out = seq(*number),
            Write::In(number, pending) => {
                numbers.next_in = seq(*number);
                numbers.reset_pending = *pending;
            }
            Write::Reset(begin, at) => {
                let created = Some(UtcTime::from_nanos(*at));
                *self =
                    Self { saved: Saved { numbers: *begin, created }, messages: BTreeMap::new() };
            }
        }
    }

    /// What a store holds, as it says itself.
    pub(super) fn of<S: Store>(store: &mut S) -> Result<Self, String> {
        let saved = now(store.load(None)).map_err(|error| format!("load: {error:?}"))?;
        let mut model = Self { saved, messages: BTreeMap::new() };
        let mut from = SeqNum::MIN;
        loop {
            let found = store.next_message(model.epoch(), from, SeqNum::MAX, None);
            let found = now(found).map_err(|error| format!("next_message: {error:?}"))?;
            let Some((number, bytes)) = found else { return Ok(model) };
            if number < from || model.messages.insert(number, bytes.to_vec()).is_some() {
                return Err(format!("asked for messages from {from} on, it lends {number}"));
            }
            from = number.next();
        }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = self.messages.iter().map(|(number, bytes)| (number, bytes.len()));
        let SeqNums { epoch, next_in, next_out, reset_pending } = self.saved.numbers;
        write!(f, "epoch {epoch} next_in {next_in} next_out {next_out}")?;
        if reset_pending {
            write!(f, " reset pending")?;
        }
        write!(f, " messages and their lengths ")?;
        f.debug_map().entries(lengths).finish()
    }
}

/// What was played to a store so far.
pub(super) struct Played {
    /// What it held before the first write and after each.
    pub(super) states: Vec<Model>,
    /// How many of the writes a commit has confirmed.
    pub(super) confirmed: usize,
    /// How many of them the commit covers that goes on.
    committing: Option<usize>,
    fresh: Model,
}

impl Played {
    pub(super) fn new(start: Model) -> Self {
        Self { states: vec![start], confirmed: 0, committing: None, fresh: Model::FRESH }
    }

    pub(super) fn writes(&self) -> usize {
        self.states.len().saturating_sub(1)
    }

    pub(super) fn last(&self) -> &Model {
        self.states.last().unwrap_or(&self.fresh)
    }

    /// Plays a step. What the store answers to it.
    pub(super) fn step<S: Store>(
        &mut self,
        step: &Step,
        store: &mut S,
        wait: &mut dyn FnMut(&mut S),
    ) -> Result<Result<(), StoreError>, String> {
        match step {
            Step::Write(write) => {
                let mut next = self.last().clone();
                let written = next.write(store, write);
                // Also a write that fails may be kept.
                self.states.push(next);
                Ok(written)
            }
            Step::Sync => {
                if let Some(writes) = self.committing.take() {
                    // The first answer is about the commit that goes on.
                    match ask(store, wait, |store, waker| store.sync(waker))? {
                        Ok(()) => self.confirmed = writes,
                        Err(error) => return Ok(Err(error)),
                    }
                }
                let synced = ask(store, wait, |store, waker| store.sync(waker))?;
                if synced.is_ok() {
                    self.confirmed = self.writes();
                }
                Ok(synced)
            }
            Step::Begin => {
                let waker = core::task::Waker::noop();
                let writes = self.committing.unwrap_or_else(|| self.writes());
                match store.sync(Some(waker)) {
                    core::task::Poll::Pending => self.committing = Some(writes),
                    core::task::Poll::Ready(synced) => {
                        self.committing = None;
                        if synced.is_ok() {
                            self.confirmed = writes;
                        }
                        return Ok(synced);
                    }
                }
                Ok(Ok(()))
            }
        }
    }

    /// Whether a crash may leave this: nothing is missing that was confirmed, and of the rest the
    /// newest only.
    pub(super) fn may_be(&self, found: &Model) -> Result<usize, String> {
        let possible = self.states.get(self.confirmed..).unwrap_or_default();
        match possible.iter().rposition(|state| state == found) {
            Some(at) => Ok(self.confirmed.saturating_add(at)),
            None => Err(format!(
                "there is {found:?}; confirmed was {:?}, written {:?}",
                self.states.get(self.confirmed),
                self.last()
            )),
        }
    }
}

/// Loads a store that never held anything.
pub(super) fn loaded<M: StoreMaker>(maker: &mut M) -> Result<M::Store, String> {
    let mut store = maker.fresh();
    now(store.load(None)).map_err(|error| format!("a fresh store: load: {error:?}"))?;
    Ok(store)
}

/// Some bytes that look like a message of this number.
pub(super) fn message(number: u64, len: usize) -> Vec<u8> {
    let mut bytes = format!("8=FIX.4.4\x0134={number}\x01").into_bytes();
    bytes.resize(len, b'x');
    bytes
}

/// Begins an epoch.
pub(super) fn begin(epoch: u32, next_in: u64, next_out: u64, reset_pending: bool) -> Write {
    let numbers = SeqNums { epoch, next_in: seq(next_in), next_out: seq(next_out), reset_pending };
    Write::Reset(numbers, i64::from(epoch).saturating_mul(1_000_000_007))
}

/// Everything that a session does to a store, in a few steps.
pub(super) fn script() -> Vec<Step> {
    let append = |number, len| Step::Write(Write::Append(number, message(number, len)));
    vec![
        Step::Write(Write::In(2, false)),
        append(1, 30),
        append(2, 200),
        Step::Sync,
        Step::Write(Write::Out(4)),
        append(4, 4096),
        Step::Write(Write::In(9, false)),
        Step::Sync,
        append(5, 0),
        Step::Write(begin(1, 1, 1, true)),
        append(1, 40),
        Step::Write(Write::In(1, false)),
        Step::Sync,
        Step::Write(Write::In(2, false)),
        append(2, 50),
        Step::Begin,
        append(3, 60),
        Step::Write(Write::Out(5)),
        Step::Sync,
        append(9, 20),
        Step::Begin,
        Step::Write(begin(7, 9, 12, false)),
        append(12, 30),
        Step::Sync,
        Step::Sync,
        append(13, 30),
        Step::Write(Write::In(10, false)),
    ]
}

/// A script that nobody thought of.
pub(super) fn random_script(random: &mut Random) -> Vec<Step> {
    let mut model = Model::FRESH;
    let mut steps = Vec::new();
    for _ in 0..40 {
        let SeqNums { epoch, next_in, next_out, .. } = model.saved.numbers;
        let more = |number: SeqNum, by: usize| number.get().saturating_add(by as u64);
        let write = match random.below(10) {
            0..=3 => {
                let number = more(next_out, random.below(2));
                Write::Append(number, message(number, random.below(400)))
            }
            4 => Write::Out(more(next_out, random.below(3))),
            5 | 6 => Write::In(more(next_in, random.below(3)), random.below(2) == 0),
            7 if random.below(4) == 0 => {
                let by = u32::try_from(random.below(2)).unwrap_or_default();
                let (next_in, next_out) = (random.below(5) as u64, random.below(5) as u64);
                begin(epoch.saturating_add(1).saturating_add(by), next_in, next_out, false)
            }
            8 => {
                steps.push(Step::Begin);
                continue;
            }
            _ => {
                steps.push(Step::Sync);
                continue;
            }
        };
        model.apply(&write);
        steps.push(Step::Write(write));
    }
    steps
}
