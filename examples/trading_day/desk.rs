//! The application of either side: sends orders, fills those of the other, keeps the book.
//!
//! It knows nothing of sockets: both adapters hand it the same events.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fixline::engine::{Delivery, Draft, Event, Reply, SendError, Ticket};
use fixline::processor::Processor;
use fixline::session::{Notice, Reason};
use fixline::wire::{Message, PutField as _, Tag};

use crate::book::{Book, Dispatch, Receipt};
use crate::journal::{Journal, Side};

/// How many orders of ours may be unfilled at a time.
const WINDOW: usize = 8;

/// How many waits without an event make a day quiet that had resets: by then whatever a reset lost
/// has been asked for again.
const QUIET: usize = 25;

/// Something to be sent.
#[derive(Clone, Debug)]
struct Outgoing {
    id: String,
    draft: Draft,
    /// The place of an order among ours; a fill has none.
    order: Option<usize>,
    /// Whether it was sent before a reset (PossResend).
    again: bool,
}

/// One side's application.
pub(crate) struct Desk {
    side: Side,
    journal: Journal,
    orders: usize,
    /// Orders composed so far.
    ordered: usize,
    /// What is to be sent next, oldest first.
    outgoing: VecDeque<Outgoing>,
    /// What the line has taken and not numbered yet.
    waiting: BTreeMap<Ticket, Outgoing>,
    /// What is to be sent before that: the line gave it back, or a reset overtook it.
    returned: Vec<Outgoing>,
    /// ClOrdIDs of the other side that were filled, and the fills.
    filled: BTreeMap<String, Outgoing>,
    /// ClOrdIDs of ours that were filled.
    fills: BTreeSet<String>,
    /// Orders of ours that were sent and are not filled.
    open: BTreeMap<usize, Outgoing>,
    /// Behind how many received messages the numbers are to be reset.
    resets: VecDeque<usize>,
    reset_under_way: bool,
    resets_seen: usize,
    epoch: u32,
    idle: usize,
    logged_on: bool,
    book: Book,
}

impl Desk {
    pub(crate) fn new(side: Side, orders: usize, resets: Vec<usize>, journal: Journal) -> Self {
        Self {
            side,
            journal,
            orders,
            ordered: 0,
            outgoing: VecDeque::new(),
            waiting: BTreeMap::new(),
            returned: Vec::new(),
            filled: BTreeMap::new(),
            fills: BTreeSet::new(),
            open: BTreeMap::new(),
            resets: resets.into(),
            reset_under_way: false,
            resets_seen: 0,
            epoch: 0,
            idle: 0,
            logged_on: false,
            book: Book::default(),
        }
    }

    /// Looks at one event; the message handlers are those of [`processor`].
    pub(crate) fn event(
        &mut self,
        event: Event<'_>,
        processor: &mut Processor<Self>,
    ) -> Option<Reason> {
        self.idle = 0;
        match event {
            Event::Message { epoch, message, mut reply, .. } if !message.is_admin() => {
                self.receive(epoch, message);
                if let Err(error) = processor.process(self, message, &mut reply) {
                    self.journal.decision(self.side, &error.to_string(), "application");
                }
            }
            Event::Authenticate { verdict, .. } => {
                self.journal.decision(self.side, "the Logon is welcome", "S-LOGON-02");
                if let Err(error) = verdict.accept(fixline::wire::Fields::EMPTY) {
                    self.journal.decision(self.side, &error.to_string(), "application");
                }
            }
            Event::Notice(notice) => self.notice(notice),
            Event::Sent { ticket, result } => {
                let outgoing = self.waiting.remove(&ticket)?;
                match result {
                    Ok(Delivery::Durable(sent) | Delivery::Pending(sent))
                    | Err(SendError::Unknown(sent)) => self.sent(outgoing, sent.epoch),
                    Ok(Delivery::Queued(ticket)) => {
                        self.waiting.insert(ticket, outgoing);
                    }
                    // The line broke before it had a number, or the numbers are being reset: it is
                    // sent anew, and nothing before all that comes back with it.
                    Err(SendError::Refused(_)) => {
                        self.logged_on = false;
                        self.returned.push(outgoing);
                    }
                }
            }
            Event::ConnectFailed { address, error, .. } => {
                self.journal.decision(self.side, &format!("{address}: {error}"), "application");
            }
            Event::Disconnected(reason) => {
                self.logged_on = false;
                self.reset_under_way = false;
                self.journal.decision(self.side, &reason.to_string(), reason.rule());
                return Some(reason);
            }
            _ => {}
        }
        None
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::LoggedOn { .. } => self.logged_on = true,
            Notice::Reset { epoch } => self.carry_over(epoch),
            // Too common to be told.
            Notice::Received { .. } => return,
            _ => {}
        }
        self.journal.decision(self.side, &notice.to_string(), notice.rule());
    }

    /// What was on its way when the numbers were reset may be lost: whatever is still open is sent
    /// once more, flagged, and the other side says again what it said to it.
    fn carry_over(&mut self, epoch: u32) {
        self.logged_on = true;
        self.epoch = epoch;
        self.resets_seen += 1;
        if self.reset_under_way {
            self.reset_under_way = false;
            self.resets.pop_front();
        }
        for outgoing in std::mem::take(&mut self.open).into_values().rev() {
            self.outgoing.push_front(outgoing.once_more());
        }
    }

    fn receive(&mut self, epoch: u32, message: Message<'_>) {
        let id_tag = if message.msg_type() == b"8" { Tag::EXEC_ID } else { Tag::CL_ORD_ID };
        let id = message.get_str(id_tag).unwrap_or_default().to_owned();
        let (seq, poss_dup) = (message.msg_seq_num(), message.poss_dup());
        let poss_resend = is_poss_resend(message);
        self.book.received.push(Receipt { epoch, seq, poss_dup, poss_resend, id });
    }

    /// This has a number of that epoch.
    fn sent(&mut self, outgoing: Outgoing, epoch: u32) {
        let Outgoing { id, order, again, .. } = &outgoing;
        self.book.sent.push(Dispatch { id: id.clone(), poss_resend: *again });
        match *order {
            Some(_) if self.fills.contains(id) => {}
            // Numbered before the reset, and reported behind it.
            Some(_) if epoch < self.epoch => self.returned.push(outgoing.once_more()),
            Some(number) => {
                self.open.insert(number, outgoing);
            }
            None => {}
        }
    }

    /// Sends what is to go out, oldest first, until the line takes no more; orders are made as the
    /// window allows.
    pub(crate) fn send_all(&mut self, mut send: impl FnMut(&Draft) -> Result<Delivery, SendError>) {
        if !self.logged_on {
            return;
        }
        for outgoing in std::mem::take(&mut self.returned).into_iter().rev() {
            self.outgoing.push_front(outgoing);
        }
        loop {
            let open = self.ordered - self.fills.len();
            if self.outgoing.is_empty() && self.ordered < self.orders && open < WINDOW {
                self.ordered += 1;
                let id = format!("{}-{}", &self.side.name()[..1], self.ordered);
                let draft = order(&id, self.ordered);
                let order = Some(self.ordered);
                self.outgoing.push_back(Outgoing { id, draft, order, again: false });
            }
            let Some(outgoing) = self.outgoing.pop_front() else {
                return;
            };
            match send(&outgoing.draft) {
                Ok(Delivery::Durable(sent) | Delivery::Pending(sent))
                | Err(SendError::Unknown(sent)) => self.sent(outgoing, sent.epoch),
                Ok(Delivery::Queued(ticket)) => {
                    self.waiting.insert(ticket, outgoing);
                }
                // What is refused is tried again when the line is up.
                Err(SendError::Refused(_)) => return self.outgoing.push_front(outgoing),
            }
        }
    }

    /// Resets the numbers when it is time; tried again when the line breaks before it is done.
    pub(crate) fn reset<E>(&mut self, operate: impl FnOnce() -> Result<(), E>) {
        if self.may_reset() {
            self.reset_asked(operate().is_ok());
        }
    }

    /// Whether it is time to reset the numbers.
    pub(crate) fn may_reset(&self) -> bool {
        let is_time = self.resets.front().is_some_and(|at| *at <= self.book.received.len());
        is_time && self.logged_on && !self.reset_under_way
    }

    /// A reset was asked for; refused while the session is busy with something else.
    pub(crate) const fn reset_asked(&mut self, taken: bool) {
        self.reset_under_way = taken;
    }

    /// A wait went by without an event.
    pub(crate) const fn idle(&mut self) {
        self.idle += 1;
    }

    /// Whether every order of both sides is filled, and every reset done.
    pub(crate) fn is_done(&self) -> bool {
        self.fills.len() == self.orders
            && self.filled.len() == self.orders
            && self.outgoing.is_empty()
            && self.waiting.is_empty()
            && self.returned.is_empty()
            && self.resets.is_empty()
    }

    /// Whether the day may end. A fill that a reset lost is missed by the other side only, which
    /// asks for it by its order.
    pub(crate) fn may_go_home(&self) -> bool {
        let quiet = self.resets_seen == 0 || self.idle >= QUIET;
        self.is_done() && self.logged_on && quiet
    }

    pub(crate) const fn resets_seen(&self) -> usize {
        self.resets_seen
    }

    pub(crate) fn into_book(self) -> Book {
        self.book
    }
}

impl Outgoing {
    fn once_more(mut self) -> Self {
        if !self.again {
            self.again = true;
            self.draft.char(Tag::POSS_RESEND, b'Y');
        }
        self
    }
}

fn is_poss_resend(message: Message<'_>) -> bool {
    message.get(Tag::POSS_RESEND) == Some(b"Y")
}

/// The handlers of a desk, by MsgType.
pub(crate) fn processor() -> Processor<Desk> {
    let mut processor = Processor::new();
    processor.register("D", fill_order);
    processor.register("8", note_fill);
    processor
}

/// An order of the other side: filled at once, and once only. One that may have been sent before is
/// answered with the fill that it got then.
fn fill_order(desk: &mut Desk, order: Message<'_>, reply: &mut Reply<'_>) -> Result<(), SendError> {
    let id = order.get_str(Tag::CL_ORD_ID).unwrap_or_default().to_owned();
    let outgoing = match desk.filled.get(&id) {
        Some(fill) if is_poss_resend(order) => fill.clone().once_more(),
        Some(_) => return Ok(()),
        None => {
            let exec_id = format!("{}-X{}", &desk.side.name()[..1], desk.filled.len() + 1);
            let draft = fill(&id, &exec_id, order);
            let outgoing = Outgoing { id: exec_id, draft, order: None, again: false };
            desk.filled.insert(id, outgoing.clone());
            outgoing
        }
    };
    // Behind what waits already; otherwise while the order is at hand.
    if !desk.outgoing.is_empty() || !desk.returned.is_empty() {
        desk.outgoing.push_back(outgoing);
        return Ok(());
    }
    match reply.send(&outgoing.draft) {
        Ok(Delivery::Durable(sent) | Delivery::Pending(sent)) | Err(SendError::Unknown(sent)) => {
            desk.sent(outgoing, sent.epoch);
        }
        Ok(Delivery::Queued(ticket)) => {
            desk.waiting.insert(ticket, outgoing);
        }
        Err(SendError::Refused(_)) => desk.outgoing.push_back(outgoing),
    }
    Ok(())
}

/// A fill of an order of ours.
fn note_fill(desk: &mut Desk, fill: Message<'_>, _reply: &mut Reply<'_>) -> Result<(), SendError> {
    let id = fill.get_str(Tag::CL_ORD_ID).unwrap_or_default().to_owned();
    desk.open.retain(|_, order| order.id != id);
    desk.outgoing.retain(|outgoing| outgoing.id != id);
    desk.fills.insert(id);
    Ok(())
}

fn order(id: &str, number: usize) -> Draft {
    let mut order = Draft::new("D");
    order
        .str(Tag::CL_ORD_ID, id)
        .char(Tag::HANDL_INST, b'1')
        .uint(Tag::ORDER_QTY, 100 * (1 + number as u64 % 9))
        .char(Tag::ORD_TYPE, b'2')
        .str(Tag::PRICE, "412.35")
        .char(Tag::SIDE, if number.is_multiple_of(2) { b'2' } else { b'1' })
        .str(Tag::SYMBOL, "MSFT")
        .str(Tag::TRANSACT_TIME, "20261122-09:30:00");
    order
}

fn fill(id: &str, exec_id: &str, order: Message<'_>) -> Draft {
    let copy = |tag| order.get(tag).unwrap_or(b"0").to_vec();
    // FIX.4.3 replaced the value of fills by one of trades.
    let is_early = matches!(order.begin_string(), b"FIX.4.0" | b"FIX.4.1" | b"FIX.4.2");
    let mut fill = Draft::new("8");
    fill.str(Tag::AVG_PX, "412.35")
        .str(Tag::CL_ORD_ID, id)
        .put(Tag::CUM_QTY, &copy(Tag::ORDER_QTY))
        .str(Tag::EXEC_ID, exec_id)
        .str(Tag::ORDER_ID, exec_id)
        .char(Tag::ORD_STATUS, b'2')
        .put(Tag::SIDE, &copy(Tag::SIDE))
        .put(Tag::SYMBOL, &copy(Tag::SYMBOL))
        .char(Tag::EXEC_TYPE, if is_early { b'2' } else { b'F' })
        .uint(Tag::LEAVES_QTY, 0);
    fill
}
