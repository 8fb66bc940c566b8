//! What must survive a crash, and the promise that a store gives about it.

use alloc::boxed::Box;

use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

/// Where a session's numbers and sent messages are kept.
///
/// # The contract
///
/// - Writes take effect in the order in which they were made, for [`load`](Self::load) and
///   [`next_message`](Self::next_message) at once.
/// - A crash may lose writes from the newest backwards: at most those that no
///   [`sync`](Self::sync) has confirmed, and never an older one while a newer one is kept. A
///   single write is kept whole or not at all.
/// - Everything is keyed by the epoch, which is always that of the latest [`reset`](Self::reset)
///   or of what was loaded. Numbers rise within an epoch.
/// - After an error the store may hold any prefix of the writes that were not confirmed. It must
///   be usable again: the session is loaded from it before the next connection (INV-27).
///
/// A message is *kept* before a byte of it is sent, so a store that confirms what it does not
/// have breaks the promise of FIX that lost messages can be asked for (INV-04).
pub trait Store {
    /// What can go wrong.
    type Error: core::error::Error + Send + Sync + 'static;

    /// What a session goes on from. A store that never held a session gives [`Saved::FRESH`].
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn load(&mut self) -> Result<Saved, Self::Error>;

    /// Keeps a message that is about to be sent, and makes the number behind `seq` the next
    /// outgoing one, both in one write.
    ///
    /// A bounded store may forget its oldest messages for it; they are gap-filled when the peer
    /// asks for them.
    ///
    /// # Errors
    ///
    /// The message may not be kept.
    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), Self::Error>;

    /// Sets the next outgoing number: the one before it was used by a session message, which is
    /// never sent again (S-RSND-03).
    ///
    /// # Errors
    ///
    /// The number may not be kept.
    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), Self::Error>;

    /// Sets the lowest number that the application has not handled, and whether our reset still
    /// awaits the peer's agreement.
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
    ) -> Result<(), Self::Error>;

    /// Begins an epoch, at the time `now`: both numbers are 1, and there are no messages.
    ///
    /// # Errors
    ///
    /// The store may still be in the old epoch, or in the new one.
    fn reset(&mut self, epoch: u32, reset_pending: bool, now: UtcTime) -> Result<(), Self::Error>;

    /// Makes the writes durable.
    ///
    /// The first call begins a commit of everything written so far. [`Synced::Later`] says that
    /// it is still running; then further calls ask about *that* commit, until it is over, and the
    /// next call begins a new one. So a store can commit in the background, for many sessions at
    /// once, while writes go on.
    ///
    /// # Errors
    ///
    /// Some of the writes may not be durable.
    fn sync(&mut self) -> Result<Synced, Self::Error>;

    /// The first stored message numbered `from` to `to`, with its number.
    ///
    /// Lends the bytes, so that an answer to a ResendRequest holds one message in memory.
    ///
    /// # Errors
    ///
    /// The store cannot be read. A message that is damaged is not an error: it is left out, or
    /// lent as it is, and gap-filled.
    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
    ) -> Result<Option<(SeqNum, &[u8])>, Self::Error>;
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
}

/// How far a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a commit is over or it is not")]
#[must_use = "nothing may be sent before the commit is over"]
pub enum Synced {
    /// What was written when the commit began is durable.
    Now,
    /// The commit goes on; ask again.
    Later,
}

macro_rules! forward_to_owner {
    ($owner:ty) => {
        impl<S: Store + ?Sized> Store for $owner {
            type Error = S::Error;

            fn load(&mut self) -> Result<Saved, Self::Error> {
                (**self).load()
            }

            fn append(
                &mut self,
                epoch: u32,
                seq: SeqNum,
                message: &[u8],
            ) -> Result<(), Self::Error> {
                (**self).append(epoch, seq, message)
            }

            fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), Self::Error> {
                (**self).set_next_out(epoch, next_out)
            }

            fn set_next_in(
                &mut self,
                epoch: u32,
                next_in: SeqNum,
                reset_pending: bool,
            ) -> Result<(), Self::Error> {
                (**self).set_next_in(epoch, next_in, reset_pending)
            }

            fn reset(
                &mut self,
                epoch: u32,
                reset_pending: bool,
                now: UtcTime,
            ) -> Result<(), Self::Error> {
                (**self).reset(epoch, reset_pending, now)
            }

            fn sync(&mut self) -> Result<Synced, Self::Error> {
                (**self).sync()
            }

            fn next_message(
                &mut self,
                epoch: u32,
                from: SeqNum,
                to: SeqNum,
            ) -> Result<Option<(SeqNum, &[u8])>, Self::Error> {
                (**self).next_message(epoch, from, to)
            }
        }
    };
}

forward_to_owner!(&mut S);
forward_to_owner!(Box<S>);
