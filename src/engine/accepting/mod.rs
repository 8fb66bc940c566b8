//! What acceptors of any kind share: who may come in, for which session, and who is turned away.

mod admission;
mod lobby;
mod peer;

pub use admission::{Admission, AdmissionOptions, Admitted, ConnectionId};
pub use lobby::{Identity, Lobby, Look, Stranger};
pub use peer::Peer;
