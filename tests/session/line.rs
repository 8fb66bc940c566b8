//! One session with a driver that does everything it is told, and writes down what that was.
//!
//! Messages are written `35=D|34=2|11=A`: the fields 8, 9, 49, 56, 52 and 10 are added on the way
//! in, unless given, and checked and left out on the way out.

#[path = "contract.rs"]
mod contract;
#[path = "transcript.rs"]
mod transcript;

use std::collections::BTreeMap;
use std::time::Duration;

use fixline::session::{
    Action, Actions, Blocked, Config, ConfigBuilder, Header, Input, Instant, Keep, Misuse, Now,
    Refusal, ResendPolicy, Role, SendError, SeqNums, Session, Status, Timer, Version,
};
use fixline::wire::{Body, Fields, Message, SendBuffer, SeqNum, Tag, UtcTime, Writer, from_text};

use contract::{Before, Contract};
use transcript::Transcript;

/// A session under test, called `US`; its peer is called `PEER`.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) session: Session,
    pub(crate) out: SendBuffer,
    pub(crate) now: Now,
    /// What a store would hold: message bytes by epoch and number.
    pub(crate) stored: BTreeMap<(u32, u64), Vec<u8>>,
    pub(crate) held: BTreeMap<u64, Vec<u8>>,
    /// The rule ids of everything that was noticed since the last look.
    pub(crate) rules: Vec<&'static str>,
    pub(crate) notices: Vec<String>,
    /// Whether what may be flushed is flushed at once.
    pub(crate) flushes: bool,
    /// Whether Fetch is answered from `stored` at once.
    pub(crate) serves: bool,
    /// Whether what is recalled is given back at once.
    pub(crate) gives_back: bool,
    /// What was recalled and not given back yet.
    pub(crate) recalls: Vec<SeqNum>,
    /// Whether what is to be held is held.
    pub(crate) holds: bool,
    pub(crate) fetch: Option<(u32, SeqNum, SeqNum)>,
    received: Vec<u8>,
    pub(crate) contract: Contract,
    pub(crate) attempt: u32,
    signed_at: Option<UtcTime>,
    /// What was said so far, for whoever looks into a failure.
    pub(crate) transcript: Transcript,
}

pub(crate) fn initiator(version: Version) -> ConfigBuilder {
    Config::initiator(version, "US", "PEER", ResendPolicy::All)
}

pub(crate) fn acceptor(version: Version) -> ConfigBuilder {
    Config::acceptor(version, "US", "PEER", ResendPolicy::All)
}

pub(crate) const fn seq(number: u64) -> SeqNum {
    match SeqNum::new(number) {
        Some(seq) => seq,
        None => panic!("0 is no number"),
    }
}

pub(crate) const fn nums(next_in: u64, next_out: u64) -> SeqNums {
    SeqNums { epoch: 0, next_in: seq(next_in), next_out: seq(next_out), reset_pending: false }
}

/// `text` as it is sent again, with its first SendingTime at 09:29.
pub(crate) fn repetition(text: &str) -> String {
    let (mut head, mut body) = (Vec::new(), Vec::new());
    for field in text.split('|') {
        let first = field.starts_with("35=") || field.starts_with("34=");
        if first { &mut head } else { &mut body }.push(field);
    }
    head.extend(["43=Y", "122=20261122-09:29:00"]);
    head.extend(body);
    head.join("|")
}

impl Line {
    /// A session with its transport down, at 09:30.
    pub(crate) fn new(config: ConfigBuilder, numbers: SeqNums) -> Self {
        let config = config.build().expect("the test's configuration is valid");
        let out = SendBuffer::with_capacity(config.send_buffer_min());
        let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
        Self {
            session: Session::new(config, numbers),
            out,
            now: Now::new(Instant::from_millis(1_000_000), utc),
            stored: BTreeMap::new(),
            held: BTreeMap::new(),
            rules: Vec::new(),
            notices: Vec::new(),
            flushes: true,
            serves: true,
            gives_back: true,
            recalls: Vec::new(),
            holds: true,
            fetch: None,
            received: Vec::new(),
            contract: Contract::default(),
            attempt: 0,
            signed_at: None,
            transcript: Transcript::default(),
        }
    }

    /// Logged on, both sides at number 2.
    pub(crate) fn up(config: ConfigBuilder) -> Self {
        let mut line = Self::new(config, SeqNums::FRESH);
        line.log_on(1);
        line
    }

    /// Exchanges Logons; the peer's has this number.
    pub(crate) fn log_on(&mut self, peer_seq: u64) -> Vec<String> {
        let appl = match self.session.config().version().default_appl_ver_id() {
            Some(code) => format!("|1137={code}"),
            None => String::new(),
        };
        let logon = format!("35=A|34={peer_seq}|98=0|108=30{appl}");
        let mut log = self.input(Input::Connected { logon: Fields::EMPTY });
        log.extend(self.receive(&logon));
        if self.session.config().role() == Role::Acceptor {
            log.extend(self.accept());
        }
        log
    }

    pub(crate) fn connect(&mut self) -> Vec<String> {
        self.input(Input::Connected { logon: Fields::EMPTY })
    }

    pub(crate) fn refuse(&mut self, refusal: Refusal<'_>) -> Vec<String> {
        let input = Input::Refuse { attempt: self.attempt, refusal };
        self.input(input)
    }

    pub(crate) fn accept(&mut self) -> Vec<String> {
        self.accept_with(Fields::EMPTY)
    }

    pub(crate) fn accept_with(&mut self, logon: Fields<'_>) -> Vec<String> {
        self.input(Input::Accept { attempt: self.attempt, logon })
    }

    /// Signs the Logon, which must then have this SendingTime.
    pub(crate) fn sign(&mut self, logon: Fields<'_>, time: &str) -> Vec<String> {
        self.signed_at = UtcTime::parse(time.as_bytes());
        let log = self.input(Input::Signed { attempt: self.attempt, logon });
        self.signed_at = None;
        log
    }

    /// The whole message that `text` stands for, as the peer would send it.
    pub(crate) fn peer_message(&self, text: &str) -> Vec<u8> {
        let given = |tag: &str| text.split('|').any(|field| field.starts_with(tag));
        let mut fields = text.split('|').filter(|field| !field.is_empty());
        let mut message = String::new();
        if !given("8=") {
            let begin_string = self.session.config().version().begin_string();
            message.push_str(&format!("8={begin_string}|"));
        }
        let mut put = |field: &str| message.push_str(&format!("{field}|"));
        let mut rest = Vec::new();
        for field in fields.by_ref() {
            if ["8=", "9=", "35=", "34="].iter().any(|tag| field.starts_with(tag)) {
                put(field);
            } else {
                rest.push(field);
            }
        }
        let stamp = fixline::wire::Stamp::new(self.now.utc, fixline::wire::Precision::SECONDS);
        let time = format!("52={}", String::from_utf8_lossy(stamp.as_bytes()));
        for (tag, field) in [("49=", "49=PEER"), ("56=", "56=US"), ("52=", &time)] {
            if !given(tag) {
                put(field);
            }
        }
        rest.into_iter().for_each(put);
        from_text(&message)
    }

    /// The peer sends this.
    pub(crate) fn receive(&mut self, text: &str) -> Vec<String> {
        let bytes = self.peer_message(text);
        self.receive_bytes(&bytes)
    }

    /// The peer sends this again: with PossDupFlag, and an OrigSendingTime a minute ago.
    pub(crate) fn again(&mut self, text: &str) -> Vec<String> {
        self.receive(&repetition(text))
    }

    /// The peer sends this without the field that begins like this.
    pub(crate) fn receive_without(&mut self, text: &str, left_out: &str) -> Vec<String> {
        let whole = fixline::wire::Pretty(&self.peer_message(text)).to_string();
        let own = ["9=", "10=", left_out];
        let fields = whole.split('|').filter(|field| !own.iter().any(|tag| field.starts_with(tag)));
        let bytes = from_text(&fields.collect::<Vec<_>>().join("|"));
        self.receive_bytes(&bytes)
    }

    /// The peer sends this with a wrong CheckSum.
    pub(crate) fn garbled(&mut self, text: &str) -> Vec<String> {
        let mut bytes = self.peer_message(text);
        let digit = bytes.len().saturating_sub(2);
        bytes[digit] = if bytes[digit] == b'0' { b'1' } else { b'0' };
        self.receive_bytes(&bytes)
    }

    pub(crate) fn receive_bytes(&mut self, bytes: &[u8]) -> Vec<String> {
        self.transcript.received(bytes);
        self.received.extend_from_slice(bytes);
        let mut log = Vec::new();
        self.give_back(&mut log);
        loop {
            let bytes = std::mem::take(&mut self.received);
            let (consumed, blocked) = match self.handle(Input::Bytes(&bytes)) {
                Ok(actions) => {
                    let facts = (actions.consumed(), actions.blocked());
                    self.perform(actions, &mut log);
                    facts
                }
                Err(misuse) => {
                    log.push(format!("misuse: {misuse}"));
                    (bytes.len(), Blocked::No)
                }
            };
            self.received = bytes.get(consumed..).expect("consumed what was there").to_vec();
            self.give_back(&mut log);
            match blocked {
                Blocked::No if consumed > 0 && !self.received.is_empty() => {}
                Blocked::No | Blocked::Verdict => return log,
                Blocked::Room => {
                    log.push("blocked: room".into());
                    return log;
                }
            }
        }
    }

    /// Feeds one input and performs what comes back.
    pub(crate) fn input(&mut self, input: Input<'_>) -> Vec<String> {
        let mut log = Vec::new();
        match self.handle(input) {
            Ok(actions) => {
                if actions.blocked() == Blocked::Room {
                    log.push("blocked: room".into());
                }
                self.perform(actions, &mut log);
            }
            Err(misuse) => log.push(format!("misuse: {misuse}")),
        }
        self.give_back(&mut log);
        log
    }

    fn handle<'b>(&mut self, input: Input<'b>) -> Result<Actions<'b>, Misuse> {
        let before = Before::of(&self.session, &self.out);
        let actions = self.session.handle(input, self.now, &mut self.out)?;
        self.contract.check(before, input, actions.clone(), &self.session, &self.out);
        Ok(actions)
    }

    /// Lets time pass to each announced deadline, for `seconds` in all.
    pub(crate) fn wait(&mut self, seconds: f64) -> Vec<String> {
        let end = self.now.monotonic.after(Duration::from_secs_f64(seconds));
        let mut log = Vec::new();
        while let Some(deadline) = self.session.deadline().filter(|deadline| deadline.at <= end) {
            self.set_time(deadline.at.max(self.now.monotonic));
            log.extend(self.input(Input::Tick));
        }
        self.set_time(end);
        log
    }

    pub(crate) fn tick(&mut self) -> Vec<String> {
        self.input(Input::Tick)
    }

    /// Lets time pass while the peer sends a Heartbeat every ten seconds, from this number on.
    pub(crate) fn keep_alive(&mut self, seconds: f64, mut peer_seq: u64) {
        let mut left = seconds;
        while left > 0.0 {
            self.wait(left.min(10.0));
            left -= 10.0;
            self.receive(&format!("35=0|34={peer_seq}"));
            peer_seq += 1;
        }
    }

    pub(crate) fn status_is_recovering(&self) -> bool {
        matches!(self.session.status(), Status::LoggedOn { recovering: true, .. })
    }

    pub(crate) fn timer(&self) -> Option<Timer> {
        self.session.deadline().map(|deadline| deadline.timer)
    }

    /// The clock moves, and nobody ticks.
    pub(crate) fn sleep(&mut self, seconds: f64) {
        self.set_time(self.now.monotonic.after(Duration::from_secs_f64(seconds)));
    }

    fn set_time(&mut self, at: Instant) {
        let passed = at.since(self.now.monotonic);
        self.now = Now::new(at, self.now.utc.saturating_add(passed));
    }

    /// The application sends a message.
    pub(crate) fn send(&mut self, msg_type: &str, body: &str) -> Result<u64, SendError> {
        self.send_with(msg_type, "", body)
    }

    /// The application sends a message with header fields of its own.
    pub(crate) fn send_with(
        &mut self,
        msg_type: &str,
        header: &str,
        body: &str,
    ) -> Result<u64, SendError> {
        let fields = Body::parse(header).expect("the test's header is valid");
        let body = Body::parse(body).expect("the test's body is valid");
        let header = Header::new(msg_type).fields(fields.as_fields().expect("checked"));
        let mut composer = self.session.compose(&header, self.now, &mut self.out)?;
        composer.fields(body.as_fields().expect("checked"));
        let sent = composer.finish()?;
        let bytes = self.out.bytes(sent.span).to_vec();
        self.transcript.sent(&bytes);
        self.stored.insert((sent.epoch, sent.seq.get()), bytes);
        self.out.stored(sent.span);
        if self.flushes {
            self.flush();
        }
        Ok(sent.seq.get())
    }

    /// What we sent and kept under this number.
    pub(crate) fn sent(&self, number: u64) -> String {
        self.outbound_text(&self.stored[&(self.session.seq_nums().epoch, number)])
    }

    /// A field of what we sent and kept under this number.
    pub(crate) fn stored_field(&self, number: u64, tag: u32) -> &str {
        let epoch = self.session.seq_nums().epoch;
        let message = Message::parse(&self.stored[&(epoch, number)]).expect("well formed");
        message.fields().get_str(Tag::new(tag).expect("a tag")).expect("the field is there")
    }

    pub(crate) fn logout(&mut self, text: &str) -> Vec<String> {
        self.input(Input::Logout { text })
    }

    pub(crate) fn close(&mut self) -> Vec<String> {
        let log = self.input(Input::Closed);
        self.received.clear();
        self.held.clear();
        self.recalls.clear();
        self.fetch = None;
        self.out.clear();
        log
    }

    pub(crate) fn next_in(&self) -> u64 {
        self.session.seq_nums().next_in.get()
    }

    pub(crate) fn next_out(&self) -> u64 {
        self.session.seq_nums().next_out.get()
    }

    /// The rules named since the last call.
    pub(crate) fn take_rules(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.rules)
    }

    pub(crate) fn flush(&mut self) {
        let flushable = self.out.flushable().len();
        self.out.flushed(flushable);
    }

    fn perform(&mut self, actions: Actions<'_>, log: &mut Vec<String>) {
        let mut fetched = false;
        for action in actions {
            match action {
                Action::Reset { epoch, pending } => {
                    let pending = if pending { ", pending" } else { "" };
                    log.push(format!("reset to epoch {epoch}{pending}"));
                    self.out.reset_stored();
                }
                Action::Send(sent) => {
                    let bytes = self.out.bytes(sent.span).to_vec();
                    self.transcript.sent(&bytes);
                    log.push(format!("> {}", self.outbound_text(&bytes)));
                    if sent.keep == Keep::Message {
                        self.stored.insert((sent.epoch, sent.seq.get()), bytes);
                    }
                    self.out.stored(sent.span);
                }
                Action::Fetch { id, from, to } => {
                    log.push(format!("fetch {from} to {to}"));
                    self.fetch = Some((id, from, to));
                    fetched = true;
                }
                Action::Authenticate { attempt, logon } => {
                    self.attempt = attempt;
                    log.push(format!("authenticate {}", logon.msg_seq_num()));
                }
                Action::Sign { attempt, seq, .. } => {
                    self.attempt = attempt;
                    log.push(format!("sign {seq}"));
                }
                Action::Hold(message) => {
                    log.push(format!("hold {}", message.msg_seq_num()));
                    if self.holds {
                        self.held.insert(message.msg_seq_num(), message.bytes().to_vec());
                    }
                }
                Action::Recall(seq) => self.recalls.push(seq),
                Action::Discard { below } => self.held.retain(|&seq, _| seq >= below.get()),
                Action::Notify(notice) => {
                    self.rules.push(notice.rule());
                    self.transcript.noticed(&notice.to_string());
                    self.notices.push(notice.to_string());
                }
                Action::Schedule(_) => {}
                Action::Deliver { epoch, message, .. } => {
                    let again = match (message.poss_dup(), message.poss_resend()) {
                        (true, _) => " again",
                        (false, true) => " resent",
                        (false, false) => "",
                    };
                    let epoch = if epoch == 0 { String::new() } else { format!("{epoch}/") };
                    let msg_type = String::from_utf8_lossy(message.msg_type());
                    let seq = message.msg_seq_num();
                    log.push(format!("deliver {msg_type} {epoch}{seq}{again}"));
                }
                Action::Disconnect(reason) => {
                    self.rules.push(reason.rule());
                    log.push(format!("disconnect: {reason}"));
                }
            }
        }
        if self.flushes {
            self.flush();
        }
        if fetched && self.serves {
            log.extend(self.serve());
        }
    }

    /// Fills the send buffer with bytes of no meaning, but for this room.
    pub(crate) fn fill_up(&mut self, room: usize) {
        while let Some(more) = self.out.room().checked_sub(room + 40).filter(|&more| more > 0) {
            let mut writer =
                Writer::begin(&mut self.out, more + 40, b"FIX.4.4", b"0").expect("room");
            writer.raw(&vec![b'x'; more.min(60_000)]);
            writer.finish().expect("it fits");
        }
    }

    /// Feeds what was fetched, and the end.
    pub(crate) fn serve(&mut self) -> Vec<String> {
        let mut log = Vec::new();
        let Some((_, from, to)) = self.fetch else {
            return log;
        };
        let epoch = self.session.seq_nums().epoch;
        let range = (epoch, from.get())..=(epoch, to.get());
        let numbers: Vec<u64> = self.stored.range(range).map(|(&(_, seq), _)| seq).collect();
        for number in numbers {
            log.extend(self.feed(number));
        }
        log.extend(self.store_end());
        log
    }

    /// Feeds one message of what was fetched.
    pub(crate) fn feed(&mut self, number: u64) -> Vec<String> {
        let (id, ..) = self.fetch.expect("something was fetched");
        let epoch = self.session.seq_nums().epoch;
        let message = self.stored[&(epoch, number)].clone();
        self.input(Input::Stored { id, seq: seq(number), message: &message })
    }

    pub(crate) fn store_end(&mut self) -> Vec<String> {
        let (id, ..) = self.fetch.take().expect("something was fetched");
        self.input(Input::StoreEnd { id })
    }

    /// Puts into the store what we might have sent under this number.
    pub(crate) fn store_message(&mut self, number: u64, head: &str, body: &str) {
        let text = format!("{head}|49=US|52=20261122-09:30:00.000|56=PEER|{body}");
        let bytes = self.peer_message(&text);
        self.stored.insert((0, number), bytes);
    }

    /// Gives back what was recalled, as far as there is room.
    fn give_back(&mut self, log: &mut Vec<String>) {
        while self.gives_back
            && let Some(seq) = self.recalls.pop()
        {
            let message = self.held.get(&seq.get()).cloned();
            match self.handle(Input::Held { seq, message: message.as_deref() }) {
                Ok(actions) if actions.blocked() == Blocked::Room => {
                    self.recalls.push(seq);
                    return log.push("blocked: room".into());
                }
                Ok(actions) => self.perform(actions, log),
                Err(misuse) => log.push(format!("misuse: {misuse}")),
            }
        }
    }

    /// Checks what every outbound message must have, and writes down the rest.
    fn outbound_text(&self, bytes: &[u8]) -> String {
        let message = Message::parse(bytes).expect("what we send is well formed");
        let config = self.session.config();
        let expected = config.version().begin_string().as_bytes();
        assert_eq!(message.begin_string(), expected);
        assert_eq!(message.get_str(Tag::SENDER_COMP_ID), Some("US"));
        assert_eq!(message.get_str(Tag::TARGET_COMP_ID), Some("PEER"));
        let time = self.signed_at.unwrap_or(self.now.utc);
        assert_eq!(message.sending_time(), time.truncate(config.precision().digits()));
        let own = ["8=", "9=", "49=", "56=", "52=", "10="];
        let text = fixline::wire::Pretty(bytes).to_string();
        let fields = text.split('|').filter(|field| !own.iter().any(|tag| field.starts_with(tag)));
        fields.filter(|field| !field.is_empty()).collect::<Vec<_>>().join("|")
    }
}
