//! How a line is driven, and how it ends.

use std::ops::ControlFlow;
use std::time::Duration;

use fixline::adapters::tokio::{Handle, Line};
use fixline::engine::{Acknowledge, Event, SessionId, StoreErrorKind};
use tokio::time::{sleep, timeout};

use super::{Random, World};
use crate::streams::{Rough, Shared, Sky};

#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Breaks,
    Panics,
    PanicsInline,
    Aborted,
    EventsDropped,
    LineDropped,
    ShutDown,
    StoreFails,
    ClientStoreFails,
    ClientLogsOut,
    StreamFails,
    PeerHalfCloses,
    StreamStalls,
}

pub(super) const ENDS: [End; 13] = [
    End::Breaks,
    End::Panics,
    End::PanicsInline,
    End::Aborted,
    End::EventsDropped,
    End::LineDropped,
    End::ShutDown,
    End::StoreFails,
    End::ClientStoreFails,
    End::ClientLogsOut,
    End::StreamFails,
    End::PeerHalfCloses,
    End::StreamStalls,
];

const KINDS: [StoreErrorKind; 4] = [
    StoreErrorKind::Unavailable,
    StoreErrorKind::Full,
    StoreErrorKind::Lost,
    StoreErrorKind::Other,
];

pub(super) async fn end_badly(
    end: End,
    after: usize,
    mut line: Line<Rough, Shared>,
    world: &World,
    random: &mut Random,
) {
    let (desk, mut left) = (world.desk.clone(), after);
    let handler = async move |event: Event<'_>, session: &Handle| {
        desk.show(event, Some(session));
        tokio::task::yield_now().await;
        if left == 0 {
            if matches!(end, End::Panics) {
                std::panic::resume_unwind(Box::new("as a handler might"));
            }
            return ControlFlow::Break(());
        }
        left -= 1;
        desk.ask();
        ControlFlow::Continue(())
    };
    match end {
        End::Breaks | End::Panics => {
            let _ended = tokio::spawn(line.run(handler)).await;
        }
        End::PanicsInline => {
            let (desk, mut left) = (world.desk.clone(), after);
            let inline = line.run_inline(move |event| {
                desk.show(event, None);
                if left == 0 {
                    std::panic::resume_unwind(Box::new("as a handler might"));
                }
                left -= 1;
                desk.ask();
                ControlFlow::Continue(())
            });
            let _ended = tokio::spawn(inline).await;
        }
        End::Aborted => {
            let running = tokio::spawn(line.run(handler));
            sleep(random.millis(300)).await;
            running.abort();
            let _aborted = running.await;
        }
        End::LineDropped => {
            for _ in 0..=after {
                world.desk.ask();
                match line.next().await {
                    Ok(event) => world.desk.show(event, None),
                    Err(_) => return,
                }
            }
        }
        _ => end_spawned(end, after, line, world, random).await,
    }
}

/// The events of a spawned line are taken until they are over, or dropped before.
async fn end_spawned(
    end: End,
    after: usize,
    line: Line<Rough, Shared>,
    world: &World,
    random: &mut Random,
) {
    let acknowledge = random.one_of(&[
        Acknowledge::OnNextEvent,
        Acknowledge::OnNextEvent,
        Acknowledge::Explicitly,
    ]);
    let id = line.id().clone();
    let (handle, mut events) = line.spawn_with(acknowledge);
    // One that goes on all the same is dropped in the end.
    for taken in 0..after + 100 {
        if taken == after {
            if matches!(end, End::EventsDropped) {
                return;
            }
            disturb(end, &id, world, random);
        }
        match acknowledge {
            Acknowledge::OnNextEvent => world.desk.ask(),
            Acknowledge::Explicitly => {
                if let Some(id) = world.desk.handle_one() {
                    events.handled(id);
                }
            }
        }
        // One whose store fails at a call that does not come goes on.
        match timeout(Duration::from_secs(100), events.next()).await {
            Ok(Some(event)) => world.desk.show(event, Some(&handle)),
            Ok(None) | Err(_) => return,
        }
    }
}

/// Lets happen what ends the line, sooner or later.
fn disturb(end: End, id: &SessionId, world: &World, random: &mut Random) {
    match end {
        End::StoreFails | End::ClientStoreFails => {
            let broker = matches!(end, End::StoreFails);
            let store = if broker { &world.desk.store } else { &world.client_store };
            let call = u32::try_from(1 + random.below(20)).expect("few");
            store.lock().store.fail_at(call, random.one_of(&KINDS));
        }
        End::ClientLogsOut => {
            let (client, pause) = (world.client.clone(), random.millis(200));
            tokio::spawn(async move {
                let _out = client.logout("bye").await;
                sleep(pause).await;
                let _resumed = client.resume().await;
            });
        }
        End::ShutDown => {
            let patience = random.millis(2000);
            let handle = world.acceptor.session(id).expect("it is there");
            tokio::spawn(async move {
                let _down = handle.shutdown("enough", patience).await;
            });
        }
        End::StreamFails => world.weather.becomes(Sky::Reset),
        End::PeerHalfCloses => world.weather.becomes(Sky::HalfClosed),
        End::StreamStalls => {
            // Long enough for either side to give the other up, or not.
            let (weather, pause) = (world.weather.clone(), random.millis(80_000));
            weather.becomes(Sky::Stalled);
            tokio::spawn(async move {
                sleep(pause).await;
                weather.becomes(Sky::Fair);
            });
        }
        _ => {}
    }
}
