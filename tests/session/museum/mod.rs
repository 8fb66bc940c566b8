//! Bugs that sessions of other engines had: each would show here. `docs/MUSEUM.md` lists them all,
//! with those that other tests guard against, or that the construction rules out.

mod end;
mod framing;
mod gaps;
mod heartbeat;
mod logon;
mod sequence;
