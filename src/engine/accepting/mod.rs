//! What acceptors of any kind share: who may come in, for which session, and who is turned away.

mod admission;
mod directory;
mod fit;
mod lobby;
mod peer;
mod recent;
mod throttle;
mod turned_away;

pub use admission::{Admission, AdmissionOptions, Admitted, ConnectionId};
pub use directory::{
    AddError, Arrival, Directory, GivenBack, Newcomer, Proof, Proved, Removed, SessionState,
    Shutdown, Stopped,
};
pub use lobby::{FirstMessage, Identity, Lobby, Look};
pub use peer::Peer;
pub use throttle::{Hearing, Throttle, ThrottleOptions};
pub use turned_away::{Protocol, TurnedAway};
