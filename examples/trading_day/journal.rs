//! What a person sees of the day: every message on the wire, every decision of either side.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use fixline::dictionary::StandardNames;
use fixline::wire::Message;

/// The two sides of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Broker,
}

impl Side {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Client => "CLIENT",
            Self::Broker => "BROKER",
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Client => Self::Broker,
            Self::Broker => Self::Client,
        }
    }
}

/// Writes lines, in the order in which things happened.
#[derive(Clone)]
pub(crate) struct Journal {
    started: Instant,
    quiet: bool,
    names: Arc<Mutex<StandardNames>>,
}

impl Journal {
    #[expect(clippy::disallowed_methods, reason = "a program, unlike the library, reads the clock")]
    pub(crate) fn new(quiet: bool) -> Self {
        Self { started: Instant::now(), quiet, names: Arc::default() }
    }

    /// A message that `from` put on the wire.
    pub(crate) fn message(&self, from: Side, bytes: &[u8]) {
        let to = from.other();
        let route = format!("{} -> {}", from.name(), to.name());
        self.line(&route, |names| describe(names, bytes));
    }

    /// Something that one side decided, and the rule that made it so.
    pub(crate) fn decision(&self, side: Side, what: &str, rule: &str) {
        self.line(&format!("  {}", side.name()), |_| format!("  {what}  [{rule}]"));
    }

    /// Something that happened to the line itself.
    pub(crate) fn line_event(&self, what: &str) {
        self.line("  ~~ line ~~", |_| what.to_owned());
    }

    fn line(&self, who: &str, what: impl FnOnce(&StandardNames) -> String) {
        if self.quiet {
            return;
        }
        // Held while the line is printed, so that lines stay whole.
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let what = what(&names);
        let at = self.started.elapsed();
        // A closed pipe ends the printing, not the day.
        let _closed = writeln!(
            std::io::stdout(),
            "{:3}.{:03}  {who:18}{what}",
            at.as_secs(),
            at.subsec_millis()
        );
    }
}

/// MsgType and number, then the fields that tell more than the line does anyway.
pub(crate) fn describe(names: &StandardNames, bytes: &[u8]) -> String {
    let text = names.readable(bytes);
    let Ok(message) = Message::parse(bytes) else {
        return text;
    };
    let (mut msg_type, mut rest) = ("", String::new());
    for field in text.split_terminator('|') {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        match name.rsplit(' ').next() {
            Some("35") => msg_type = value,
            Some("8" | "9" | "34" | "49" | "52" | "56" | "10") => {}
            _ => {
                rest.push_str(field);
                rest.push('|');
            }
        }
    }
    format!("{msg_type:18}{:>5}  {rest}", message.msg_seq_num())
}
