//! Setting the numbers of a session from outside: `SET_SESSION FIX.4.4:ISLD->TW NEXTSENDERSEQNUM=9`.

use fixline::session::{Config, SeqNums};
use fixline::wire::SeqNum;

/// What one line of the control port asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetNumber {
    /// `BeginString:SenderCompID->TargetCompID`.
    session: String,
    which: Which,
    to: SeqNum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    NextOut,
    NextIn,
}

impl SetNumber {
    /// Reads a line.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let (Some("SET_SESSION"), Some(session), Some(change), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err("write SET_SESSION BEGINSTRING:SENDER->TARGET NAME=NUMBER".to_owned());
        };
        let (which, to) = change.split_once('=').ok_or("the change is NAME=NUMBER")?;
        let which = match which {
            "NEXTSENDERSEQNUM" => Which::NextOut,
            "NEXTTARGETSEQNUM" => Which::NextIn,
            _ => return Err(format!("{which} is neither NEXTSENDERSEQNUM nor NEXTTARGETSEQNUM")),
        };
        let to = to.parse().ok().and_then(SeqNum::new).ok_or("numbers begin at 1")?;
        Ok(Self { session: session.to_owned(), which, to })
    }

    /// Whether it is about this session.
    pub(crate) fn is_for(&self, config: &Config) -> bool {
        self.session == name_of(config)
    }

    /// The next outgoing and the next incoming number then.
    pub(crate) const fn of(&self, present: SeqNums) -> (SeqNum, SeqNum) {
        match self.which {
            Which::NextOut => (self.to, present.next_in),
            Which::NextIn => (present.next_out, self.to),
        }
    }
}

/// `FIX.4.4:ISLD->TW`.
pub(crate) fn name_of(config: &Config) -> String {
    let begin_string = config.version().begin_string();
    format!("{begin_string}:{}->{}", config.sender_comp_id(), config.target_comp_id())
}
