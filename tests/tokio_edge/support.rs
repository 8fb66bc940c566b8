//! Sessions, orders and waits that the scripts share.

use std::time::Duration;

use fixline::adapters::tokio::{AcceptorEvent, AcceptorEvents, Events};
use fixline::engine::{Draft, Event};
use fixline::session::{Config, ResendPolicy, Version};
use fixline::wire::{Message, PutField as _, Tag};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn client() -> Config {
    Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All).build().unwrap()
}

pub(crate) fn broker() -> Config {
    Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All).build().unwrap()
}

pub(crate) fn order(id: &str) -> Draft {
    let mut order = Draft::new("D");
    order.str(Tag::CL_ORD_ID, id).uint(Tag::ORDER_QTY, 100);
    order
}

pub(crate) fn fill(order: Message<'_>) -> Draft {
    let mut fill = Draft::new("8");
    fill.put(Tag::CL_ORD_ID, order.get(Tag::CL_ORD_ID).unwrap_or(b"?"));
    fill
}

pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("in time")
}

/// The next line; whatever else is told meanwhile is printed.
pub(crate) async fn next_line<L>(events: &mut AcceptorEvents<L>) -> L {
    within(async {
        loop {
            match events.next().await.expect("the acceptor goes on") {
                AcceptorEvent::Line(line) => return line,
                AcceptorEvent::Told(told) => println!("told: {told:?}"),
            }
        }
    })
    .await
}

/// The ClOrdID of the next application message.
pub(crate) async fn next_order(events: &mut Events) -> String {
    within(async {
        loop {
            match events.next().await.expect("the line goes on") {
                Event::Message { message, .. } if !message.is_admin() => {
                    return message.get_str(Tag::CL_ORD_ID).unwrap_or("?").to_owned();
                }
                other => println!("{other:?}"),
            }
        }
    })
    .await
}
