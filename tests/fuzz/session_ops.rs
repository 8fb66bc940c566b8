//! A session against operations that are chosen one by one: traffic, time, faults, operators, and a
//! peer that breaks the rules with messages that are right in length and checksum.
//!
//! Where `session_bytes` tries bytes, this tries sequences. Every input is played twice, with the
//! peer's bytes cut differently, and both must do the same.

use core::time::Duration;

use arbitrary::{Arbitrary as _, Unstructured};
use fixline::session::{Blocked, Input, SeqNums, Session};
use fixline::testing::{Flaw, Forged, ForgedKind, Op, Side, Wish};
use fixline::wire::SeqNum;

use super::agreement::Agreement;
use super::line::{Cut, Fetch, Line, number};

/// More adds nothing but time.
const OPS_MAX: usize = 64;

/// Checks everything that must hold for `data`.
pub(crate) fn check(data: &[u8]) {
    let mut data = Unstructured::new(data);
    let Ok((agreement, acceptor, ops)) = choose(&mut data) else {
        return;
    };
    let whole = play(agreement, acceptor, &ops, Cut::Never);
    let cut = play(agreement, acceptor, &ops, Cut::AsChosen);
    assert_eq!(whole, cut, "it matters how the bytes are cut");
}

fn choose(data: &mut Unstructured<'_>) -> arbitrary::Result<(Agreement, bool, Vec<Op>)> {
    let agreement = Agreement::new(u64::arbitrary(data)?);
    let acceptor = bool::arbitrary(data)?;
    let ops = data.arbitrary_iter::<Op>()?.take(OPS_MAX).collect::<Result<_, _>>()?;
    Ok((agreement, acceptor, ops))
}

fn play(agreement: Agreement, acceptor: bool, ops: &[Op], cut: Cut) -> Vec<String> {
    let config = agreement.single(acceptor);
    let mut line = Line::new(config, agreement.resets_at_logon, SeqNums::FRESH, cut);
    line.log_on();
    for op in ops {
        line.apply(op);
        line.serve_one();
        if line.peer_reads {
            line.flush(usize::MAX);
        }
    }
    line.end();
    line.trace
}

/// An order that is in sequence.
const ORDER: Forged =
    Forged { kind: ForgedKind::Order, seq: 0, poss_dup: false, from: 0, to: 0, flaw: Flaw::None };

impl Line {
    /// The session is that of [`Side::Initiator`], whatever its role; the other side is the peer.
    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Send { side: Side::Initiator, count, text_len } => {
                for _ in 0..count % 8 {
                    self.send("D", text_len.into());
                }
            }
            Op::Send { side: Side::Acceptor, count, .. } => {
                for _ in 0..count % 8 {
                    self.forge(&ORDER);
                }
            }
            Op::Wait { millis } => self.pass(Duration::from_millis(millis.into())),
            Op::Cut => self.reconnect(),
            // The peer does not read for a while.
            Op::CutAfter { side: Side::Initiator, bytes } => {
                self.peer_reads = false;
                self.flush(bytes.into());
            }
            Op::CutAfter { side: Side::Acceptor, bytes } => {
                let order = self.forged(&ORDER);
                let len = usize::from(bytes) % order.len();
                self.receive(&order[..len], 0);
                self.reconnect();
            }
            Op::Garble { after, bit, .. } => {
                let mut order = self.forged(&ORDER);
                let at = usize::from(after) % order.len();
                order[at] ^= 1 << (bit % 8);
                self.receive(&order, bit);
            }
            Op::Crash { .. } => {
                self.close();
                let nums = self.session.seq_nums();
                self.session = Session::new(self.session.config().clone(), nums);
                self.log_on();
            }
            Op::FailStore { side: Side::Initiator } => self.held.clear(),
            Op::FailStore { side: Side::Acceptor } => self.peer_reads = true,
            Op::Operate { wish, .. } => self.wish(wish),
            Op::Forge { ref message, .. } => self.forge(message),
            _ => {}
        }
    }

    fn reconnect(&mut self) {
        self.close();
        self.log_on();
    }

    fn forged(&self, message: &Forged) -> Vec<u8> {
        let version = self.session.config().version();
        message.bytes(version, "PEER", "US", self.session.seq_nums(), self.now.utc)
    }

    fn forge(&mut self, message: &Forged) {
        let bytes = self.forged(message);
        self.receive(&bytes, message.seq.to_le_bytes()[0].wrapping_mul(7));
    }

    /// Time passes, with a tick at each deadline on the way.
    fn pass(&mut self, time: Duration) {
        let end = self.now.monotonic.after(time);
        for _ in 0..64 {
            match self.session.deadline().filter(|deadline| deadline.at <= end) {
                Some(deadline) => self.tick_at(deadline.at),
                None => break,
            }
        }
        self.tick_at(end);
    }

    fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::TestRequest => self.feed(Input::TestRequest),
            Wish::ResetSeqNums => self.feed(Input::ResetSeqNums),
            Wish::Skip { numbers } => {
                let next = self.session.seq_nums().next_out.get();
                self.feed(Input::SequenceReset { new: number(next + u64::from(numbers)) })
            }
            Wish::AskAgain { from, more } => {
                self.asked_again = true;
                let from = u64::from(from).max(1);
                let to = SeqNum::new(from + u64::from(more)).expect("not 0");
                self.feed(Input::ResendRequest { from: number(from), to })
            }
            Wish::Logout => self.feed(Input::Logout { text: "later" }),
            Wish::Disconnect => self.feed(Input::Disconnect),
            _ => return,
        };
    }

    /// The store gives one message, or says that there are no more.
    fn serve_one(&mut self) {
        let Some(Fetch { id, next, to }) = self.fetch else {
            return;
        };
        let epoch = self.session.seq_nums().epoch;
        let mut rest = self.stored.range((epoch, next)..=(epoch, to.max(next)));
        let found = rest.next().map(|(&(_, seq), message)| (seq, message.clone()));
        match found {
            Some((seq, message)) => self.give(id, seq, &message),
            None => {
                if self.feed(Input::StoreEnd { id }).blocked == Blocked::No
                    && self.fetch.as_ref().is_some_and(|fetch| fetch.id == id)
                {
                    self.fetch = None;
                }
            }
        }
    }
}
