//! Messages reach the handler of their MsgType; what nobody handles is refused in the way of the
//! version, and session messages are left alone.

use fixline::engine::{Connection, ConnectionOptions, Draft, Event, MemoryStore, Progress};
use fixline::processor::Processor;
use fixline::session::{Config, Instant, Now, ResendPolicy, Version};
use fixline::wire::{Fields, Pretty, PutField as _, Tag, UtcTime};

type Line = Connection<MemoryStore>;

fn now() -> Now {
    Now::new(Instant::from_millis(0), UtcTime::parse(b"20261122-09:30:00").expect("a time"))
}

fn pair(version: Version) -> [Line; 2] {
    let client = Config::initiator(version, "CLIENT", "BROKER", ResendPolicy::All);
    let broker = Config::acceptor(version, "BROKER", "CLIENT", ResendPolicy::All);
    [client, broker].map(|builder| {
        let config = builder.build().expect("valid");
        let mut line =
            Line::open(config, MemoryStore::new(), ConnectionOptions::new()).expect("opens");
        line.connected(now(), Fields::EMPTY).expect("down before");
        line
    })
}

/// Hands every message of both sides to its processor until nothing moves; what was on the wire
/// from the acceptor, without what every message has.
fn run(lines: &mut [Line; 2], processors: &mut [Processor<u32, MemoryStore>; 2]) -> Vec<String> {
    let mut sent = Vec::new();
    let mut handled = 0;
    loop {
        let mut moved = false;
        for at in [0, 1] {
            while lines[at].advance(now()) == Progress::Events {
                while let Some(event) = lines[at].event() {
                    match event {
                        Event::Authenticate { verdict, .. } => {
                            verdict.accept(Fields::EMPTY).expect("accepted");
                        }
                        Event::Message { message, mut reply, .. } => {
                            let done = processors[at].process(&mut handled, message, &mut reply);
                            done.expect("sent");
                        }
                        _ => {}
                    }
                }
            }
            let bytes = lines[at].flushable().to_vec();
            lines[at].flushed(bytes.len());
            moved |= !bytes.is_empty();
            if at == 1 && !bytes.is_empty() {
                sent.push(Pretty(&bytes).to_string());
            }
            let peer = &mut lines[1 - at];
            peer.spare()[..bytes.len()].copy_from_slice(&bytes);
            peer.filled(bytes.len());
        }
        if !moved {
            return sent;
        }
    }
}

fn order() -> Draft {
    let mut order = Draft::new("D");
    order.str(Tag::ON_BEHALF_OF_COMP_ID, "DESK").str(Tag::CL_ORD_ID, "ORD-1");
    order
}

#[test]
fn a_message_reaches_the_handler_of_its_type() {
    let mut lines = pair(Version::Fix44);
    let mut processors = [Processor::new(), Processor::new()];
    processors[1].register("D", |handled: &mut u32, order, reply| {
        *handled += 1;
        let mut fill = Draft::new("8");
        fill.put(Tag::CL_ORD_ID, order.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
        reply.send(&fill).map(|_| ())
    });
    processors[0].otherwise(|_, _, _| Ok(()));
    let _ = run(&mut lines, &mut processors);
    let _ = lines[0].send(&order(), now()).expect("logged on");
    let sent = run(&mut lines, &mut processors);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("|35=8|34=2|") && sent[0].contains("|11=ORD-1|"), "{sent:?}");
}

#[test]
fn what_nobody_handles_is_refused_in_the_way_of_the_version() {
    for (version, refusal) in [
        (Version::Fix44, "128=DESK|45=2|58=Unsupported Message Type|372=D|379=ORD-1|380=3|"),
        (Version::Fix42, "128=DESK|45=2|58=Unsupported Message Type|372=D|379=ORD-1|380=3|"),
        (Version::Fix41, "128=DESK|45=2|58=Unsupported Message Type|"),
    ] {
        let mut lines = pair(version);
        let mut processors = [Processor::new(), Processor::new()];
        let logon = run(&mut lines, &mut processors);
        assert_eq!(logon.len(), 1, "{version}: the answer to a Logon is not refused: {logon:?}");
        let _ = lines[0].send(&order(), now()).expect("logged on");
        let sent = run(&mut lines, &mut processors);
        assert_eq!(sent.len(), 1, "{version}: nothing is refused in turn: {sent:?}");
        assert!(sent[0].contains(refusal), "{version}: {sent:?}");
        let msg_type = if version.has_reject_details() { "|35=j|" } else { "|35=3|" };
        assert!(sent[0].contains(msg_type), "{version}: {sent:?}");
    }
}
