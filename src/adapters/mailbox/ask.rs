//! What may be asked of a session besides sending.

use alloc::boxed::Box;
use alloc::string::String;
use core::time::Duration;

use crate::engine::{Attempt, Operation, Resend};
use crate::session::Refusal;
use crate::wire::{Body, SeqNum, Tag};

/// A request that is no message.
#[derive(Debug)]
pub(in crate::adapters) enum Ask {
    Logout(Box<str>),
    Operate(Operation),
    SetSeqNums {
        next_out: SeqNum,
        next_in: SeqNum,
    },
    /// Log out, give the peer so long to answer, then end the line and drive it no more.
    Shutdown {
        text: Box<str>,
        patience: Duration,
    },
    /// Have the peer prove that it is there.
    Prove {
        patience: Duration,
    },
    /// End the connection: the peer is back on another one.
    Replace,
    /// Connect again although the initiator has stopped.
    Resume,
    Accept(Attempt, Body),
    Refuse(Attempt, OwnedRefusal),
    Sign(Attempt, Body),
    /// The decision about an old message that is to be sent again.
    Resend(Resend),
    Reject {
        message: Box<[u8]>,
        reason: Option<u16>,
        tag: Option<Tag>,
        text: Box<str>,
    },
}

/// A refusal that is carried to the driver.
#[derive(Debug)]
pub(in crate::adapters) enum OwnedRefusal {
    Silent,
    Logout { status: Option<u16>, text: String },
    Undecided,
}

impl OwnedRefusal {
    pub(super) fn of(refusal: Refusal<'_>) -> Self {
        match refusal {
            Refusal::Silent => Self::Silent,
            Refusal::Logout { status, text } => Self::Logout { status, text: text.into() },
            Refusal::Undecided => Self::Undecided,
        }
    }

    pub(super) fn as_refusal(&self) -> Refusal<'_> {
        match self {
            Self::Silent => Refusal::Silent,
            Self::Undecided => Refusal::Undecided,
            Self::Logout { status, text } => Refusal::Logout { status: *status, text },
        }
    }
}
