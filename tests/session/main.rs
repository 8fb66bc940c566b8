//! The session at virtual time: what goes in, what comes out, written as people write FIX.

mod line;

mod agreed;
mod agreed_bytes;
mod appl_versions;
mod compose;
mod dictionary;
mod dictionary_text;
mod gaps;
mod garbled;
mod heartbeat;
mod holes;
mod identity;
mod logon;
mod logon_fields;
mod logout;
mod misuse;
mod next_expected;
mod numbers;
mod operator;
mod options;
mod parties;
mod poss_dup;
mod quickfix;
mod reject;
mod replay;
mod reset;
mod room;
mod secrets;
mod sending_time;
mod sequence_reset;
mod states;
mod versions;
