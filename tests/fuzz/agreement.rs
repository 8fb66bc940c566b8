//! What two sides may have agreed on: any configuration that both can keep to, chosen by a number.

use std::time::Duration;

use fixline::session::{
    Config, ConfigBuilder, ResendPolicy, ResendRequestForm, ResetPermission, ResetPolicy, Version,
};

/// A configuration of both sides. Number 0 is that of a new user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreement {
    pub(crate) version: Version,
    pub(crate) reset: ResetPolicy,
    /// Whether one side may restart on its own where the other does not know of it: when a Logout,
    /// a broken line or an error ends a connection, and either side missed it (S-RESET-13).
    pub(crate) resets_at_end: bool,
    pub(crate) resets_at_logon: bool,
    form: ResendRequestForm,
    /// The resend policy: everything, nothing old, no reports.
    withholds: u64,
    next_expected: bool,
    last_processed: bool,
    offline: bool,
    strict_reset: bool,
    redundant: bool,
    drop_rejects: bool,
    announce_size: bool,
    /// Which sides are matched to QuickFIX.
    quickfix: [bool; 2],
    open_last_chunk: bool,
    infer_reset: bool,
    matching_heartbeat: bool,
    wide_numbers: bool,
}

impl Agreement {
    /// The agreement of this number.
    pub(crate) fn new(number: u64) -> Self {
        let mut bits = Bits(number);
        // FIX.4.4 first.
        let version = Version::ALL[(4 + bits.below(8)) as usize % Version::ALL.len()];
        let has_flag = version.has_reset_seq_num_flag();
        let form = match bits.below(4) {
            0 | 1 => ResendRequestForm::Open,
            2 => ResendRequestForm::Closed,
            _ => ResendRequestForm::Chunks(1 + bits.below(16) as u32),
        };
        let resets_at_logon = bits.seldom() && has_flag;
        let mut reset = ResetPolicy::NEVER;
        if resets_at_logon {
            reset = reset.at_logon();
        }
        let ends = [bits.seldom(), bits.seldom(), bits.seldom()];
        if ends[0] {
            reset = reset.at_logout();
        }
        if ends[1] {
            reset = reset.at_disconnect();
        }
        if ends[2] {
            reset = reset.at_error();
        }
        match bits.below(8) {
            1 if has_flag => reset = reset.announced_when_fresh(),
            2 => reset = reset.unannounced(),
            _ => {}
        }
        let resets_at_end = ends.contains(&true);
        Self {
            version,
            reset,
            resets_at_end,
            resets_at_logon,
            form,
            withholds: bits.below(8),
            next_expected: bits.seldom() && version >= Version::Fix44,
            last_processed: bits.seldom() && version >= Version::Fix42,
            // What is kept offline must not be forgotten by a reset.
            offline: bits.seldom() && !resets_at_end && !resets_at_logon,
            strict_reset: bits.seldom(),
            redundant: bits.seldom(),
            drop_rejects: bits.seldom(),
            announce_size: bits.seldom() && version >= Version::Fix42,
            quickfix: [bits.seldom(), bits.seldom()],
            open_last_chunk: bits.seldom(),
            infer_reset: bits.seldom(),
            matching_heartbeat: bits.seldom(),
            wide_numbers: bits.seldom(),
        }
    }

    fn policy(&self) -> ResendPolicy {
        match self.withholds {
            1 => ResendPolicy::NotOlderThan(Duration::from_secs(5)),
            2 => ResendPolicy::Except(vec![b"8".to_vec()]),
            _ => ResendPolicy::All,
        }
    }

    /// Both sides.
    pub(crate) fn configs(&self) -> [Config; 2] {
        let client = Config::initiator(self.version, "CLIENT", "BROKER", self.policy());
        let broker = Config::acceptor(self.version, "BROKER", "CLIENT", self.policy());
        let [one, other] = self.quickfix;
        [self.build(client, one, 5), self.build(broker, other, 5)]
    }

    /// One side alone.
    pub(crate) fn single(&self, acceptor: bool) -> Config {
        let builder = if acceptor { Config::acceptor } else { Config::initiator };
        self.build(builder(self.version, "US", "PEER", self.policy()), self.quickfix[0], 30)
    }

    fn build(&self, builder: ConfigBuilder, quickfix: bool, heart_bt_int: u64) -> Config {
        let builder = if quickfix { builder.quickfix_profile() } else { builder };
        let permission = if self.version.has_reset_seq_num_flag() {
            ResetPermission::ALL
        } else {
            ResetPermission::NONE
        };
        builder
            .reset(self.reset)
            .reset_permission(permission)
            .strict_reset(self.strict_reset)
            .resend_request_form(self.form)
            .next_expected_msg_seq_num(self.next_expected)
            .last_msg_seq_num_processed(self.last_processed)
            .offline_sends(self.offline)
            .redundant_resend_requests(self.redundant)
            .retransmit_rejects(!self.drop_rejects)
            .announce_max_message_size(self.announce_size)
            .open_last_chunk(self.open_last_chunk)
            .infer_reset(self.infer_reset)
            .require_matching_heartbeat(self.matching_heartbeat)
            .msg_seq_num_digits(if self.wide_numbers { 9 } else { 1 })
            .body_length_digits(if self.wide_numbers { 6 } else { 1 })
            .heart_bt_int(Duration::from_secs(heart_bt_int))
            .build()
            .expect("what is agreed on can be kept")
    }
}

/// A number as a row of choices.
struct Bits(u64);

impl Bits {
    fn below(&mut self, bound: u64) -> u64 {
        let choice = self.0 % bound;
        self.0 /= bound;
        choice
    }

    /// Once in four times.
    fn seldom(&mut self) -> bool {
        self.below(4) == 3
    }
}
