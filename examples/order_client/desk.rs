//! One session: sends its orders, and waits until all are back.

use std::error::Error;
use std::task::Poll;
use std::time::{Duration, Instant};

use fixline::adapters::std_net::{Initiator, Stopped, TcpConnector};
use fixline::dictionary::StandardNames;
use fixline::dictionary::codes::{HandlInst, MsgType, OrdType, Side};
use fixline::engine::{Delivery, Draft, Event, Refused, SendError, Store, StoreError, Ticket};
use fixline::session::{Config, Notice, Status, Version};
use fixline::settings::Connect;
use fixline::wire::{Message, Precision, PutField as _, SeqNum, Tag, UtcTime};

use crate::book::{Book, Summary};
use crate::options::Options;

/// How many orders may be on their way.
const OPEN_ORDERS_MAX: u64 = 256;

/// How long a session that stopped rests before it tries again.
const STOPPED_PAUSE: Duration = Duration::from_secs(1);

/// How long a Logout may take.
const LOGOUT_PATIENCE: Duration = Duration::from_secs(15);

/// A session and its book.
pub(crate) struct Desk<'a, S: Store> {
    name: String,
    version: Version,
    line: Initiator<TcpConnector, S>,
    book: Book,
    options: &'a Options,
    /// The order that waits for its number: one at a time, so that none is skipped.
    queued: Option<Ticket>,
    last_order: Option<Instant>,
    last_news: Instant,
    names: StandardNames,
}

impl<'a, S: Store + 'static> Desk<'a, S> {
    pub(crate) fn new(
        name: String,
        config: &Config,
        connect: &Connect,
        mut store: S,
        mut book: Book,
        options: &'a Options,
    ) -> Result<Self, Box<dyn Error>> {
        // What the store has was sent, although a kill may have come before the book knew.
        book.sent_to(last_order(&mut store, &book)?)?;
        leave_out(&mut store, options.skip)?;
        let (first, others) = connect.hosts.split_first().ok_or("no host to connect to")?;
        let connector = others.iter().fold(TcpConnector::new(first), TcpConnector::or);
        let seed = now().as_nanos().unsigned_abs();
        let pause = connect.reconnect_interval.unwrap_or(Duration::from_secs(1));
        let policy = connect.reconnect(seed).pauses(pause, pause).without_attempt_limit();
        let line = Initiator::new(config.clone(), store, connector)?.reconnect(policy);
        let last_news = clock();
        let names = StandardNames::new();
        let version = config.version();
        Ok(Self {
            name,
            version,
            line,
            book,
            options,
            queued: None,
            last_order: None,
            last_news,
            names,
        })
    }

    /// Runs until all orders are back, or nothing has come for too long.
    pub(crate) fn run(mut self) -> Result<Summary, Box<dyn Error>> {
        while !self.is_done() && self.last_news.elapsed() < self.options.patience {
            self.send_orders()?;
            self.turn()?;
        }
        self.log_out()?;
        Ok(self.book.summary(self.options.orders))
    }

    fn is_done(&self) -> bool {
        self.book.sent() >= self.options.orders && self.book.open_orders() == 0
    }

    /// Waits for one event, and deals with it.
    fn turn(&mut self) -> Result<(), Box<dyn Error>> {
        let patience = Duration::from_millis(if self.may_send() { 1 } else { 50 });
        match self.line.next(patience) {
            Ok(Some(Event::Message { message, .. })) => {
                if let Some((number, repeated)) = answered(&self.book, message) {
                    self.last_news = clock();
                    self.book.came_back(number, repeated)?;
                } else if let Some(
                    MsgType::REJECT | MsgType::BUSINESS_MESSAGE_REJECT | MsgType::LOGOUT,
                ) = message.get_str(Tag::MSG_TYPE)
                {
                    println!("{}: {}", self.name, self.names.readable(message.bytes()));
                }
            }
            Ok(Some(Event::Sent { ticket, result })) if self.queued == Some(ticket) => {
                self.queued = None;
                if !matches!(result, Err(SendError::Refused(_))) {
                    self.book.sent_to(self.book.sent() + 1)?;
                }
            }
            Ok(Some(Event::Notice(notice))) => self.report(notice),
            Ok(Some(Event::Disconnected(reason))) => println!("{}: {reason}", self.name),
            Ok(Some(Event::StoreFailed(error))) => println!("{}: {error}", self.name),
            Ok(Some(Event::ConnectFailed { address, error, .. })) => {
                println!("{}: {address}: {error}", self.name);
            }
            Ok(Some(Event::NeedsOperator { advice, .. })) => println!("{}: {advice}", self.name),
            Ok(_) => {}
            Err(Stopped(reason)) => {
                println!("{}: stopped: {reason}", self.name);
                std::thread::sleep(STOPPED_PAUSE);
                self.line.resume();
            }
        }
        Ok(())
    }

    fn report(&self, notice: Notice) {
        println!("{}: {notice} [{}]", self.name, notice.rule());
    }

    /// Whether an order could go out now, but for the rate.
    fn may_send(&self) -> bool {
        let up = Status::LoggedOn { recovering: false, replaying: false };
        self.line.connection().is_some_and(|connection| connection.status() == up)
            && self.queued.is_none()
            && self.book.sent() < self.options.orders
            && self.book.open_orders() < OPEN_ORDERS_MAX
    }

    /// Sends what the rate and the orders that are out allow.
    fn send_orders(&mut self) -> Result<(), Box<dyn Error>> {
        while self.may_send() && self.last_order.is_none_or(|at| at.elapsed() >= self.options.pause)
        {
            let order = order(self.version, &self.book.next_id());
            match self.line.send(&order) {
                Ok(Delivery::Durable(_) | Delivery::Pending(_)) | Err(SendError::Unknown(_)) => {
                    self.book.sent_to(self.book.sent() + 1)?;
                }
                Ok(Delivery::Queued(ticket)) => self.queued = Some(ticket),
                // The line is about to end; the next Logon tries again.
                Err(SendError::Refused(Refused::Session(_) | Refused::StoreFailed)) => {
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
            self.last_order = Some(clock());
        }
        Ok(())
    }

    /// Says goodbye, if anybody listens.
    fn log_out(&mut self) -> Result<(), Box<dyn Error>> {
        if self.line.logout("").is_err() {
            return Ok(());
        }
        let since = clock();
        while since.elapsed() < LOGOUT_PATIENCE {
            match self.line.next(Duration::from_millis(100)) {
                Ok(Some(Event::Disconnected(reason))) => println!("{}: {reason}", self.name),
                Ok(Some(Event::Message { message, .. })) => {
                    if let Some((number, repeated)) = answered(&self.book, message) {
                        self.book.came_back(number, repeated)?;
                    }
                }
                Ok(_) => {}
                // Behind the last event: what was handled is stored.
                Err(Stopped(_)) => return Ok(()),
            }
        }
        Err("the counterparty did not answer our Logout".into())
    }
}

/// The order that a message answers, and whether the message is marked as a repetition.
fn answered(book: &Book, message: Message<'_>) -> Option<(u64, bool)> {
    let msg_type = message.get_str(Tag::MSG_TYPE);
    let is_answer = matches!(msg_type, Some(MsgType::NEW_ORDER_SINGLE | MsgType::EXECUTION_REPORT));
    let id = message.get(Tag::CL_ORD_ID).filter(|_| is_answer)?;
    Some((book.number_of(id)?, message.poss_dup()))
}

/// The last order that the store has.
fn last_order<S: Store>(store: &mut S, book: &Book) -> Result<u64, StoreError> {
    let numbers = at_once(store.load(None))?.numbers;
    let (mut from, mut last) = (SeqNum::MIN, 0);
    let to = numbers.next_out;
    while let Some((seq, bytes)) = at_once(store.next_message(numbers.epoch, from, to, None))? {
        if let Ok(message) = Message::parse(bytes)
            && let Some((number, _)) = answered(book, message)
        {
            last = last.max(number);
        }
        from = seq.next();
    }
    Ok(last)
}

/// Raises the next outgoing number by so many.
fn leave_out<S: Store>(store: &mut S, numbers: u64) -> Result<(), StoreError> {
    let saved = at_once(store.load(None))?.numbers;
    match SeqNum::new(saved.next_out.get().saturating_add(numbers)) {
        Some(next) if numbers > 0 => {
            store.set_next_out(saved.epoch, next)?;
            at_once(store.sync(None))
        }
        _ => Ok(()),
    }
}

/// What a store answers that is asked without a waker.
fn at_once<T>(answer: Poll<Result<T, StoreError>>) -> Result<T, StoreError> {
    match answer {
        Poll::Ready(answer) => answer,
        Poll::Pending => Err(StoreError::misuse("the store must answer now without a waker")),
    }
}

/// A market order with what each version demands.
fn order(version: Version, id: &str) -> Draft {
    let mut order = Draft::new(MsgType::NEW_ORDER_SINGLE);
    order.str(Tag::CL_ORD_ID, id).uint(Tag::ORDER_QTY, 100).str(Tag::SYMBOL, "FIX");
    order.str(Tag::HANDL_INST, HandlInst::AUTOMATED_EXECUTION_NO_INTERVENTION);
    order.str(Tag::ORD_TYPE, OrdType::MARKET).str(Tag::SIDE, Side::BUY);
    if version >= Version::Fix42 {
        order.time(Tag::TRANSACT_TIME, now(), Precision::MILLIS);
    }
    order
}

#[expect(clippy::disallowed_methods, reason = "a client has the time from its clocks")]
fn clock() -> Instant {
    Instant::now()
}

/// The time for TransactTime(60).
fn now() -> UtcTime {
    fixline::adapters::Clock::new().now().utc
}
