//! The client: sends orders, and gives some of them up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fixline::adapters::tokio::Handle;
use fixline::engine::SendError;
use tokio::time::{sleep, timeout};

use super::{LAST_ORDERS, Random};
use crate::support::order;

/// How many orders are sent in a run at least.
const ORDERS: u64 = 150;

/// What became of an order, as its sender was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Sent,
    Refused,
    Unknown,
}

pub(super) struct Sent {
    pub(super) fates: BTreeMap<u64, Fate>,
    /// From this order on nothing went wrong any more.
    pub(super) well_from: u64,
}

pub(super) async fn send(handle: Handle, mut random: Random, enough: Arc<AtomicBool>) -> Sent {
    let (mut fates, mut well_from) = (BTreeMap::new(), None);
    for number in 0.. {
        if number > ORDERS && enough.load(Ordering::Relaxed) {
            let from = *well_from.get_or_insert(number);
            if number == from + LAST_ORDERS {
                break;
            }
        }
        if number > ORDERS && well_from.is_none() {
            sleep(Duration::from_secs(1)).await;
        }
        if random.below(3) == 0 {
            sleep(random.millis(20)).await;
        }
        if random.below(10) > 0 {
            // In vain where it is stopped: somebody resumes it.
            let _up = timeout(Duration::from_secs(30), handle.logged_on()).await;
        }
        let draft = order(&number.to_string());
        let fate = if random.below(6) == 0 {
            let polls = random.below(4);
            let sending = crate::cancel::poll_times(handle.send(&draft), polls);
            match timeout(random.millis(100), sending).await {
                Ok(Some(result)) => fate(result.map(drop)),
                Ok(None) if polls < 2 => Fate::Refused,
                Ok(None) | Err(_) => Fate::Unknown,
            }
        } else {
            fate(handle.send(&draft).await.map(drop))
        };
        fates.insert(number, fate);
    }
    Sent { fates, well_from: well_from.unwrap_or_default() }
}

const fn fate(result: Result<(), SendError>) -> Fate {
    match result {
        Ok(()) => Fate::Sent,
        Err(SendError::Refused(_)) => Fate::Refused,
        Err(_) => Fate::Unknown,
    }
}
