//! The session at virtual time: what goes in, what comes out, written as people write FIX.

mod line;

mod gaps;
mod logon;
mod logout;
mod next_expected;
mod options;
mod replay;
mod reset;
