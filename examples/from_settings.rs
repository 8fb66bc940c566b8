//! A broker and its client out of one settings file, which trade an order and log out:
//! `cargo run --features settings --example from_settings`.

use std::{error::Error, ops::ControlFlow, sync::mpsc, time::Duration};

use fixline::adapters::Handle;
use fixline::engine::{Draft, Event, SessionId};
use fixline::session::Notice;
use fixline::settings::Settings;
use fixline::wire::{Fields, PutField as _, Tag};

/// Every event of every session: the broker's and the client's. Whether the client has its fill.
fn on(id: &SessionId, event: Event<'_>, session: &Handle) -> bool {
    match event {
        Event::Authenticate { verdict, .. } => drop(verdict.accept(Fields::EMPTY)),
        Event::Notice(Notice::LoggedOn { .. }) if id.us().comp_id() == "CLIENT" => {
            let mut order = Draft::new("D");
            order.str(Tag::CL_ORD_ID, "ORD-1").uint(Tag::ORDER_QTY, 100);
            println!("{id}: {:?}", session.try_send(&order));
        }
        Event::Message { message, mut reply, .. } => {
            println!("{id}: {message}");
            if message.msg_type() == b"D" {
                let mut fill = Draft::new("8");
                fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
                println!("{id}: {:?}", reply.send(&fill));
            }
            return message.msg_type() == b"8";
        }
        Event::ConnectFailed { address, error, .. } => eprintln!("{id}: {address}: {error}"),
        Event::Disconnected(reason) => println!("{id}: {reason}"),
        _ => {}
    }
    false
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "examples/from_settings.cfg".to_owned());
    let (filled, fills) = mpsc::channel();
    let running = Settings::read(file)?.start(move |id, event, session| {
        if on(id, event, session) {
            let _done = filled.send(());
        }
        ControlFlow::Continue(())
    })?;
    fills.recv_timeout(Duration::from_secs(30))?;
    running.wait_shutdown("done for today", Duration::from_secs(5));
    Ok(())
}
