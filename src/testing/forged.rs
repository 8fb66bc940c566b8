//! Messages that no session of ours would send: right in length and checksum, so that they are
//! looked at, and wrong in whatever else was chosen.

#![expect(clippy::wildcard_enum_match_arm, reason = "each part looks at what concerns it")]

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::time::Duration;

use crate::session::{SeqNums, Version};
use crate::wire::{Precision, Stamp, UtcTime};

/// A message of a peer that breaks rules. Numbers are distances from those that its receiver has,
/// so that most come near what matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_structs, reason = "made by hand in tests")]
pub struct Forged {
    /// Its type.
    pub kind: ForgedKind,
    /// MsgSeqNum(34), from the number that the receiver expects.
    pub seq: i8,
    /// PossDupFlag(43)=Y and OrigSendingTime(122).
    pub poss_dup: bool,
    /// BeginSeqNo(7), from the receiver's next number; NewSeqNo(36), from MsgSeqNum.
    pub from: i8,
    /// EndSeqNo(16), from the receiver's next number; 0 is for all.
    pub to: i8,
    /// What else is wrong.
    pub flaw: Flaw,
}

/// The type of a forged message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum ForgedKind {
    /// An order.
    Order,
    /// Heartbeat(0).
    Heartbeat,
    /// TestRequest(1).
    TestRequest,
    /// ResendRequest(2).
    ResendRequest,
    /// Reject(3).
    Reject,
    /// SequenceReset(4) as a gap fill.
    GapFill,
    /// SequenceReset(4) in Reset mode.
    SequenceReset,
    /// Logout(5).
    Logout,
    /// Logon(A).
    Logon,
    /// Logon(A) with ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1.
    ResetLogon,
}

/// What may be wrong with a message besides its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum Flaw {
    /// Nothing.
    None,
    /// Another SenderCompID(49).
    Sender,
    /// Another TargetCompID(56).
    Target,
    /// A SendingTime(52) of an hour ago.
    OldTime,
    /// No SendingTime(52).
    NoTime,
    /// PossDupFlag(43)=Y without OrigSendingTime(122).
    NoOrigTime,
    /// A field without a value.
    EmptyField,
    /// A field that comes twice.
    RepeatedField,
    /// A header field behind the body.
    LateHeader,
    /// None of the fields that its type must have.
    Bare,
    /// A CheckSum(10) that is not that of the message.
    CheckSum,
    /// The last bytes are missing.
    Cut,
}

impl ForgedKind {
    /// Every one of them.
    pub const ALL: [Self; 10] = [
        Self::Order,
        Self::Heartbeat,
        Self::TestRequest,
        Self::ResendRequest,
        Self::Reject,
        Self::GapFill,
        Self::SequenceReset,
        Self::Logout,
        Self::Logon,
        Self::ResetLogon,
    ];
}

impl Flaw {
    /// Every one of them.
    pub const ALL: [Self; 12] = [
        Self::None,
        Self::Sender,
        Self::Target,
        Self::OldTime,
        Self::NoTime,
        Self::NoOrigTime,
        Self::EmptyField,
        Self::RepeatedField,
        Self::LateHeader,
        Self::Bare,
        Self::CheckSum,
        Self::Cut,
    ];
}

impl Forged {
    /// The bytes, as sent by `sender` to `target`, whose numbers are `nums`, at `utc`.
    #[must_use]
    pub fn bytes(
        &self,
        version: Version,
        sender: &str,
        target: &str,
        nums: SeqNums,
        utc: UtcTime,
    ) -> Vec<u8> {
        let seq = match self.kind {
            ForgedKind::ResetLogon => 1,
            _ => nums.next_in.get().saturating_add_signed(self.seq.into()),
        };
        let mut fields = Fields(String::new());
        fields.put(35, self.msg_type());
        fields.put(34, seq);
        if self.poss_dup || self.flaw == Flaw::NoOrigTime {
            fields.put(43, "Y");
        }
        fields.put(49, if self.flaw == Flaw::Sender { "STRANGER" } else { sender });
        let hour = Duration::from_secs(3600);
        let sent = if self.flaw == Flaw::OldTime { utc.saturating_sub(hour) } else { utc };
        if self.flaw != Flaw::NoTime {
            fields.put_time(52, sent);
        }
        fields.put(56, if self.flaw == Flaw::Target { "STRANGER" } else { target });
        if self.poss_dup && self.flaw != Flaw::NoOrigTime {
            fields.put_time(122, sent);
        }
        if self.flaw != Flaw::Bare {
            self.put_body(&mut fields, version, seq, nums);
        }
        self.put_flaw(&mut fields);
        self.frame(version, &fields.0)
    }

    const fn msg_type(&self) -> &'static str {
        match self.kind {
            ForgedKind::Order => "D",
            ForgedKind::Heartbeat => "0",
            ForgedKind::TestRequest => "1",
            ForgedKind::ResendRequest => "2",
            ForgedKind::Reject => "3",
            ForgedKind::GapFill | ForgedKind::SequenceReset => "4",
            ForgedKind::Logout => "5",
            ForgedKind::Logon | ForgedKind::ResetLogon => "A",
        }
    }

    fn put_body(&self, fields: &mut Fields, version: Version, seq: u64, nums: SeqNums) {
        let ours = |distance: i8| nums.next_out.get().saturating_add_signed(distance.into());
        match self.kind {
            ForgedKind::Order => fields.put(11, "FORGED"),
            ForgedKind::Heartbeat | ForgedKind::Logout => {}
            ForgedKind::TestRequest => fields.put(112, "FORGED"),
            ForgedKind::ResendRequest => {
                fields.put(7, ours(self.from));
                fields.put(16, if self.to == 0 { 0 } else { ours(self.to) });
            }
            ForgedKind::Reject => fields.put(45, ours(self.from)),
            ForgedKind::GapFill | ForgedKind::SequenceReset => {
                fields.put(36, seq.saturating_add_signed(self.from.into()));
                fields.put(123, if self.kind == ForgedKind::GapFill { "Y" } else { "N" });
            }
            ForgedKind::Logon | ForgedKind::ResetLogon => {
                fields.put(98, 0);
                fields.put(108, 30);
                if self.kind == ForgedKind::ResetLogon {
                    fields.put(141, "Y");
                }
                if let Some(code) = version.default_appl_ver_id() {
                    fields.put(1137, code);
                }
            }
        }
    }

    fn put_flaw(&self, fields: &mut Fields) {
        match self.flaw {
            Flaw::EmptyField => fields.put(58, ""),
            Flaw::RepeatedField => {
                fields.put(58, "ONE");
                fields.put(58, "TWO");
            }
            Flaw::LateHeader => {
                fields.put(58, "BODY");
                fields.put(115, "LATE");
            }
            _ => {}
        }
    }

    /// With the length and the checksum that it must have, unless these are the flaw.
    fn frame(&self, version: Version, fields: &str) -> Vec<u8> {
        let head = format!("8={}\u{1}9={}\u{1}", version.begin_string(), fields.len());
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(fields.as_bytes());
        let sum = bytes.iter().fold(0_u8, |sum, &byte| sum.wrapping_add(byte));
        let sum = if self.flaw == Flaw::CheckSum { sum.wrapping_add(1) } else { sum };
        bytes.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
        if self.flaw == Flaw::Cut {
            bytes.truncate(bytes.len().saturating_sub(9));
        }
        bytes
    }
}

/// Fields under construction.
struct Fields(String);

impl Fields {
    fn put(&mut self, tag: u32, value: impl core::fmt::Display) {
        // Writing to memory does not fail.
        let _written = write!(self.0, "{tag}={value}\u{1}");
    }

    fn put_time(&mut self, tag: u32, utc: UtcTime) {
        let stamp = Stamp::new(utc, Precision::SECONDS);
        self.put(tag, core::str::from_utf8(stamp.as_bytes()).unwrap_or_default());
    }
}
