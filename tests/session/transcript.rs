//! What was said on a line, with names where the dictionaries are built in: printed when a test
//! fails, so that what is compared can stay as it is on the wire.

use std::collections::VecDeque;
use std::fmt;

use fixline::dictionary::StandardNames;

/// Of a longer conversation, the end is printed.
const KEPT_MAX: usize = 200;

/// The conversation of a session under test. Prints itself when it is dropped by a test that fails.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transcript {
    said: VecDeque<Said>,
}

#[derive(Clone, Debug)]
enum Said {
    ByPeer(Vec<u8>),
    ByUs(Vec<u8>),
    Noticed(String),
}

impl Transcript {
    pub(crate) fn received(&mut self, bytes: &[u8]) {
        self.push(Said::ByPeer(bytes.to_vec()));
    }

    pub(crate) fn sent(&mut self, bytes: &[u8]) {
        self.push(Said::ByUs(bytes.to_vec()));
    }

    pub(crate) fn noticed(&mut self, notice: &str) {
        self.push(Said::Noticed(notice.to_owned()));
    }

    fn push(&mut self, said: Said) {
        if self.said.len() == KEPT_MAX {
            self.said.pop_front();
        }
        self.said.push_back(said);
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = StandardNames::new();
        self.said.iter().try_for_each(|said| match said {
            Said::ByPeer(bytes) => writeln!(f, "  < {}", names.readable(bytes)),
            Said::ByUs(bytes) => writeln!(f, "  > {}", names.readable(bytes)),
            Said::Noticed(notice) => writeln!(f, "    ({notice})"),
        })
    }
}

impl Drop for Transcript {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.said.is_empty() {
            eprint!("the conversation:\n{self}");
        }
    }
}
