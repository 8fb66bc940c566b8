//! A connection before it has said who it is, in a task of its own.

use alloc::string::ToString as _;
use core::future::Future;
use std::io;

use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use super::pipe::Stream;
use crate::adapters::accepting::{Arrived, Came};
use crate::adapters::clock::Clock;
use crate::engine::{ConnectionId, FirstMessage, Lobby, Look, Origin, TurnedAway};
use crate::session::Instant;

/// What became of a connection in its lobby.
pub(super) struct Guest<T> {
    pub(super) connection: ConnectionId,
    pub(super) came: Came<T>,
}

/// Prepares the stream, then waits for the Logon, until its deadline.
pub(super) async fn receive<T: Stream>(
    prepare: impl Future<Output = io::Result<(T, Origin)>>,
    arrived: Arrived,
    clock: Clock,
) -> Guest<T> {
    let Arrived { connection, deadline, first_message, .. } = arrived;
    let came = match timeout(clock.until(deadline), prepare).await {
        Ok(Ok((stream, origin))) => identify(stream, origin, deadline, first_message, clock).await,
        Ok(Err(error)) => {
            let why = TurnedAway::NotPrepared(error.to_string().into());
            Came::Away { origin: None, claimed: None, why }
        }
        Err(_) => Came::Away { origin: None, claimed: None, why: TurnedAway::Late },
    };
    Guest { connection, came }
}

async fn identify<T: Stream>(
    mut stream: T,
    origin: Origin,
    deadline: Instant,
    first_message: FirstMessage,
    clock: Clock,
) -> Came<T> {
    let mut lobby = Lobby::with_options(deadline, first_message);
    let why = loop {
        match lobby.look(clock.now().monotonic) {
            Look::Identity(_) => return Came::In { stream, lobby, origin },
            Look::Close(why) => break why,
            Look::NeedMore => {}
        }
        match timeout(clock.until(deadline), stream.read(lobby.spare())).await {
            Ok(Ok(count @ 1..)) => lobby.filled(count),
            Ok(Ok(_)) => break TurnedAway::Closed,
            Ok(Err(error)) => break TurnedAway::Failed(error.to_string().into()),
            // The lobby says that time is up.
            Err(_) => {}
        }
    };
    Came::Away { origin: Some(origin), claimed: lobby.claimed(), why }
}
