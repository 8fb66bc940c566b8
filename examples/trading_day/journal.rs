//! What a person sees of the day: every message on the wire, every decision of either side.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use fixline::wire::{Message, Pretty, Tag};

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
    lines: Arc<Mutex<u64>>,
}

impl Journal {
    #[expect(clippy::disallowed_methods, reason = "a program, unlike the library, reads the clock")]
    pub(crate) fn new(quiet: bool) -> Self {
        Self { started: Instant::now(), quiet, lines: Arc::new(Mutex::new(0)) }
    }

    /// A message that `from` put on the wire.
    pub(crate) fn message(&self, from: Side, bytes: &[u8]) {
        let to = from.other();
        let route = format!("{} -> {}", from.name(), to.name());
        self.line(&route, &describe(bytes));
    }

    /// Something that one side decided, and the rule that made it so.
    pub(crate) fn decision(&self, side: Side, what: &str, rule: &str) {
        self.line(&format!("  {}", side.name()), &format!("  {what}  [{rule}]"));
    }

    /// Something that happened to the line itself.
    pub(crate) fn line_event(&self, what: &str) {
        self.line("  ~~ line ~~", what);
    }

    fn line(&self, who: &str, what: &str) {
        if self.quiet {
            return;
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        *lines += 1;
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

/// Name, number and the fields that matter.
fn describe(bytes: &[u8]) -> String {
    let Ok(message) = Message::parse(bytes) else {
        return Pretty(bytes).to_string();
    };
    let msg_type = String::from_utf8_lossy(message.msg_type());
    let mut text = format!("{:17}{:>5}", name(&msg_type), message.msg_seq_num());
    for field in message.header().iter().chain(message.body().iter()) {
        if let Some(name) = matters(field.tag) {
            let value = String::from_utf8_lossy(field.value);
            text.push_str(&format!("  {name}={value}"));
        }
    }
    text
}

fn name(msg_type: &str) -> &str {
    match msg_type {
        "0" => "Heartbeat",
        "1" => "TestRequest",
        "2" => "ResendRequest",
        "3" => "Reject",
        "4" => "SequenceReset",
        "5" => "Logout",
        "8" => "ExecutionReport",
        "A" => "Logon",
        "D" => "NewOrderSingle",
        other => other,
    }
}

fn matters(tag: Tag) -> Option<&'static str> {
    Some(match tag {
        Tag::POSS_DUP_FLAG => "PossDup",
        Tag::POSS_RESEND => "PossResend",
        Tag::ORIG_SENDING_TIME => "OrigSendingTime",
        Tag::BEGIN_SEQ_NO => "BeginSeqNo",
        Tag::END_SEQ_NO => "EndSeqNo",
        Tag::NEW_SEQ_NO => "NewSeqNo",
        Tag::GAP_FILL_FLAG => "GapFill",
        Tag::HEART_BT_INT => "HeartBtInt",
        Tag::RESET_SEQ_NUM_FLAG => "ResetSeqNum",
        Tag::DEFAULT_APPL_VER_ID => "DefaultApplVerID",
        Tag::TEST_REQ_ID => "TestReqID",
        Tag::TEXT => "Text",
        Tag::CL_ORD_ID => "ClOrdID",
        Tag::EXEC_ID => "ExecID",
        Tag::SYMBOL => "Symbol",
        Tag::SIDE => "Side",
        Tag::ORDER_QTY => "OrderQty",
        Tag::PRICE => "Price",
        Tag::LAST_PX => "LastPx",
        _ => return None,
    })
}
