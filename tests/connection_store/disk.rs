//! A store that does what a script says.

use std::cell::RefCell;
use std::rc::Rc;

use fixline::engine::{MemoryStore, Saved, Store, Synced};
use fixline::wire::{SeqNum, UtcTime};

/// The disk is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DiskFull;

impl std::fmt::Display for DiskFull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("disk full")
    }
}

impl std::error::Error for DiskFull {}

/// How a [`Disk`] behaves, and what it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Fails from this call on, counted down.
    pub(crate) fails_in: Option<usize>,
    /// Commits end when the test says so.
    pub(crate) slow: bool,
    pub(crate) committed: bool,
    pub(crate) syncs: usize,
    pub(crate) calls: Vec<String>,
    pub(crate) loads: usize,
}

/// A memory store that does what a script says.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) memory: MemoryStore,
    pub(crate) script: Rc<RefCell<Script>>,
}

impl Disk {
    fn write(
        &mut self,
        call: String,
        write: impl FnOnce(&mut MemoryStore) -> Result<(), std::convert::Infallible>,
    ) -> Result<(), DiskFull> {
        self.check(call)?;
        let Ok(()) = write(&mut self.memory);
        Ok(())
    }

    fn check(&self, call: String) -> Result<(), DiskFull> {
        let mut script = self.script.borrow_mut();
        script.calls.push(call);
        match &mut script.fails_in {
            Some(0) => Err(DiskFull),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Store for Disk {
    type Error = DiskFull;

    fn load(&mut self) -> Result<Saved, DiskFull> {
        self.script.borrow_mut().loads += 1;
        self.check("load".into())?;
        let Ok(saved) = self.memory.load();
        Ok(saved)
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), DiskFull> {
        self.write(format!("append {epoch}/{seq}"), |memory| memory.append(epoch, seq, message))
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), DiskFull> {
        self.write(format!("out {epoch}/{next_out}"), |memory| memory.set_next_out(epoch, next_out))
    }

    fn set_next_in(&mut self, epoch: u32, next_in: SeqNum, pending: bool) -> Result<(), DiskFull> {
        self.write(format!("in {epoch}/{next_in}"), |memory| {
            memory.set_next_in(epoch, next_in, pending)
        })
    }

    fn reset(&mut self, epoch: u32, pending: bool, now: UtcTime) -> Result<(), DiskFull> {
        self.write(format!("reset {epoch}"), |memory| memory.reset(epoch, pending, now))
    }

    fn sync(&mut self) -> Result<Synced, DiskFull> {
        self.check("sync".into())?;
        let mut script = self.script.borrow_mut();
        script.syncs += 1;
        if script.slow && !script.committed {
            return Ok(Synced::Later);
        }
        script.committed = false;
        Ok(Synced::Now)
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
    ) -> Result<Option<(SeqNum, &[u8])>, DiskFull> {
        self.check(format!("next {from}-{to}"))?;
        let Ok(found) = self.memory.next_message(epoch, from, to);
        Ok(found)
    }
}
