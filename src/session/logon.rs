//! Logon(A): opening a connection, as initiator and as acceptor (section 3 of the rules).

use super::action::Entry;
use super::config::{Config, Role, refused_logon_field};
use super::fault::Fault;
use super::gap::Kind;
use super::inbound;
use super::input::{Misuse, Refusal};
use super::notice::{Notice, Reason};
use super::state::{Link, LogonFacts, Up};
use super::step::Step;
use crate::wire::{
    Field, Fields, Message, MsgKind, PutField, Scan, SeqNum, Tag, UtcTime, parse_int,
};

impl<'b> Step<'_, 'b> {
    /// The transport is up: an initiator logs on, an acceptor waits for the Logon (S-LOGON-01).
    pub(super) fn connected(&mut self, logon: Fields<'_>) -> Result<(), Misuse> {
        if !matches!(self.state.link, Link::Down) {
            return Err(Misuse::AlreadyConnected);
        }
        let (capacity, needed) = (self.out.capacity(), self.config.send_buffer_min());
        if capacity < needed {
            return Err(Misuse::SendBufferTooSmall { capacity, needed });
        }
        self.check_logon_fields(logon)?;
        let until = self.until(self.config.logon_timeout);
        if self.config.role == Role::Acceptor {
            self.state.link = Link::AwaitingLogon { until };
            return Ok(());
        }
        if self.config.sign_logon && !logon.is_empty() {
            return Err(Misuse::LogonField(first_tag(logon)));
        }
        if !self.wait_for_room(0) {
            return Ok(());
        }
        // Until the peer agrees, each attempt is number 1 of an epoch of its own (LOG-11).
        let resets = self.state.nums.reset_pending || self.config.reset.at_logon;
        let reset = resets && self.config.version.has_reset_seq_num_flag();
        if resets {
            self.reset_numbers(reset);
        }
        if self.config.sign_logon {
            let attempt = self.state.next_id();
            let (seq, sending_time) = (self.state.nums.next_out, self.now.utc);
            self.state.link = Link::Signing {
                attempt,
                seq,
                sending_time,
                reset,
                until,
            };
            self.actions.push(Entry::Sign {
                attempt,
                seq,
                sending_time,
            });
        } else {
            self.state.link = Link::LogonSent { reset, until };
            self.send_logon(self.config.heart_bt_int_secs, reset, logon);
        }
        Ok(())
    }

    /// The last word on the fields of our Logon.
    pub(super) fn signed(&mut self, attempt: u32, logon: Fields<'_>) -> Result<(), Misuse> {
        self.check_logon_fields(logon)?;
        match self.state.link {
            Link::Signing {
                attempt: asked,
                sending_time,
                reset,
                until,
                ..
            } if asked == attempt => {
                // What was signed is what goes out.
                self.now.utc = sending_time;
                if self.wait_for_room(0) {
                    self.state.link = Link::LogonSent { reset, until };
                    self.send_logon(self.config.heart_bt_int_secs, reset, logon);
                }
            }
            _ => self.notify(Notice::Stale),
        }
        Ok(())
    }

    fn check_logon_fields(&self, logon: Fields<'_>) -> Result<(), Misuse> {
        if let Some(tag) = refused_logon_field(logon) {
            return Err(Misuse::LogonField(tag));
        }
        let len = self
            .config
            .logon_fields
            .len()
            .saturating_add(logon.as_bytes().len());
        if len > Config::LOGON_FIELDS_LEN_MAX {
            return Err(Misuse::LogonFieldsTooLong);
        }
        Ok(())
    }

    /// Writes our Logon: the session's fields among those of the configuration and the attempt.
    pub(super) fn send_logon(&mut self, heart_bt_int_secs: u32, reset: bool, extra: Fields<'_>) {
        self.send(b"A", |body, config| {
            let heart_bt_int = crate::wire::Digits::new(heart_bt_int_secs.into());
            let own = [
                Some(Field {
                    tag: Tag::ENCRYPT_METHOD,
                    value: b"0",
                }),
                Some(Field {
                    tag: Tag::HEART_BT_INT,
                    value: heart_bt_int.as_bytes(),
                }),
                reset.then_some(Field {
                    tag: Tag::RESET_SEQ_NUM_FLAG,
                    value: b"Y",
                }),
                config.version.is_fixt().then_some(Field {
                    tag: Tag::DEFAULT_APPL_VER_ID,
                    value: &config.default_appl_ver_id,
                }),
            ];
            let mut own = own.into_iter().flatten().peekable();
            let mut configured = Fields::scanned(&config.logon_fields).iter().peekable();
            let mut extra = extra.iter().peekable();
            // Each source keeps its own order, so that data fields and groups stay whole.
            loop {
                let next = [own.peek(), configured.peek(), extra.peek()];
                let tags = next.map(|field| field.map(|field| field.tag));
                let Some(lowest) = tags.into_iter().flatten().min() else {
                    break;
                };
                let field = own
                    .next_if(|field| field.tag == lowest)
                    .or_else(|| configured.next_if(|field| field.tag == lowest))
                    .or_else(|| extra.next_if(|field| field.tag == lowest));
                if let Some(field) = field {
                    body.field(field);
                }
            }
        });
    }

    /// Acceptor: the first message. Nothing of it has an effect before the application's verdict,
    /// and nobody who is unknown learns anything (S-LOGON-19, S-LOGON-23).
    pub(super) fn first_message(&mut self, scan: &Scan<'b>) {
        let message = scan.message;
        if message.kind() != MsgKind::Logon {
            return self.close_silently(Fault::NotLogon);
        }
        if let Err(fault) = identify_logon(self.config, scan) {
            return self.close_silently(fault);
        }
        let Some(seq) = SeqNum::new(message.msg_seq_num()) else {
            return self.close_silently(Fault::NoMsgSeqNum);
        };
        let logon = facts(self.config, scan, seq, self.now.utc);
        let attempt = self.state.next_id();
        let Link::AwaitingLogon { until } = self.state.link else {
            return;
        };
        self.state.link = Link::Deciding {
            attempt,
            logon,
            until,
        };
        self.actions.set_message(message);
        self.actions.push(Entry::Authenticate { attempt });
    }

    pub(super) fn close_silently(&mut self, fault: Fault) {
        self.notify(Notice::PeerFault(fault));
        self.disconnect(Reason::Fault(fault));
    }

    /// The application welcomes the peer; everything else about the Logon is checked now.
    pub(super) fn accept(&mut self, attempt: u32, extra: Fields<'_>) -> Result<(), Misuse> {
        self.check_logon_fields(extra)?;
        let logon = match self.state.link {
            Link::Deciding {
                attempt: asked,
                logon,
                ..
            } if asked == attempt => logon,
            _ => {
                self.notify(Notice::Stale);
                return Ok(());
            }
        };
        if !self.wait_for_room(0) {
            return Ok(());
        }
        if let Some(fault) = logon.fault.or_else(|| self.reset_fault(logon, false)) {
            self.fail(fault);
            return Ok(());
        }
        // A refused Logon must leave the numbers as they were (INV-12).
        let resets = logon.reset || self.config.reset.at_logon;
        let expected = if resets {
            SeqNum::MIN
        } else {
            self.state.nums.next_in
        };
        if let Some(fault) = number_fault(logon.seq, expected) {
            self.fail(fault);
            return Ok(());
        }
        if resets {
            self.reset_numbers(false);
        }
        self.send_logon(logon.heart_bt_int_secs, logon.reset, extra);
        self.establish(logon.seq, logon.heart_bt_int_secs);
        Ok(())
    }

    /// The application turns the peer away; only a Logout costs anything, one outbound number.
    pub(super) fn refuse(&mut self, attempt: u32, refusal: Refusal<'_>) {
        match self.state.link {
            Link::Deciding { attempt: asked, .. } if asked == attempt => {
                if let Refusal::Logout { status, text } = refusal {
                    self.send_logout(&text, status);
                }
                self.disconnect(Reason::LogonRefused);
            }
            _ => self.notify(Notice::Stale),
        }
    }

    /// Initiator: the first message of the peer (1B.c to 1B.e).
    pub(super) fn logon_answer(&mut self, scan: &Scan<'b>, reset: bool) {
        let message = scan.message;
        if let Err(fault) = identify_logon(self.config, scan) {
            return self.close_silently(fault);
        }
        match message.kind() {
            MsgKind::Logon => {}
            // A refusal, whatever its number (S-LOGON-24).
            MsgKind::Logout => {
                self.count(message);
                self.deliver_admin(message);
                return self.disconnect(Reason::RefusedByPeer);
            }
            _ => return self.fail(Fault::NotLogon),
        }
        let Some(seq) = SeqNum::new(message.msg_seq_num()) else {
            return self.fail(Fault::NoMsgSeqNum);
        };
        let logon = facts(self.config, scan, seq, self.now.utc);
        let fault = logon
            .fault
            .or_else(|| self.reset_fault(logon, reset))
            .or_else(|| number_fault(seq, self.state.nums.next_in));
        if let Some(fault) = fault {
            return self.fail(fault);
        }
        self.state.nums.reset_pending = false;
        self.establish(seq, logon.heart_bt_int_secs);
        self.deliver_admin(message);
    }

    /// Whether the reset flag is what was agreed on; `asked` says that we asked for a reset.
    fn reset_fault(&self, logon: LogonFacts, asked: bool) -> Option<Fault> {
        let answers = logon.reset && logon.seq == SeqNum::MIN;
        match self.config.role {
            Role::Initiator if asked && !answers => Some(Fault::ResetNotAnswered),
            Role::Initiator if asked => None,
            // Nobody asked for it (S-RESET-10).
            Role::Initiator if logon.reset => Some(Fault::ResetNotPermitted),
            Role::Acceptor if logon.reset && !self.config.reset_permission.at_logon => {
                Some(Fault::ResetNotPermitted)
            }
            _ if logon.reset && logon.seq != SeqNum::MIN => Some(Fault::ResetNotOne),
            _ => None,
        }
    }

    /// Both Logons are exchanged (S-LOGON-40, S-LOGON-41).
    fn establish(&mut self, seq: SeqNum, heart_bt_int_secs: u32) {
        self.state.link = Link::Up(Up::new(heart_bt_int_secs, self.now.monotonic));
        self.notify(Notice::LoggedOn {
            heart_bt_int: heart_bt_int_secs,
        });
        if seq == self.state.nums.next_in {
            self.advance_to(seq.next());
        } else {
            // Ahead of a gap, and acted on: its number is done, what is missing is asked for.
            self.remember(seq, Kind::Done);
            self.settle();
        }
    }
}

/// A Logon may be ahead of what is expected, within reason, and never behind (section 3.2).
fn number_fault(seq: SeqNum, expected: SeqNum) -> Option<Fault> {
    let received = seq.get();
    if seq < expected {
        return Some(Fault::MsgSeqNumTooLow { expected, received });
    }
    inbound::check_jump(expected, Tag::MSG_SEQ_NUM, received).err()
}

/// BeginString and CompIDs of a first message: whose session is this?
fn identify_logon(config: &Config, scan: &Scan<'_>) -> Result<(), Fault> {
    if scan.message.begin_string() != config.version.begin_string().as_bytes() {
        return Err(Fault::BeginString);
    }
    if scan.sender != Some(config.target.as_bytes()) {
        return Err(Fault::CompId(Tag::SENDER_COMP_ID));
    }
    if scan.target != Some(config.sender.as_bytes()) {
        return Err(Fault::CompId(Tag::TARGET_COMP_ID));
    }
    Ok(())
}

/// What matters of a Logon, with the first thing that is wrong with it.
fn facts(config: &Config, scan: &Scan<'_>, seq: SeqNum, utc: UtcTime) -> LogonFacts {
    let message = scan.message;
    let heart_bt_int = heart_bt_int(config, message);
    let fault = inbound::field_fault(scan)
        .or_else(|| message.poss_dup().then_some(Fault::LogonRepeated))
        .or_else(|| inbound::check_sending_time(config, scan, utc).err())
        .or_else(|| check_encrypt_method(message).err())
        .or(heart_bt_int.err())
        .or_else(|| check_reset_flag(message).err())
        .or_else(|| check_default_appl_ver_id(config, message).err());
    LogonFacts {
        seq,
        heart_bt_int_secs: heart_bt_int.unwrap_or_default(),
        reset: message.get(Tag::RESET_SEQ_NUM_FLAG) == Some(b"Y"),
        fault,
    }
}

/// Only no encryption is spoken here (S-LOGON-09).
fn check_encrypt_method(message: Message<'_>) -> Result<(), Fault> {
    let tag = Tag::ENCRYPT_METHOD;
    match message.get(tag).ok_or(Fault::RequiredTagMissing(tag))? {
        b"0" => Ok(()),
        _ => Err(Fault::EncryptMethod),
    }
}

/// An acceptor accepts what its configuration says, an initiator what it proposed (S-LOGON-05 to
/// S-LOGON-08).
fn heart_bt_int(config: &Config, message: Message<'_>) -> Result<u32, Fault> {
    let tag = Tag::HEART_BT_INT;
    let value = message.get(tag).ok_or(Fault::RequiredTagMissing(tag))?;
    let seconds = parse_int(value).ok_or(Fault::IncorrectFormat(tag))?;
    let (min, max) = match config.role {
        Role::Initiator => (config.heart_bt_int_secs, config.heart_bt_int_secs),
        Role::Acceptor => (
            *config.heart_bt_int_accepted.start(),
            *config.heart_bt_int_accepted.end(),
        ),
    };
    u32::try_from(seconds)
        .ok()
        .filter(|seconds| (min..=max).contains(seconds))
        .ok_or(Fault::HeartBtInt { min, max })
}

fn check_reset_flag(message: Message<'_>) -> Result<(), Fault> {
    match message.get(Tag::RESET_SEQ_NUM_FLAG) {
        None | Some(b"Y" | b"N") => Ok(()),
        Some(_) => Err(Fault::IncorrectFormat(Tag::RESET_SEQ_NUM_FLAG)),
    }
}

/// Under FIXT.1.1 each Logon names the version of its sender's messages (S-FIXT-02, S-FIXT-07).
fn check_default_appl_ver_id(config: &Config, message: Message<'_>) -> Result<(), Fault> {
    if !config.version.is_fixt() {
        return Ok(());
    }
    let tag = Tag::DEFAULT_APPL_VER_ID;
    let code = message.get(tag).ok_or(Fault::RequiredTagMissing(tag))?;
    if code == &*config.default_appl_ver_id {
        Ok(())
    } else {
        Err(Fault::IncorrectValue(tag))
    }
}

fn first_tag(fields: Fields<'_>) -> Tag {
    fields
        .iter()
        .next()
        .map_or(Tag::MSG_TYPE, |field| field.tag)
}
