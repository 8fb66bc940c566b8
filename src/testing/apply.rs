//! Playing an [`Op`] on a pair.

use alloc::string::ToString;
use core::time::Duration;

use super::op::{Op, Wish};
use super::options::Side;
use super::pair::Pair;
use crate::engine::{Draft, Event, Operation};
use crate::wire::{PutField as _, SeqNum, Tag};

impl Pair {
    /// Plays one thing that happens. What is refused has no effect.
    pub fn apply(&mut self, op: &Op) {
        self.apply_with(op, |_, _| {});
    }

    /// Plays one thing that happens, and shows every event to `application`.
    pub fn apply_with(&mut self, op: &Op, application: impl FnMut(Side, Event<'_>)) {
        match *op {
            Op::Send { side, count, text_len } => self.send_orders(side, count, text_len),
            Op::Wait { millis } => {
                self.run_with(Duration::from_millis(millis.into()), application);
            }
            Op::Cut => self.cut(),
            Op::CutAfter { side, bytes } => self.cut_after(side, bytes.into()),
            Op::Garble { side, after, bit } => self.garble_after(side, after.into(), bit),
            Op::Crash { side } => self.crash(side),
            Op::Abandon { side } => self.abandon(side),
            Op::FailStore { side } => self.fail_store(side),
            Op::Operate { side, wish } => self.operate(side, wish),
            Op::Forge { side, ref message } => self.forge(side, message),
        }
    }

    /// Lets time pass until nothing is missing any more, at most so much; whether it came to that.
    pub fn converge(&mut self, within: Duration) -> bool {
        self.converge_with(within, |_, _| {})
    }

    /// As [`converge`](Self::converge), and shows every event to `application`.
    pub fn converge_with(
        &mut self,
        within: Duration,
        mut application: impl FnMut(Side, Event<'_>),
    ) -> bool {
        let end = self.now().monotonic.after(within);
        self.stop_faults();
        while self.now().monotonic < end {
            self.run_with(Duration::from_millis(500), &mut application);
            if self.is_settled() {
                return true;
            }
        }
        false
    }

    fn send_orders(&mut self, side: Side, count: u8, text_len: u8) {
        for _ in 0..count {
            let id = self.next_order();
            let mut order = Draft::new("D");
            order.uint(Tag::CL_ORD_ID, id);
            if text_len > 0 {
                order.str(Tag::TEXT, &"x".repeat(text_len.into()));
            }
            // Refused while the line is down, for example; then it was never sent.
            let _refused = self.send(side, &order);
        }
    }

    fn operate(&mut self, side: Side, wish: Wish) {
        let now = self.now();
        let Some(connection) = self.connection_mut(side) else {
            return;
        };
        let number = |number: u64| SeqNum::new(number).unwrap_or(SeqNum::MIN);
        let operation = match wish {
            Wish::TestRequest => Operation::TestRequest,
            Wish::ResetSeqNums => Operation::ResetSeqNums,
            Wish::Skip { numbers } => {
                let next = connection.seq_nums().next_out.get();
                Operation::SequenceReset { new: number(next.saturating_add(numbers.into())) }
            }
            Wish::AskAgain { from, more } => {
                let from = u64::from(from).max(1);
                let to = number(from.saturating_add(more.into()));
                Operation::ResendRequest { from: number(from), to }
            }
            Wish::Disconnect => Operation::Disconnect,
            Wish::Logout => {
                let _refused = connection.logout("later", now);
                return;
            }
        };
        // Refused where the session is in no state for it.
        let _refused = connection.operate(operation, now);
    }

    fn forge(&mut self, side: Side, message: &super::forged::Forged) {
        let now = self.now();
        let (Some(forger), Some(victim)) = (self.connection(side), self.connection(side.other()))
        else {
            return;
        };
        let config = forger.config();
        let (sender, target) =
            (config.sender_comp_id().to_string(), config.target_comp_id().to_string());
        let bytes = message.bytes(config.version(), &sender, &target, victim.seq_nums(), now.utc);
        self.put_on_the_line(side, &bytes);
    }
}
