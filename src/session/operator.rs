//! What an operator asks for by hand.

use super::inbound::SEQ_MAX;
use super::input::Misuse;
use super::reason::Reason;
use super::state::{Link, Phase};
use super::step::Step;
use crate::wire::{PutField, SeqNum, Tag};

impl Step<'_, '_> {
    /// A TestRequest now, whatever the timers say.
    pub(super) fn ask_for_heartbeat(&mut self) -> Result<(), Misuse> {
        self.check_active()?;
        if self.wait_for_room(0) {
            self.send_test_request();
        }
        Ok(())
    }

    /// A SequenceReset in Reset mode, after which `new` is the next number (S-RST-07, S-RST-09).
    pub(super) fn raise_next_out(&mut self, new: SeqNum) -> Result<(), Misuse> {
        self.check_active()?;
        // It would cut off the numbers that are being sent again.
        if self.state.up().is_some_and(|up| up.replay.is_some()) {
            return Err(Misuse::Busy);
        }
        let next_out = self.state.nums.next_out;
        if new <= next_out {
            return Err(Misuse::NewSeqNoTooLow { next_out });
        }
        if new.get() > SEQ_MAX {
            return Err(Misuse::NewSeqNoTooHigh { max: SEQ_MAX });
        }
        if self.wait_for_room(0) {
            self.send_jump(new, |body, _| {
                body.uint(Tag::NEW_SEQ_NO, new.get());
            });
        }
        Ok(())
    }

    /// The end, without a word.
    pub(super) fn disconnect_now(&mut self) -> Result<(), Misuse> {
        if matches!(self.state.link, Link::Down) {
            return Err(Misuse::NotConnected);
        }
        if !matches!(self.state.link, Link::Ended(_)) {
            self.disconnect(Reason::Requested);
        }
        Ok(())
    }

    fn check_active(&self) -> Result<(), Misuse> {
        let up = self.state.up().ok_or(Misuse::NotLoggedOn)?;
        if matches!(up.phase, Phase::Active) { Ok(()) } else { Err(Misuse::Busy) }
    }
}
