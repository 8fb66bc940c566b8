//! Sessions with buffers, a store and an outbox: still no I/O and no clock.

mod accepting;
mod advance;
mod answer;
mod business;
mod closing;
mod commit;
mod connection;
mod core;
mod delivery;
mod draft;
mod error;
mod event;
mod hold;
#[cfg(feature = "schedule")]
mod hours;
mod inbound;
mod leave;
mod lent;
mod memory;
mod numbering;
mod options;
mod origin;
mod outbox;
mod pending;
mod progress;
mod proof;
mod pump;
mod reconnect;
mod reply;
mod requests;
mod ring;
mod session_id;
mod store;
mod store_error;
mod waits;
mod window;

pub use accepting::{
    AddError, Admission, AdmissionOptions, Admitted, Arrival, ConnectionId, Directory,
    FirstMessage, GivenBack, Hearing, Identity, Lobby, Look, Newcomer, Peer, Proof, Protocol,
    Proved, Removed, SessionState, Shutdown, Stopped, Throttle, ThrottleOptions, TurnedAway,
};
#[cfg(feature = "std")]
pub(crate) use business::{as_refused, write as write_business_reject};
pub use closing::{Closing, ClosingStep};
pub use commit::Fate;
pub use connection::{Connection, Entry, Life};
pub use delivery::{Delivery, Refused, RequestError, SendError};
pub use draft::Draft;
pub use error::ConnectError;
#[cfg(feature = "std")]
pub(crate) use event::Time;
pub use event::{Attempt, Event, MessageId, Resend, TimeSource};
pub use hold::HoldBuffer;
#[cfg(feature = "schedule")]
pub use hours::Hours;
pub use leave::Abandoned;
pub use memory::MemoryStore;
pub use options::{Acknowledge, ConnectionOptions, OptionsError};
pub use origin::Origin;
pub use outbox::Ticket;
pub use progress::{Progress, Snapshot, WaitsFor};
pub use reconnect::{Next, Reconnect, Why};
#[cfg(feature = "std")]
pub(crate) use reply::{Answer, BusinessRejection, Rejection};
pub use reply::{BusinessRejectReason, MessageWriter, Reply, Verdict};
pub use requests::Operation;
pub use session_id::{Party, SessionId};
pub use store::{Saved, Store};
pub use store_error::{StoreError, StoreErrorKind};
