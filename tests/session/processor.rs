//! Messages reach the handler of their MsgType; what nobody handles is refused in the way of the
//! version, and session messages are left alone.

use std::task::Poll;

use fixline::engine::{
    BusinessRejectReason, Connection, ConnectionOptions, Draft, Entry, Event, MemoryStore,
    Operation, Progress,
};
use fixline::processor::Processor;
use fixline::session::{Config, Instant, Now, ResendPolicy, Version};
use fixline::wire::{Fields, Pretty, PutField as _, SeqNum, Tag, UtcTime};

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
            Line::new(config, MemoryStore::new(), ConnectionOptions::new()).expect("large enough");
        assert!(matches!(line.open(), Poll::Ready(Ok(()))));
        line.connected(now(), Entry::PLAIN).expect("down before");
        line
    })
}

/// Hands every message of both sides to its processor until nothing moves; what was on the wire
/// from the acceptor, without what every message has.
fn run(lines: &mut [Line; 2], processors: &mut [Processor<u32>; 2]) -> Vec<String> {
    let mut sent = Vec::new();
    let mut handled = 0;
    loop {
        let mut moved = false;
        for at in [0, 1] {
            while lines[at].advance(now()) == Progress::Events {
                while let Some(event) = lines[at].event(now()) {
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
    // S-VAL-20, S-VAL-22
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

#[test]
fn a_refusal_for_business_reasons_is_a_message_like_any_other() {
    // S-VAL-21, S-VAL-23, S-VAL-24, S-VAL-25, cases 14.l and 14.m
    let reasons = [
        (BusinessRejectReason::Other, 0),
        (BusinessRejectReason::UnknownId, 1),
        (BusinessRejectReason::UnknownSecurity, 2),
        (BusinessRejectReason::UnsupportedMessageType, 3),
        (BusinessRejectReason::ApplicationNotAvailable, 4),
        (BusinessRejectReason::ConditionallyRequiredFieldMissing, 5),
        (BusinessRejectReason::NotAuthorized, 6),
        (BusinessRejectReason::DeliverToFirmNotAvailable, 7),
        (BusinessRejectReason::InvalidPriceIncrement, 18),
        (BusinessRejectReason::Custom(10), 10),
    ];
    for (reason, code) in reasons {
        for (version, refusal) in [
            (Version::Fix44, format!("|35=j|34=2|.|45=2|58=LATER|372=D|379=ORD-1|380={code}|10=")),
            (Version::Fix41, "|35=3|34=2|.|45=2|58=LATER|10=".to_owned()),
        ] {
            let mut lines = pair(version);
            let mut processors = [Processor::new(), Processor::new()];
            processors[1].register("D", move |_, _, reply| {
                reply.business_reject(reason, Some("ORD-1"), "LATER")
            });
            processors[0].otherwise(|_, _, _| Ok(()));
            let _ = run(&mut lines, &mut processors);
            let _ = lines[0].send(&Draft::new("D"), now()).expect("logged on");
            let sent = run(&mut lines, &mut processors);
            let parts: Vec<&str> = refusal.split('.').collect();
            assert_eq!(sent.len(), 1);
            assert!(parts.iter().all(|part| sent[0].contains(part)), "{sent:?} is not {refusal}");
            // It was stored, and is sent again when the peer asks.
            let two = SeqNum::new(2).expect("a number");
            lines[0]
                .operate(Operation::ResendRequest { from: two, to: two }, now())
                .expect("logged on");
            let again = run(&mut lines, &mut processors);
            assert_eq!(again.len(), 1);
            assert!(again[0].contains("|34=2|43=Y|") && again[0].contains(parts[1]), "{again:?}");
        }
    }
}
