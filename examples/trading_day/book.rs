//! Who sent what, and what came of it: the judge of the day.

use std::collections::BTreeMap;

use crate::journal::Side;

/// What one side sent and received.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Business ids (ClOrdID, ExecID) of what was accepted for sending, in that order.
    pub(crate) sent: Vec<String>,
    /// What was delivered, in that order.
    pub(crate) received: Vec<Receipt>,
}

/// One delivered message.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) epoch: u32,
    pub(crate) seq: u64,
    pub(crate) poss_dup: bool,
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
pub(crate) fn judge(sender: &Book, receiver: &Book) -> Verdict {
    let mut verdict = Verdict::default();
    let place: BTreeMap<&str, usize> =
        sender.sent.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut last_key, mut last_place) = (None, None);
    for receipt in &receiver.received {
        let id = receipt.id.as_str();
        let Some(&at) = place.get(id) else {
            verdict.never_sent.push(receipt.id.clone());
            continue;
        };
        let times = seen.entry(id).or_default();
        *times += 1;
        if *times > 1 {
            if !receipt.poss_dup {
                verdict.repeated_unflagged.push(receipt.id.clone());
            }
            continue;
        }
        let key = (receipt.epoch, receipt.seq);
        if last_key.is_some_and(|last| key <= last) || last_place.is_some_and(|last| at <= last) {
            verdict.out_of_order.push(receipt.id.clone());
        }
        (last_key, last_place) = (Some(key), Some(at));
    }
    let lost = sender.sent.iter().filter(|id| !seen.contains_key(id.as_str()));
    verdict.lost = lost.cloned().collect();
    verdict
}

/// One line of the summary.
pub(crate) fn summary(from: Side, sender: &Book, receiver: &Book, verdict: &Verdict) -> String {
    let flagged = receiver.received.iter().filter(|receipt| receipt.poss_dup).count();
    format!(
        "{} -> {}: {} sent, {} delivered ({flagged} flagged PossDup), {} lost, {} repeated \
         unflagged, {} out of order",
        from.name(),
        from.other().name(),
        sender.sent.len(),
        receiver.received.len(),
        verdict.lost.len(),
        verdict.repeated_unflagged.len() + verdict.never_sent.len(),
        verdict.out_of_order.len(),
    )
}
