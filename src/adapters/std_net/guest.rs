//! A connection before it has said who it is, in a thread of its own: the one that reads from it
//! for as long as it lives.

use alloc::string::ToString as _;
use alloc::sync::Arc;
use core::panic::AssertUnwindSafe;
use std::io::{self, ErrorKind, Read};
use std::panic::catch_unwind;
use std::thread;

use super::door::{Door, Prepare};
use super::pipe::Pipe;
use super::stream::Stream;
use crate::adapters::accepting::{Arrived, Came};
use crate::adapters::clock::Clock;
use crate::engine::{ConnectionId, Lobby, Look, Origin, TurnedAway};

/// What became of a connection in its lobby.
pub(super) struct Guest<T: Stream> {
    pub(super) connection: ConnectionId,
    pub(super) came: Came<Pipe<T>>,
}

/// Prepares the stream and waits for the Logon, in a thread that goes on to read from the stream.
/// When the deadline has passed, the acceptor closes the stream.
///
/// # Errors
///
/// No thread can be made, and the connection is closed.
pub(super) fn receive<T: Stream>(
    prepare: Prepare<T>,
    arrived: Arrived,
    clock: Clock,
    door: Arc<Door<T>>,
) -> io::Result<()> {
    let name = "fixline reader".to_string();
    let run = move || {
        let connection = arrived.connection;
        // Both the handshake and the reader are the user's.
        let prepared = catch_unwind(AssertUnwindSafe(|| {
            let (stream, origin) = prepare()?;
            let (pipe, reader) = Pipe::new(stream)?;
            Ok((pipe, reader, origin))
        }));
        let why = match prepared {
            Ok(Ok((pipe, reader, origin))) => {
                return read(pipe, reader, origin, arrived, &clock, &door);
            }
            Ok(Err::<_, io::Error>(error)) => TurnedAway::NotPrepared(error.to_string().into()),
            Err(_) => TurnedAway::NotPrepared("making it ready panicked".into()),
        };
        let came = Came::Away { origin: None, claimed: None, why };
        door.came(Guest { connection, came });
    };
    thread::Builder::new().name(name).spawn(run).map(drop)
}

/// Waits for the Logon, hands the stream over, and reads from it.
fn read<T: Stream>(
    pipe: Pipe<T>,
    mut reader: T::Reader,
    origin: Origin,
    arrived: Arrived,
    clock: &Clock,
    door: &Door<T>,
) {
    let connection = arrived.connection;
    let mut lobby = Lobby::with_options(arrived.deadline, arrived.first_message);
    let identified = catch_unwind(AssertUnwindSafe(|| identify(&mut reader, &mut lobby, clock)));
    let identified =
        identified.unwrap_or_else(|_| Err(TurnedAway::Failed("reading from it panicked".into())));
    match identified {
        Ok(()) => {
            let inbox = Arc::clone(&pipe.inbox);
            let came = Came::In { stream: pipe, lobby, origin };
            door.came(Guest { connection, came });
            inbox.read_from(&mut reader);
        }
        Err(why) => {
            let claimed = lobby.claimed();
            let came = Came::Away { origin: Some(origin), claimed, why };
            door.came(Guest { connection, came });
        }
    }
}

fn identify(reader: &mut impl Read, lobby: &mut Lobby, clock: &Clock) -> Result<(), TurnedAway> {
    loop {
        match lobby.look(clock.now().monotonic) {
            Look::Identity(_) => return Ok(()),
            Look::Close(why) => return Err(why),
            Look::NeedMore => {}
        }
        match reader.read(lobby.spare()) {
            Ok(0) => return Err(TurnedAway::Closed),
            Ok(count) => lobby.filled(count),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(TurnedAway::Failed(error.to_string().into())),
        }
    }
}
