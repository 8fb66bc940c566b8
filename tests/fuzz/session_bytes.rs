//! A session against a peer, a clock, a store and an operator that do anything at all.
//!
//! The input chooses a configuration, then a list of events. Messages of the peer get the length
//! and the checksum that they must have, so that they reach the session; raw bytes go in as well.
//! Every input is played twice, with the peer's bytes cut differently.

use core::time::Duration;

use fixline::session::{
    Blocked, Config, Input, Refusal, ResendPolicy, ResendRequestForm, ResetPermission, ResetPolicy,
    SeqNums, Status, Version,
};
use fixline::wire::Fields;

use super::bytes::{Choices, framed};
use super::line::{Cut, Fetch, Head, Line, number, put};

/// Checks everything that must hold for `data`.
pub(crate) fn check(data: &[u8]) {
    let whole = play(data, Cut::Never);
    let cut = play(data, Cut::AsChosen);
    for (at, (whole, cut)) in whole.iter().zip(&cut).enumerate() {
        assert_eq!(whole, cut, "line {at} differs when the bytes are cut");
    }
    assert_eq!(whole.len(), cut.len(), "the longer one goes on");
}

/// Plays the events; returns all that the session did, as text.
fn play(data: &[u8], cut: Cut) -> Vec<String> {
    let mut choices = Choices(data);
    let (config, resets_at_logon) = config(&mut choices);
    let numbers = choices.pick(&[
        SeqNums::FRESH,
        SeqNums { epoch: 3, next_in: number(5), next_out: number(7), reset_pending: false },
    ]);
    let mut line = Line::new(config, resets_at_logon, numbers, cut);
    line.log_on();
    while !choices.is_empty() {
        line.event(&mut choices);
    }
    line.end();
    line.trace
}

/// Too far ahead to be true.
const FAR: u64 = 1_000_000_000_000;

impl Line {
    fn event(&mut self, choices: &mut Choices<'_>) {
        match choices.byte() % 16 {
            0..=5 => {
                let message = self.message(choices);
                self.receive(&message, choices.byte());
            }
            6 => {
                let len = usize::from(choices.byte());
                let bytes = choices.take(len).to_vec();
                self.receive(&bytes, choices.byte());
            }
            7 => self.damaged(choices),
            8 => self.wait(choices),
            9 => {
                let msg_type = choices.pick(&["D", "8", "D", "j", "A", "\u{1}"]);
                self.send(msg_type, choices.pick(&[3, 3, 100, 700, 900, 0]));
            }
            10 => self.operator(choices),
            11 => self.serve(choices),
            12 => {
                self.peer_reads = !self.peer_reads;
                self.flush(usize::from(choices.byte()));
            }
            13 => {
                self.close();
                if choices.byte().is_multiple_of(2) {
                    self.log_on();
                } else {
                    self.feed(Input::Connected { logon: Fields::EMPTY });
                }
            }
            14 => self.verdict(choices),
            _ => self.held.clear(),
        }
        if self.peer_reads {
            self.flush(usize::MAX);
        }
    }

    /// A frame of the peer with a wrong checksum changes nothing.
    fn damaged(&mut self, choices: &mut Choices<'_>) {
        let mut message = self.message(choices);
        let last_digit = message.len() - 2;
        message[last_digit] = if message[last_digit] == b'0' { b'1' } else { b'0' };
        let established = matches!(
            self.session.status(),
            Status::LoggedOn { .. } | Status::Resetting | Status::LoggingOut
        );
        let before = (
            self.session.seq_nums(),
            self.session.status(),
            self.session.deadline(),
            self.out.end(),
        );
        let alone = self.received.is_empty();
        self.receive(&message, choices.byte());
        let after = (
            self.session.seq_nums(),
            self.session.status(),
            self.session.deadline(),
            self.out.end(),
        );
        if established && alone {
            assert_eq!(before, after, "a garbled message had an effect");
        }
    }

    fn wait(&mut self, choices: &mut Choices<'_>) {
        let at = match choices.byte() % 4 {
            0 => self.session.deadline().map(|deadline| deadline.at),
            1 => Some(self.now.monotonic.after(Duration::from_millis(1))),
            2 => Some(self.now.monotonic.after(Duration::from_secs(1))),
            _ => Some(self.now.monotonic.after(Duration::from_secs(100))),
        };
        if let Some(at) = at {
            self.tick_at(at);
        }
    }

    fn operator(&mut self, choices: &mut Choices<'_>) {
        let (a, b) = (choices.byte(), choices.byte());
        let (low, high) = (number(u64::from(a / 8) + 1), number(u64::from(b) + 1));
        match a % 8 {
            0 => self.feed(Input::Logout { text: "bye" }),
            1 => self.feed(Input::TestRequest),
            2 => self.feed(Input::ResetSeqNums),
            3 => self.feed(Input::SequenceReset { new: high }),
            4 => {
                self.asked_again = true;
                self.feed(Input::ResendRequest { from: low, to: high })
            }
            5 => self.feed(Input::Disconnect),
            6 => self.feed(Input::Signed { attempt: u32::from(b), logon: Fields::EMPTY }),
            _ => self.feed(Input::Held { seq: high, message: None }),
        };
    }

    /// Answers the fetch with some of what is stored, or ends it.
    fn serve(&mut self, choices: &mut Choices<'_>) {
        let choice = choices.byte();
        let Some(Fetch { id, next, to }) = self.fetch else {
            self.feed(Input::StoreEnd { id: u32::from(choice) });
            return;
        };
        let epoch = self.session.seq_nums().epoch;
        let found = self
            .stored
            .range((epoch, next)..=(epoch, to.max(next)))
            .next()
            .map(|(&(_, seq), message)| (seq, message.clone()));
        match (choice % 4, found) {
            // Vetoed.
            (0, Some((seq, _))) => self.fetched_up_to(seq),
            // Damaged in the store.
            (1, Some((seq, mut message))) => {
                let at = usize::from(choice) % message.len();
                message[at] ^= 1;
                self.give(id, seq, &message);
            }
            (_, Some((seq, message))) => self.give(id, seq, &message),
            (_, None) => {
                if self.feed(Input::StoreEnd { id }).blocked == Blocked::No
                    && self.fetch.as_ref().is_some_and(|fetch| fetch.id == id)
                {
                    self.fetch = None;
                }
            }
        }
    }

    fn verdict(&mut self, choices: &mut Choices<'_>) {
        let attempt = match choices.byte() % 4 {
            0 => self.attempt.wrapping_sub(1),
            _ => self.attempt,
        };
        match choices.byte() % 4 {
            0 => self.feed(Input::Refuse { attempt, refusal: Refusal::Silent }),
            1 => self.feed(Input::Refuse {
                attempt,
                refusal: Refusal::Logout { status: Some(5), text: "no\u{1}10=000" },
            }),
            _ => self.feed(Input::Accept { attempt, logon: Fields::EMPTY }),
        };
        // Bytes that waited for the verdict.
        self.receive(&[], 0);
    }

    /// A message of the peer, mostly what it should be.
    fn message(&self, choices: &mut Choices<'_>) -> Vec<u8> {
        let msg_type = choices.pick(&["0", "1", "2", "3", "4", "5", "A", "D", "8", "D"]);
        let seq = match choices.byte() % 8 {
            0..=3 => self.next_in(),
            4 => self.next_in().saturating_sub(1),
            5 => self.next_in() + u64::from(choices.byte() % 8),
            6 => u64::from(choices.byte()),
            _ => choices.pick(&[0, 1, 1_000_000, u64::MAX]),
        };
        let head = Head(choices.byte() & choices.byte());
        let mut body = self.head(msg_type, seq, head);
        if !head.has(Head::BARE) {
            match msg_type {
                "1" => put(&mut body, 112, "PING"),
                "2" => {
                    put(&mut body, 7, &self.number(choices));
                    put(&mut body, 16, &self.number(choices));
                }
                "4" => {
                    put(&mut body, 123, choices.pick(&["Y", "Y", "N"]));
                    put(&mut body, 36, &self.number(choices));
                }
                "A" => self.put_logon(&mut body, choices.byte().is_multiple_of(2)),
                "3" => put(&mut body, 45, "2"),
                _ => {}
            }
        }
        for _ in 0..choices.byte() % 4 {
            let tag = choices.pick(&[
                7, 16, 36, 123, 112, 141, 108, 98, 45, 58, 11, 95, 96, 1137, 43, 97, 122, 34, 52,
                49, 56, 115, 128, 129, 93, 89, 369, 10, 554, 0, 789, 383, 464, 1409,
            ]);
            let value = match choices.byte() % 4 {
                0 => self.number(choices),
                1 => choices.pick(&["Y", "N", "", "x", "-1", "+1"]).to_owned(),
                2 => choices.pick(&["20261122-09:30:00", "600"]).to_owned(),
                _ => "A".repeat(usize::from(choices.byte())),
            };
            put(&mut body, tag, &value);
        }
        framed(self.begin_string(), &body)
    }

    /// A number near one that matters.
    fn number(&self, choices: &mut Choices<'_>) -> String {
        let nums = self.session.seq_nums();
        let number = match choices.byte() % 8 {
            0 => nums.next_in.get(),
            1 => nums.next_in.get() + u64::from(choices.byte() % 8),
            2 => nums.next_out.get(),
            3 => nums.next_out.get() - 1,
            4 => u64::from(choices.byte()),
            5 => choices.pick(&[0, 1, 999_999, FAR]),
            6 => 1,
            _ => 0,
        };
        number.to_string()
    }
}

/// The configuration that the input chooses, and whether it resets at each Logon.
fn config(choices: &mut Choices<'_>) -> (Config, bool) {
    let version = choices.pick(&Version::ALL);
    let flags = [choices.byte(), choices.byte()];
    let has = |bit: usize| flags[bit / 8] & (1 << (bit % 8)) != 0;
    let policy = match choices.byte() % 3 {
        0 => ResendPolicy::All,
        1 => ResendPolicy::NotOlderThan(Duration::from_secs(60)),
        _ => ResendPolicy::Except(vec![b"D".to_vec()]),
    };
    let builder = if has(0) {
        Config::initiator(version, "US", "PEER", policy)
    } else {
        Config::acceptor(version, "US", "PEER", policy)
    };
    let mut reset = ResetPolicy::NEVER;
    let resets_at_logon = has(1) && version.has_reset_seq_num_flag();
    if resets_at_logon {
        reset = reset.at_logon();
    }
    if has(2) {
        reset = reset.at_logout();
    }
    if has(3) {
        reset = reset.at_disconnect().at_error();
    }
    let permission = if has(4) && version.has_reset_seq_num_flag() {
        ResetPermission::ALL
    } else {
        ResetPermission::NONE
    };
    let form = match choices.byte() % 3 {
        0 => ResendRequestForm::Open,
        1 => ResendRequestForm::Closed,
        _ => ResendRequestForm::Chunks(2),
    };
    let config = builder
        .reset(reset)
        .reset_permission(permission)
        .strict_reset(has(5))
        .retransmit_rejects(has(6))
        .message_len_max(if has(7) { 1024 } else { 65_536 })
        .resend_request_form(form)
        .next_expected_msg_seq_num(has(8) && version >= Version::Fix44)
        .last_msg_seq_num_processed(has(9) && version >= Version::Fix42)
        .announce_max_message_size(has(10) && version >= Version::Fix42)
        .offline_sends(has(11) && reset == ResetPolicy::NEVER)
        .redundant_resend_requests(has(12))
        .require_orig_sending_time(!has(13))
        .reject_only_bad_orig_sending_time(has(14))
        .build()
        .expect("the configuration is valid");
    (config, resets_at_logon)
}
