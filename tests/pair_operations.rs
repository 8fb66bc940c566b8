//! Two sessions, everything that an operator may ask for, every policy, and a line that breaks:
//! whatever is agreed on or not, both sides get in step, in order, and nothing comes twice
//! unflagged. Resets make both sides forget what they owe each other, so that here messages may be
//! lost; `pair.rs` sees that none is where nobody resets.
#![cfg(feature = "testing")]

use std::time::Duration;

use fixline::engine::{ConnectionOptions, Draft, Event, Operation};
use fixline::session::{
    Config, ConfigBuilder, Reason, ResendPolicy, ResendRequestForm, ResetPermission, ResetPolicy,
    Version,
};
use fixline::testing::{CrashStore, Pair, PairOptions, Side};
use fixline::wire::{PutField as _, Tag};
use proptest::prelude::*;

const SIDES: [Side; 2] = [Side::Initiator, Side::Acceptor];

/// What both sides agreed on.
#[derive(Clone, Debug)]
struct Agreement {
    version: Version,
    at_logon: bool,
    at_logout: bool,
    at_disconnect: bool,
    form: ResendRequestForm,
    next_expected: bool,
    offline: bool,
    strict: bool,
}

fn agreements() -> impl Strategy<Value = Agreement> {
    let forms = prop_oneof![
        Just(ResendRequestForm::Open),
        Just(ResendRequestForm::Closed),
        (1..20_u32).prop_map(ResendRequestForm::Chunks),
    ];
    let flags = prop::array::uniform6(prop::bool::weighted(0.25));
    (prop::sample::select(Version::ALL.to_vec()), flags, forms).prop_map(
        |(version, [at_logon, at_logout, at_disconnect, next_expected, offline, strict], form)| {
            let flag = version.has_reset_seq_num_flag();
            let at_logon = at_logon && flag;
            // 789 exists from FIX.4.4 on.
            // What is kept offline must not be forgotten by a reset at the end of the connection.
            let offline = offline && !(at_logon || at_logout || at_disconnect);
            let next_expected = next_expected && version >= Version::Fix44;
            Agreement {
                version,
                at_logon,
                at_logout,
                at_disconnect,
                form,
                next_expected,
                offline,
                strict,
            }
        },
    )
}

impl Agreement {
    /// Whether a line that breaks at any point cannot leave one side with a reset of which the
    /// other one does not know. Whoever asks for a reset repeats it with each Logon until it is
    /// agreed on; what both do on their own at an end may be known to one side only, and then a
    /// person has to look at it (S-RESET-13).
    const fn is_recoverable(&self) -> bool {
        !self.at_logout && !self.at_disconnect
    }

    fn pair(&self, options: PairOptions) -> Pair {
        let client = Config::initiator(self.version, "CLIENT", "BROKER", ResendPolicy::All);
        let broker = Config::acceptor(self.version, "BROKER", "CLIENT", ResendPolicy::All);
        Pair::new(self.config(client), self.config(broker), options)
    }

    fn config(&self, builder: ConfigBuilder) -> Config {
        let mut policy = ResetPolicy::NEVER;
        if self.at_logon {
            policy = policy.at_logon();
        }
        if self.at_logout {
            policy = policy.at_logout();
        }
        if self.at_disconnect {
            policy = policy.at_disconnect();
        }
        let permission = if self.version.has_reset_seq_num_flag() {
            ResetPermission::ALL
        } else {
            ResetPermission::NONE
        };
        builder
            .reset(policy)
            .reset_permission(permission)
            .resend_request_form(self.form)
            .next_expected_msg_seq_num(self.next_expected)
            .offline_sends(self.offline)
            .strict_reset(self.strict)
            .heart_bt_int(Duration::from_secs(5))
            .build()
            .expect("valid")
    }
}

#[derive(Clone, Debug)]
enum Step {
    Send { side: usize, count: usize },
    CutAfter { side: usize, bytes: usize },
    Crash { side: usize },
    FailStore { side: usize },
    Reset { side: usize },
    TestRequest { side: usize },
    Skip { side: usize, numbers: u64 },
    AskAgain { side: usize, from: u64, count: u64 },
    Logout { side: usize },
    Disconnect { side: usize },
    Wait { millis: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..2_usize, 1..12_usize).prop_map(|(side, count)| Step::Send { side, count }),
        2 => (0..2_usize, 0..2000_usize).prop_map(|(side, bytes)| Step::CutAfter { side, bytes }),
        1 => (0..2_usize).prop_map(|side| Step::Crash { side }),
        1 => (0..2_usize).prop_map(|side| Step::FailStore { side }),
        2 => (0..2_usize).prop_map(|side| Step::Reset { side }),
        1 => (0..2_usize).prop_map(|side| Step::TestRequest { side }),
        1 => (0..2_usize, 1..9_u64).prop_map(|(side, numbers)| Step::Skip { side, numbers }),
        1 => (0..2_usize, 1..9_u64, 0..9_u64)
            .prop_map(|(side, from, count)| Step::AskAgain { side, from, count }),
        1 => (0..2_usize).prop_map(|side| Step::Logout { side }),
        1 => (0..2_usize).prop_map(|side| Step::Disconnect { side }),
        6 => (0..5000_u64).prop_map(|millis| Step::Wait { millis }),
    ];
    prop::collection::vec(step, 1..40)
}

fn options() -> impl Strategy<Value = PairOptions> {
    let chunks = prop_oneof![Just(1_usize), 2..40_usize, Just(usize::MAX)];
    let pipes = prop_oneof![300..2000_usize, Just(64 * 1024)];
    let polls = prop_oneof![2 => Just(0_u32), 1 => 1..20_u32];
    (any::<u64>(), chunks, pipes, 0..200_u64, 0..2_usize, polls).prop_map(
        |(seed, chunk_max, pipe_bytes, latency, holds, polls)| {
            PairOptions::new()
                .connection(ConnectionOptions::new().held_messages(holds * 1000))
                .commit_polls(polls)
                .seed(seed)
                .chunk_max(chunk_max)
                .pipe_bytes(pipe_bytes)
                .latency(Duration::from_millis(latency))
        },
    )
}

/// What each side was shown: the id of each order, and whether it was flagged.
#[derive(Debug, Default)]
struct Shown {
    orders: [Vec<(u64, bool)>; 2],
    /// The ends after which nobody may try again without a person.
    fatal: Vec<(Side, Reason)>,
}

impl Shown {
    fn note(&mut self, side: Side, event: &Event<'_, CrashStore>) {
        match event {
            Event::Message { message, .. } => {
                if let Some(id) = message.get_uint(Tag::CL_ORD_ID) {
                    let orders = &mut self.orders[usize::from(side == Side::Acceptor)];
                    orders.push((id, message.poss_dup()));
                }
            }
            Event::Disconnected(reason) if reason.needs_operator() => {
                self.fatal.push((side, *reason));
            }
            _ => {}
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for shown in &self.orders {
            let mut last = 0;
            for &(id, flagged) in shown {
                if id <= last {
                    prop_assert!(flagged, "{id} behind {last}, not flagged: {shown:?}");
                }
                last = last.max(id);
            }
        }
        Ok(())
    }
}

fn perform(pair: &mut Pair, step: &Step, id: &mut u64, shown: &mut Shown) {
    let operate = |pair: &mut Pair, side: usize, operation| {
        // Refused where the session is in no state for it.
        let _refused = pair.connection_mut(SIDES[side]).expect("there").operate(operation);
    };
    match *step {
        Step::Send { side, count } => {
            for _ in 0..count {
                *id += 1;
                let mut order = Draft::new("D");
                order.uint(Tag::CL_ORD_ID, *id);
                let _refused = pair.send(SIDES[side], &order);
            }
        }
        Step::CutAfter { side, bytes } => pair.cut_after(SIDES[side], bytes),
        Step::Crash { side } => pair.crash(SIDES[side]),
        Step::FailStore { side } => pair.fail_store(SIDES[side]),
        Step::Reset { side } => operate(pair, side, Operation::ResetSeqNums),
        Step::TestRequest { side } => operate(pair, side, Operation::TestRequest),
        Step::Skip { side, numbers } => {
            let next = pair.connection(SIDES[side]).expect("there").seq_nums().next_out;
            let new = next.checked_add(numbers).expect("small");
            operate(pair, side, Operation::SequenceReset { new });
        }
        Step::AskAgain { side, from, count } => {
            let [from, to] =
                [from, from + count].map(|n| fixline::wire::SeqNum::new(n).expect("n"));
            operate(pair, side, Operation::ResendRequest { from, to });
        }
        Step::Logout { side } => {
            let _refused = pair.connection_mut(SIDES[side]).expect("there").logout("later");
        }
        Step::Disconnect { side } => operate(pair, side, Operation::Disconnect),
        Step::Wait { millis } => {
            pair.run_with(Duration::from_millis(millis), |side, event| shown.note(side, &event));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("PAIR_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
    ))]

    #[test]
    fn whatever_an_operator_does_both_sides_get_in_step(
        agreement in agreements(),
        options in options(),
        steps in steps(),
    ) {
        let mut pair = agreement.pair(options);
        let mut shown = Shown::default();
        let mut id = 0;
        pair.run(Duration::from_secs(1));
        for step in &steps {
            perform(&mut pair, step, &mut id, &mut shown);
        }
        for _ in 0..600 {
            pair.run_with(Duration::from_millis(500), |side, event| shown.note(side, &event));
            if pair.is_settled() {
                break;
            }
        }
        shown.check()?;
        if agreement.is_recoverable() {
            prop_assert_eq!(&shown.fatal, &[], "nobody did anything wrong");
        }
        prop_assert!(pair.is_settled(), "not in step at the end: {pair:#?}");
    }
}
