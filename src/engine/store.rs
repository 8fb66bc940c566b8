//! What must survive a crash, and the promise that a store gives about it.

use alloc::boxed::Box;
use core::task::{Poll, Waker};

use super::store_error::StoreError;
use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

/// Where a session's numbers and sent messages are kept.
///
/// # The contract
///
/// - Nothing but [`load`](Self::load) is called before it has answered.
/// - Writes take effect in the order in which they were made, for [`load`](Self::load) and
///   [`next_message`](Self::next_message) at once.
/// - A crash may lose writes from the newest backwards: at most those that no
///   [`sync`](Self::sync) has confirmed, and never an older one while a newer one is kept. A
///   single write is kept whole or not at all.
/// - Everything is keyed by the epoch, which is always that of the latest [`reset`](Self::reset)
///   or of what was loaded. Within an epoch numbers only rise; the one way down is a new epoch,
///   and epochs rise. A store refuses a write that breaks this with
///   [`StoreErrorKind::Misuse`](super::StoreErrorKind::Misuse), and nothing changes.
/// - After any other error the store may hold any prefix of the writes that were not confirmed.
///   It refuses every call with [`StoreErrorKind::Failed`](super::StoreErrorKind::Failed) until
///   it is loaded again (INV-27).
///
/// A message is *kept* before a byte of it is sent, so a store that confirms what it does not
/// have breaks the promise of FIX that lost messages can be asked for (INV-04).
///
/// # Waiting
///
/// [`load`](Self::load), [`sync`](Self::sync) and [`next_message`](Self::next_message) take a
/// waker. Without one they answer now, and block the thread for it if need be. With one they never
/// block: [`Poll::Pending`] promises one wake when it is worth asking again, and the waker of a
/// later call takes the place of an earlier one.
pub trait Store: Send {
    /// What a session goes on from. A store that never held a session gives [`Saved::FRESH`].
    ///
    /// Nobody asks any more about a commit that goes on: the next [`sync`](Self::sync) begins a
    /// new one, of everything that is not durable.
    ///
    /// # Errors
    ///
    /// The store cannot be opened or read.
    fn load(&mut self, waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>>;

    /// Keeps a message that is about to be sent, and makes the number behind `seq` the next
    /// outgoing one, both in one write.
    ///
    /// A bounded store may forget its oldest messages for it; they are gap-filled when the peer
    /// asks for them.
    ///
    /// # Errors
    ///
    /// The message may not be kept.
    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError>;

    /// Raises the next outgoing number: the one before it was used by a session message, which is
    /// never sent again (S-RSND-03).
    ///
    /// # Errors
    ///
    /// The number may not be kept.
    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError>;

    /// Raises the lowest number that the application has not handled, and says whether our reset
    /// still awaits the peer's agreement.
    ///
    /// Losing this write is safe: messages are then delivered again, with PossDupFlag(43)=Y.
    ///
    /// # Errors
    ///
    /// The number may not be kept.
    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        reset_pending: bool,
    ) -> Result<(), StoreError>;

    /// Begins the epoch of these numbers at the time `now`, without messages. The epoch is higher
    /// than the present one; that of a fresh store may also be the same.
    ///
    /// # Errors
    ///
    /// The store may still be in the old epoch, or in the new one.
    fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError>;

    /// Makes the writes durable.
    ///
    /// The first call begins a commit of everything written so far. While that is
    /// [`Poll::Pending`], further calls ask about *that* commit; the call after its answer begins
    /// a new one. So a store can commit in the background, for many sessions at once, while writes
    /// go on.
    ///
    /// # Errors
    ///
    /// Some of the writes may not be durable.
    fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>>;

    /// The first stored message numbered `from` to `to`, with its number.
    ///
    /// Lends the bytes, so that an answer to a ResendRequest holds one message in memory.
    ///
    /// # Errors
    ///
    /// The store cannot be read. A message that is damaged is not an error: it is left out, or
    /// lent as it is, and gap-filled.
    #[expect(clippy::type_complexity, reason = "every store writes it out")]
    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>>;
}

/// What a [`Store`] gives to a session that is rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "every store makes one")]
pub struct Saved {
    /// The numbers; the incoming one is the lowest that the application has not handled.
    pub numbers: SeqNums,
    /// When the epoch began; `None` before the first one.
    pub created: Option<UtcTime>,
}

impl Saved {
    /// What a store that never held a session gives.
    pub const FRESH: Self = Self { numbers: SeqNums::FRESH, created: None };

    /// Checks a message that is to be kept against the contract of [`Store`], for stores.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Misuse`](super::StoreErrorKind::Misuse).
    pub fn check_append(&self, epoch: u32, seq: SeqNum) -> Result<(), StoreError> {
        self.check_epoch(epoch)?;
        rising("the number of a message", self.numbers.next_out, seq)
    }

    /// Checks a next outgoing number against the contract of [`Store`].
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Misuse`](super::StoreErrorKind::Misuse).
    pub fn check_next_out(&self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
        self.check_epoch(epoch)?;
        rising("the next outgoing number", self.numbers.next_out, next_out)
    }

    /// Checks a next incoming number against the contract of [`Store`].
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Misuse`](super::StoreErrorKind::Misuse).
    pub fn check_next_in(&self, epoch: u32, next_in: SeqNum) -> Result<(), StoreError> {
        self.check_epoch(epoch)?;
        rising("the next incoming number", self.numbers.next_in, next_in)
    }

    /// Checks the beginning of an epoch against the contract of [`Store`].
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Misuse`](super::StoreErrorKind::Misuse).
    pub fn check_reset(&self, begin: SeqNums) -> Result<(), StoreError> {
        let epoch = self.numbers.epoch;
        if begin.epoch > epoch || (self.created.is_none() && begin.epoch == epoch) {
            return Ok(());
        }
        Err(StoreError::misuse(format_args!(
            "epoch {} cannot begin behind epoch {epoch}",
            begin.epoch
        )))
    }

    fn check_epoch(&self, epoch: u32) -> Result<(), StoreError> {
        if epoch == self.numbers.epoch {
            return Ok(());
        }
        let present = self.numbers.epoch;
        Err(StoreError::misuse(format_args!("a write for epoch {epoch} in epoch {present}")))
    }
}

fn rising(what: &str, present: SeqNum, new: SeqNum) -> Result<(), StoreError> {
    if new >= present {
        return Ok(());
    }
    Err(StoreError::misuse(format_args!("{what} cannot go back from {present} to {new}")))
}

macro_rules! forward_to_owner {
    ($owner:ty) => {
        impl<S: Store + ?Sized> Store for $owner {
            fn load(&mut self, waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
                (**self).load(waker)
            }

            fn append(
                &mut self,
                epoch: u32,
                seq: SeqNum,
                message: &[u8],
            ) -> Result<(), StoreError> {
                (**self).append(epoch, seq, message)
            }

            fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
                (**self).set_next_out(epoch, next_out)
            }

            fn set_next_in(
                &mut self,
                epoch: u32,
                next_in: SeqNum,
                reset_pending: bool,
            ) -> Result<(), StoreError> {
                (**self).set_next_in(epoch, next_in, reset_pending)
            }

            fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
                (**self).reset(begin, now)
            }

            fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
                (**self).sync(waker)
            }

            fn next_message(
                &mut self,
                epoch: u32,
                from: SeqNum,
                to: SeqNum,
                waker: Option<&Waker>,
            ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
                (**self).next_message(epoch, from, to, waker)
            }
        }
    };
}

forward_to_owner!(&mut S);
forward_to_owner!(Box<S>);
