//! Signs of life: Heartbeat(0) and TestRequest(1), ours.

use super::notice::Notice;
use super::reason::Reason;
use super::state::{Phase, Probe};
use super::step::Step;
use crate::wire::{MsgKind, PutField, SeqNum, Tag, parse_uint};

impl Step<'_, '_> {
    /// A Heartbeat; `test_req_id` echoes the TestRequest that it answers (S-HB-05).
    pub(super) fn send_heartbeat(&mut self, test_req_id: Option<&[u8]>) {
        let sent = self.send(b"0", |body, _| {
            if let Some(id) = test_req_id {
                body.put(Tag::TEST_REQ_ID, id);
            }
        });
        if !sent {
            // Bytes that still wait in the buffer are traffic: the next interval starts now.
            self.left_out(MsgKind::Heartbeat);
        }
    }

    /// A TestRequest whose TestReqID(112) is its own number, which is unique, unless the
    /// configuration has one for all (S-HB-08).
    pub(super) fn send_test_request(&mut self) -> SeqNum {
        let id = self.state.nums.next_out;
        let sent = self.send(b"1", |body, config| {
            match &*config.dialect.test_req_id {
                "" => body.uint(Tag::TEST_REQ_ID, id.get()),
                constant => body.str(Tag::TEST_REQ_ID, constant),
            };
        });
        if !sent {
            self.left_out(MsgKind::TestRequest);
        }
        id
    }

    /// Whether this TestReqID(112) answers our TestRequest of that number.
    pub(super) fn answers(&self, id: SeqNum, test_req_id: Option<&[u8]>) -> bool {
        match &*self.config.dialect.test_req_id {
            "" => test_req_id.and_then(parse_uint) == Some(id.get()),
            constant => test_req_id == Some(constant.as_bytes()),
        }
    }

    pub(super) fn left_out(&mut self, kind: MsgKind) {
        let now = self.now.monotonic;
        if let Some(up) = self.state.up_mut() {
            up.last_sent = now;
        }
        self.notify(Notice::LeftOut { kind });
    }

    /// A valid message of the peer: it is alive, whatever its number (INV-14).
    pub(super) fn received(&mut self) {
        let now = self.now.monotonic;
        if let Some(up) = self.state.up_mut() {
            up.last_received = now;
            if !self.config.dialect.require_matching_heartbeat {
                up.probe = None;
            }
        }
    }

    /// A Heartbeat, maybe the one that was waited for.
    pub(super) fn heartbeat_received(&mut self, test_req_id: Option<&[u8]>) {
        let Some(up) = self.state.up() else { return };
        let (probe, phase) = (up.probe, &up.phase);
        if let Phase::ResetProbe { test_req_id: expected, .. } = *phase
            && let Some(expected) = expected
            && self.answers(expected, test_req_id)
        {
            self.begin_reset();
        } else if probe.is_some_and(|probe| self.answers(probe.id, test_req_id))
            && let Some(up) = self.state.up_mut()
        {
            up.probe = None;
        }
    }

    /// The peer has been silent for too long: ask whether it is there (S-HB-02).
    pub(super) fn probe(&mut self) {
        let id = self.send_test_request();
        let sent = self.now.monotonic;
        let end = self.out.end();
        if let Some(time) = self.state.up().map(|up| sent.since(up.last_received)) {
            self.notify(Notice::Silent { time });
        }
        if let Some(up) = self.state.up_mut() {
            up.probe = Some(Probe { sent, id, end });
        }
    }

    /// It did not answer: say so to whoever still listens, and leave (S-HB-03, D-02).
    pub(super) fn give_up_on_silence(&mut self) {
        self.note_unsent();
        // Were the TestRequest still here, the peer could not have answered it.
        let probe = self.state.up().and_then(|up| up.probe);
        if probe.is_some_and(|probe| self.out.is_held_before(probe.end)) {
            return self.disconnect(Reason::NotStored);
        }
        if self.config.dialect.logout_on_silence {
            self.give_up(Reason::Silence, &"No answer to TestRequest");
        } else {
            self.disconnect(Reason::Silence);
        }
    }
}
