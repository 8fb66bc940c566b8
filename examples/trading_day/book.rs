//! Who sent what, and what came of it: the judge of the day.

use std::collections::BTreeSet;

use crate::journal::Side;

/// What one side sent and received.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// What was accepted for sending, in that order.
    pub(crate) sent: Vec<Dispatch>,
    /// What was delivered, in that order.
    pub(crate) received: Vec<Receipt>,
}

/// One message that was accepted for sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dispatch {
    /// The business id: ClOrdID or ExecID.
    pub(crate) id: String,
    /// Sent once more, because a reset may have lost it.
    pub(crate) poss_resend: bool,
}

/// One delivered message.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) epoch: u32,
    pub(crate) seq: u64,
    pub(crate) poss_dup: bool,
    pub(crate) poss_resend: bool,
    pub(crate) id: String,
}

/// What went wrong on the way from one side to the other; nothing, on a good day.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) lost: Vec<String>,
    pub(crate) repeated_unflagged: Vec<String>,
    pub(crate) out_of_order: Vec<String>,
    pub(crate) never_sent: Vec<String>,
}

impl Verdict {
    pub(crate) fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// Judges what `sender` sent by what its peer received.
///
/// A message is known by epoch and number, and comes again only with PossDupFlag; an order or a
/// fill is known by its id, and is sent again only with PossResend.
pub(crate) fn judge(sender: &Book, receiver: &Book) -> Verdict {
    let mut verdict = Verdict::default();
    let sent: BTreeSet<&str> = sender.sent.iter().map(|sent| sent.id.as_str()).collect();
    let (mut keys, mut ids) = (BTreeSet::new(), BTreeSet::new());
    let mut ahead = sender.sent.as_slice();
    for receipt in &receiver.received {
        let id = receipt.id.as_str();
        let key = (receipt.epoch, receipt.seq);
        let is_last = keys.last().is_none_or(|last| *last < key);
        if !sent.contains(id) {
            verdict.never_sent.push(receipt.id.clone());
        } else if !keys.insert(key) {
            if !receipt.poss_dup {
                verdict.repeated_unflagged.push(receipt.id.clone());
            }
        } else if !ids.insert(id) && !receipt.poss_resend {
            verdict.repeated_unflagged.push(receipt.id.clone());
        } else {
            let found = ahead
                .iter()
                .position(|sent| sent.id == receipt.id && sent.poss_resend == receipt.poss_resend);
            match found {
                Some(at) if is_last => ahead = ahead.get(at + 1..).unwrap_or_default(),
                _ => verdict.out_of_order.push(receipt.id.clone()),
            }
        }
    }
    let lost = sent.iter().filter(|id| !ids.contains(*id));
    verdict.lost = lost.map(|id| (*id).to_owned()).collect();
    verdict
}

/// One line of the summary.
pub(crate) fn summary(from: Side, sender: &Book, receiver: &Book, verdict: &Verdict) -> String {
    let flagged = receiver.received.iter().filter(|receipt| receipt.poss_dup).count();
    let again = receiver.received.iter().filter(|receipt| receipt.poss_resend).count();
    format!(
        "{} -> {}: {} sent, {} delivered ({flagged} flagged PossDup, {again} PossResend), {} lost, \
         {} repeated unflagged, {} out of order",
        from.name(),
        from.other().name(),
        sender.sent.len(),
        receiver.received.len(),
        verdict.lost.len(),
        verdict.repeated_unflagged.len() + verdict.never_sent.len(),
        verdict.out_of_order.len(),
    )
}
