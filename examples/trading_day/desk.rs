//! The application of either side: sends orders, fills those of the other, keeps the book.
//!
//! It knows nothing of sockets: both adapters hand it the same events.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fixline::adapters::Delivery;
use fixline::engine::{Draft, Event, Outcome, Refused, Reply, Store, Ticket};
use fixline::processor::Processor;
use fixline::session::{Notice, Reason};
use fixline::wire::{Message, PutField as _, Tag};

use crate::book::{Book, Receipt};
use crate::journal::{Journal, Side};

/// How many orders of ours may be unfilled at a time.
const WINDOW: usize = 8;

/// One side's application.
pub(crate) struct Desk {
    side: Side,
    journal: Journal,
    orders: usize,
    /// Orders composed so far.
    ordered: usize,
    /// What is to be sent next, oldest first.
    outgoing: VecDeque<(String, Draft)>,
    /// What the line has taken and not numbered yet.
    waiting: BTreeMap<Ticket, (String, Draft)>,
    /// ClOrdIDs of the other side that were filled.
    filled: BTreeSet<String>,
    /// ClOrdIDs of ours that were filled.
    fills: BTreeSet<String>,
    logged_on: bool,
    book: Book,
}

impl Desk {
    pub(crate) fn new(side: Side, orders: usize, journal: Journal) -> Self {
        Self {
            side,
            journal,
            orders,
            ordered: 0,
            outgoing: VecDeque::new(),
            waiting: BTreeMap::new(),
            filled: BTreeSet::new(),
            fills: BTreeSet::new(),
            logged_on: false,
            book: Book::default(),
        }
    }

    /// Looks at one event; the message handlers are those of [`processor`].
    pub(crate) fn event<S: Store>(
        &mut self,
        event: Event<'_, S>,
        processor: &mut Processor<Self, S>,
    ) -> Option<Reason> {
        match event {
            Event::Message { epoch, message, mut reply } if !message.is_admin() => {
                self.receive(epoch, message);
                if let Err(refused) = processor.process(self, message, &mut reply) {
                    self.journal.decision(self.side, &refused.to_string(), "application");
                }
            }
            Event::Authenticate { verdict, .. } => {
                self.journal.decision(self.side, "the Logon is welcome", "S-LOGON-02");
                if let Err(error) = verdict.accept(fixline::wire::Fields::EMPTY) {
                    self.journal.decision(self.side, &error.to_string(), "application");
                }
            }
            Event::Notice(notice) => self.notice(notice),
            Event::Numbered { ticket, result } => {
                let (id, draft) = self.waiting.remove(&ticket)?;
                match result {
                    Ok(_) => self.book.sent.push(id),
                    // The line broke before it had a number: it is sent anew.
                    Err(_) => self.outgoing.push_front((id, draft)),
                }
            }
            Event::Disconnected(reason) => {
                self.logged_on = false;
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
            // Too common to be told.
            Notice::Received { .. } => return,
            _ => {}
        }
        self.journal.decision(self.side, &notice.to_string(), notice.rule());
    }

    fn receive(&mut self, epoch: u32, message: Message<'_>) {
        let id_tag = if message.msg_type() == b"8" { Tag::EXEC_ID } else { Tag::CL_ORD_ID };
        let id = message.get_str(id_tag).unwrap_or_default().to_owned();
        let seq = message.msg_seq_num();
        self.book.received.push(Receipt { epoch, seq, poss_dup: message.poss_dup(), id });
    }

    /// Sends what is to go out, oldest first, until the line takes no more; orders are made as the
    /// window allows.
    pub(crate) fn send_all(&mut self, mut send: impl FnMut(&Draft) -> Result<Delivery, Refused>) {
        while self.logged_on {
            let open = self.ordered - self.fills.len();
            if self.outgoing.is_empty() && self.ordered < self.orders && open < WINDOW {
                self.ordered += 1;
                let id = format!("{}-{}", &self.side.name()[..1], self.ordered);
                let order = order(&id, self.ordered);
                self.outgoing.push_back((id, order));
            }
            let Some((id, draft)) = self.outgoing.pop_front() else {
                return;
            };
            match send(&draft) {
                Ok(Delivery::Durable(_) | Delivery::Pending(_)) => self.book.sent.push(id),
                Ok(Delivery::Queued(ticket)) => {
                    self.waiting.insert(ticket, (id, draft));
                }
                // What is refused is tried again when the line is up.
                Err(_) => return self.outgoing.push_front((id, draft)),
            }
        }
    }

    /// Whether every order of both sides is filled.
    pub(crate) fn is_done(&self) -> bool {
        self.fills.len() == self.orders
            && self.filled.len() == self.orders
            && self.outgoing.is_empty()
            && self.waiting.is_empty()
    }

    pub(crate) fn is_logged_on(&self) -> bool {
        self.logged_on
    }

    pub(crate) fn into_book(self) -> Book {
        self.book
    }
}

/// The handlers of a desk, by MsgType.
pub(crate) fn processor<S: Store + 'static>() -> Processor<Desk, S> {
    let mut processor = Processor::new();
    processor.register("D", fill_order);
    processor.register("8", note_fill);
    processor
}

/// An order of the other side: filled at once, and once only.
fn fill_order<S: Store>(
    desk: &mut Desk,
    order: Message<'_>,
    reply: &mut Reply<'_, S>,
) -> Result<(), Refused> {
    let id = order.get_str(Tag::CL_ORD_ID).unwrap_or_default().to_owned();
    if !desk.filled.insert(id.clone()) {
        return Ok(());
    }
    let exec_id = format!("{}-X{}", &desk.side.name()[..1], desk.filled.len());
    let fill = fill(&id, &exec_id, order);
    // Behind what waits already; otherwise while the order is at hand.
    if !desk.outgoing.is_empty() {
        desk.outgoing.push_back((exec_id, fill));
        return Ok(());
    }
    match reply.send(&fill) {
        Ok(Outcome::Sent(_)) => desk.book.sent.push(exec_id),
        Ok(Outcome::Queued(ticket)) => {
            desk.waiting.insert(ticket, (exec_id, fill));
        }
        Err(_) => desk.outgoing.push_back((exec_id, fill)),
    }
    Ok(())
}

/// A fill of an order of ours.
fn note_fill<S: Store>(
    desk: &mut Desk,
    fill: Message<'_>,
    _reply: &mut Reply<'_, S>,
) -> Result<(), Refused> {
    let id = fill.get_str(Tag::CL_ORD_ID).unwrap_or_default().to_owned();
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
    let mut fill = Draft::new("8");
    fill.str(Tag::AVG_PX, "412.35")
        .str(Tag::CL_ORD_ID, id)
        .put(Tag::CUM_QTY, &copy(Tag::ORDER_QTY))
        .str(Tag::EXEC_ID, exec_id)
        .str(Tag::ORDER_ID, exec_id)
        .char(Tag::ORD_STATUS, b'2')
        .put(Tag::SIDE, &copy(Tag::SIDE))
        .put(Tag::SYMBOL, &copy(Tag::SYMBOL))
        .char(Tag::EXEC_TYPE, b'2')
        .uint(Tag::LEAVES_QTY, 0);
    fill
}
