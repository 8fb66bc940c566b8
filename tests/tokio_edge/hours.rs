//! Trading through the end of a day and into the next, over both lines of a network in memory.

use std::time::Duration;

use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Initiator};
use fixline::engine::{Connection, ConnectionOptions, Event, Hours, MemoryStore, Reconnect};
use fixline::schedule::{Moment, Schedule};
use fixline::session::{Config, Notice, Reason};
use fixline::wire::Fields;
use tokio::time::{Instant, sleep};

use crate::streams::{clock, network};
use crate::support::{broker, client, fill, order};

fn keeping(config: Config, hours: &Hours) -> Connection<MemoryStore> {
    let options = ConnectionOptions::new();
    let mut connection = Connection::new(config, MemoryStore::new(), options).unwrap();
    connection.set_hours(hours.clone());
    connection
}

/// Until 10:00, and from 10:20 on; it is 09:30.
fn hours() -> Hours {
    let at = |time: &str| Moment::daily(time.parse().unwrap());
    let schedule = Schedule::builder()
        .window(at("09:00:00"), at("10:00:00"))
        .window(at("10:20:00"), at("17:00:00"));
    Hours::new(schedule.build().unwrap())
}

/// S-SCHED-04: both log out at the end, are quiet, and log on again with number 1, by themselves.
#[tokio::test(start_paused = true)]
async fn both_sides_trade_log_out_in_time_and_log_on_again_when_the_next_window_opens() {
    let (dials, streams) = network();
    let mut acceptor = Acceptor::new(streams).clock(clock());
    acceptor.session_of(keeping(broker(), &hours())).unwrap();
    tokio::spawn(async move {
        while let Some(event) = acceptor.next().await {
            let AcceptorEvent::Line(line) = event else { continue };
            drop(tokio::spawn(line.run(async |event, _session| {
                match event {
                    Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).unwrap(),
                    Event::Message { message, mut reply, .. } if !message.is_admin() => {
                        let _ = reply.send(&fill(message)).unwrap();
                    }
                    _ => {}
                }
                std::ops::ControlFlow::Continue(())
            })));
        }
    });
    let began = Instant::now();
    // Slow enough that it would come late, were the end of its hours a failure.
    let pauses = Duration::from_secs(3_600);
    let initiator = Initiator::of(keeping(client(), &hours()), dials)
        .clock(clock())
        .reconnect(Reconnect::new(1, 1).waits(pauses, pauses).pauses(pauses, pauses));
    let (session, mut events) = initiator.spawn();
    let sender = tokio::spawn(async move {
        let mut numbers = Vec::new();
        for minute in 0..60_u64 {
            sleep(Duration::from_secs(60)).await;
            let sent = session.try_send(&order(&minute.to_string())).is_ok();
            let next_out = session.status().map_or(0, |it| it.snapshot.numbers.next_out.get());
            numbers.push((began.elapsed().as_secs() / 60, sent, next_out));
        }
        session.shutdown("done", Duration::from_secs(5)).await.unwrap();
        numbers
    });
    let (mut seen, mut fills) = (Vec::new(), 0);
    while let Some(event) = events.next().await {
        let seconds = began.elapsed().as_secs();
        match event {
            Event::Notice(Notice::LoggedOn { .. }) => seen.push((seconds, "on")),
            Event::Disconnected(Reason::LoggedOut | Reason::LoggedOutByPeer { .. }) => {
                seen.push((seconds, "out"));
            }
            Event::Message { message, .. } if message.msg_type() == b"8" => fills += 1,
            _ => {}
        }
    }
    let ends: Vec<_> = seen.iter().map(|(seconds, what)| (seconds / 60, *what)).collect();
    assert_eq!(ends, [(0, "on"), (30, "out"), (50, "on"), (60, "out")], "{seen:?}");
    let numbers = sender.await.unwrap();
    let before = numbers.iter().find(|(minute, ..)| *minute == 29).unwrap().2;
    let after = numbers.iter().find(|(minute, ..)| *minute == 51).unwrap().2;
    assert!(before > 20 && after < 10, "{numbers:?}");
    assert!(fills >= 36, "{fills}");
}

/// The peer, whose clock is ahead, logs out a moment before a window that follows without a break: the
/// pause that this would mean ends with the window.
#[tokio::test(start_paused = true)]
async fn a_window_that_begins_ends_the_pause_behind_a_logout_of_the_peer() {
    let at = |time: &str| Moment::daily(time.parse().unwrap());
    let round = Schedule::builder().window(at("10:00:00"), at("10:00:00")).build().unwrap();
    let early = Hours::new(round.clone()).logout_before(Duration::from_secs(5));
    let (dials, streams) = network();
    let mut acceptor = Acceptor::new(streams).clock(clock());
    acceptor.session_of(keeping(broker(), &early)).unwrap();
    tokio::spawn(async move {
        while let Some(event) = acceptor.next().await {
            let AcceptorEvent::Line(line) = event else { continue };
            drop(tokio::spawn(line.run(async |event, _session| {
                if let Event::Authenticate { verdict, .. } = event {
                    verdict.accept(Fields::EMPTY).unwrap();
                }
                std::ops::ControlFlow::Continue(())
            })));
        }
    });
    let began = Instant::now();
    let pauses = Duration::from_secs(3_600);
    let (session, mut events) = Initiator::of(keeping(client(), &Hours::new(round)), dials)
        .clock(clock())
        .reconnect(Reconnect::new(1, 1).waits(pauses, pauses).pauses(pauses, pauses))
        .spawn();
    let mut seen = Vec::new();
    while seen.len() < 3 {
        match events.next().await.unwrap() {
            Event::Notice(Notice::LoggedOn { .. }) => seen.push((began.elapsed().as_secs(), "on")),
            Event::Disconnected(Reason::LoggedOutByPeer { .. }) => {
                seen.push((began.elapsed().as_secs(), "out"));
            }
            _ => {}
        }
    }
    assert_eq!(seen, [(0, "on"), (1_795, "out"), (1_800, "on")]);
    let numbers = session.status().unwrap().snapshot.numbers;
    assert_eq!((numbers.next_out.get(), numbers.epoch), (2, 1));
}
