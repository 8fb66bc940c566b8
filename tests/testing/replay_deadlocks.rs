//! Both sides miss thousands of messages and send them again at once over small buffers.
//!
//! Not reading while sending again, letting the session's own answers wait, or keeping no reserve
//! for them each deadlock here: every side waits for the other to read.

use std::time::Duration;

use fixline::engine::{ConnectionOptions, Draft, Event, Operation};
use fixline::session::{Config, ResendPolicy, ResendRequestForm, Version};
use fixline::testing::{Pair, PairOptions, Side};
use fixline::wire::{PutField as _, Tag};

const MISSED: usize = 3000;

fn config(side: Side, form: ResendRequestForm) -> Config {
    let builder = match side {
        Side::Initiator => Config::initiator(Version::Fix44, "C", "B", ResendPolicy::All),
        Side::Acceptor => Config::acceptor(Version::Fix44, "B", "C", ResendPolicy::All),
    };
    builder.message_len_max(4096).resend_request_form(form).build().expect("valid")
}

/// Both sides have sent `MISSED` messages that never arrived.
fn gapped(form: ResendRequestForm, options: PairOptions) -> Pair {
    let [client, broker] = Side::BOTH.map(|side| config(side, form));
    let mut pair = Pair::new(client, broker, options);
    pair.run(Duration::from_secs(1));
    // Nothing gets through any more, though both sides still compose and flush.
    for side in Side::BOTH {
        let now = pair.now();
        let connection = pair.connection_mut(side).expect("there");
        for number in 0..MISSED {
            let mut draft = Draft::new("D");
            draft.uint(Tag::CL_ORD_ID, number as u64).str(Tag::TEXT, "sixty bytes, more or less");
            let _ = connection.send(&draft, now).expect("logged on");
            let _ = connection.advance(now);
            while connection.event(now).is_some() {}
            let lost = connection.flushable().len();
            connection.flushed(lost);
        }
    }
    pair.cut();
    pair
}

fn small_buffers() -> PairOptions {
    let connection = ConnectionOptions::new()
        .receive_bytes(4096)
        .send_bytes(4096 + Config::RESERVE + 1024)
        .held_messages(10);
    PairOptions::new().connection(connection).pipe_bytes(2048)
}

fn converges(pair: &mut Pair, mut application: impl FnMut(Side, Event<'_>)) {
    for second in 0.. {
        if pair.is_settled() {
            break;
        }
        assert!(second < 600, "still not in step after ten minutes: {pair:#?}");
        pair.run_with(Duration::from_secs(1), &mut application);
    }
    pair.check().expect("nothing lost, nothing twice");
    for side in Side::BOTH {
        let delivered = pair.history(side).expect("there").delivered_len();
        assert!(delivered >= MISSED, "{delivered} delivered from {side:?}");
    }
}

#[test]
fn both_sides_send_again_over_small_buffers() {
    let mut pair = gapped(ResendRequestForm::Open, small_buffers());
    converges(&mut pair, |_, _| {});
}

#[test]
fn both_sides_send_again_while_both_ask_for_heartbeats() {
    let mut pair = gapped(ResendRequestForm::Open, small_buffers());
    for _ in 0..50 {
        pair.run(Duration::from_millis(20));
        for side in Side::BOTH {
            // Answers to these must find room between the repetitions.
            let now = pair.now();
            let connection = pair.connection_mut(side).expect("there");
            let _not_now = connection.operate(Operation::TestRequest, now);
        }
    }
    converges(&mut pair, |_, _| {});
}

#[test]
fn both_sides_send_again_and_answer_what_they_get() {
    let mut pair = gapped(ResendRequestForm::Open, small_buffers());
    converges(&mut pair, |_, event| {
        if let Event::Message { message, mut reply, .. } = event
            && message.msg_type() == b"D"
            && message.get_uint(Tag::CL_ORD_ID).is_some_and(|id| id % 50 == 0)
        {
            let mut fill = Draft::new("8");
            fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"0"));
            let _full = reply.send(&fill);
        }
    });
}

#[test]
fn both_sides_ask_in_chunks() {
    let mut pair = gapped(ResendRequestForm::Chunks(100), small_buffers());
    converges(&mut pair, |_, _| {});
}

#[test]
fn the_line_breaks_again_and_again_while_both_sides_send_again() {
    let mut pair = gapped(ResendRequestForm::Open, small_buffers());
    for bytes in [50_000, 120_000, 7_777] {
        pair.run(Duration::from_secs(2));
        pair.cut_after(Side::Initiator, bytes);
    }
    converges(&mut pair, |_, _| {});
}
