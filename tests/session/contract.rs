//! What holds for every step of a session, whatever it is about: checked behind each one.

use fixline::session::{Action, Actions, Deadline, Input, Keep, Sent, SeqNums, Session};
use fixline::wire::{Message, SendBuffer};

/// What a checker remembers of the steps before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contract {
    /// Disconnect was given out, and no connection has begun since.
    disconnected: bool,
    /// The last application message delivered for the first time.
    delivered: Option<(u32, u64)>,
    /// The operator asked for what was delivered before.
    asked_again: bool,
    /// The most actions that one step gave.
    pub(crate) most: usize,
}

/// The session as a step began.
#[derive(Clone, Copy)]
pub(crate) struct Before {
    nums: SeqNums,
    deadline: Option<Deadline>,
    end: u64,
}

impl Before {
    pub(crate) fn of(session: &Session, out: &SendBuffer) -> Self {
        Self { nums: session.seq_nums(), deadline: session.deadline(), end: out.end() }
    }
}

impl Contract {
    pub(crate) fn check(
        &mut self,
        before: Before,
        input: Input<'_>,
        actions: Actions<'_>,
        session: &Session,
        out: &SendBuffer,
    ) {
        self.most = self.most.max(actions.len());
        assert!(actions.len() <= 12, "{actions:?}");
        let ranks: Vec<u8> = actions.clone().map(|action| rank(&action)).collect();
        assert!(ranks.is_sorted(), "the order of actions is fixed: {actions:?}");
        assert!(ranks.iter().filter(|&&rank| has_message(rank)).count() <= 1, "{actions:?}");
        Self::check_numbers(before, actions.clone(), session, out);
        Self::check_schedule(before, input, actions.clone(), session);
        self.check_connection(input, actions.clone());
        self.check_deliveries(input, actions);
    }

    /// Every byte is somebody's, every new message has the next number, and repetitions are
    /// marked (INV-02, INV-05).
    fn check_numbers(before: Before, actions: Actions<'_>, session: &Session, out: &SendBuffer) {
        let (mut end, mut next_out) = (before.end, before.nums.next_out.get());
        let mut epoch = before.nums.epoch;
        for action in actions {
            match action {
                Action::Reset { epoch: begun, .. } => {
                    assert_eq!(begun, epoch + 1, "the epoch grows by one");
                    (epoch, next_out) = (begun, 1);
                }
                Action::Send(Sent { epoch: sent_in, seq, span, keep, flush, .. }) => {
                    assert_eq!((span.start(), sent_in, flush), (end, epoch, true));
                    end = span.end();
                    let message = Message::parse(out.bytes(span)).expect("well formed");
                    assert_eq!(message.poss_dup(), keep == Keep::Nothing, "{message}");
                    if keep == Keep::Nothing {
                        assert!(message.msg_seq_num() < next_out, "{message}");
                    } else {
                        assert_eq!(message.msg_seq_num(), next_out, "{message}");
                        assert!(seq.get() >= next_out, "{message}");
                        next_out = seq.get() + 1;
                    }
                }
                _ => {}
            }
        }
        let after = session.seq_nums();
        assert_eq!((after.epoch, after.next_out.get(), out.end()), (epoch, next_out, end));
        assert!(epoch > before.nums.epoch || after.next_in >= before.nums.next_in);
    }

    /// Schedule is given iff the deadline became earlier, and never behind a tick.
    fn check_schedule(
        before: Before,
        input: Input<'_>,
        mut actions: Actions<'_>,
        session: &Session,
    ) {
        let scheduled = actions.find_map(|action| match action {
            Action::Schedule(deadline) => Some(deadline),
            _ => None,
        });
        let sooner = session
            .deadline()
            .filter(|now| before.deadline.is_none_or(|before| now.at < before.at))
            .filter(|_| !matches!(input, Input::Tick));
        assert_eq!(scheduled, sooner);
    }

    /// Disconnect comes once, and nothing that needs a connection comes behind it (INV-28).
    fn check_connection(&mut self, input: Input<'_>, actions: Actions<'_>) {
        if matches!(input, Input::Connected { .. }) {
            self.disconnected = false;
        }
        for action in actions {
            let without_connection =
                matches!(action, Action::Reset { .. } | Action::Discard { .. } | Action::Notify(_));
            assert!(!self.disconnected || without_connection, "{action:?} behind Disconnect");
            self.disconnected |= matches!(action, Action::Disconnect(_));
        }
        assert!(!matches!(input, Input::Closed) || self.disconnected, "every connection ends");
    }

    /// Application messages come once, in order (INV-03).
    fn check_deliveries(&mut self, input: Input<'_>, actions: Actions<'_>) {
        self.asked_again |= matches!(input, Input::ResendRequest { .. });
        for action in actions {
            if let Action::Deliver { epoch, message, .. } = action
                && !message.is_admin()
                // In place of a Logon it is a refusal, whatever its number (S-LOGON-24).
                && message.msg_type() != b"j"
            {
                let this = Some((epoch, message.msg_seq_num()));
                let first = this > self.delivered;
                assert!(first || (self.asked_again && message.poss_dup()), "{message} twice");
                self.delivered = this.max(self.delivered);
            }
        }
    }
}

const fn rank(action: &Action<'_>) -> u8 {
    match action {
        Action::Reset { .. } => 0,
        Action::Send(_) => 1,
        Action::Fetch { .. } => 2,
        Action::Authenticate { .. } => 3,
        Action::Sign { .. } => 4,
        Action::Hold(_) => 5,
        Action::Recall(_) => 6,
        Action::Discard { .. } => 7,
        Action::Notify(_) => 8,
        Action::Schedule(_) => 9,
        Action::Deliver { .. } => 10,
        Action::Disconnect(_) => 11,
    }
}

const fn has_message(rank: u8) -> bool {
    matches!(rank, 3 | 5 | 10)
}
