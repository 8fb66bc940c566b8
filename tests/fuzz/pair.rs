//! Two sessions, any agreement between them, and whatever can happen to a line, to processes, to
//! stores and by operators; then the faults stop.

use core::time::Duration;

use arbitrary::{Arbitrary as _, Unstructured};
use fixline::engine::{ConnectionOptions, Draft, Event};
use fixline::testing::{Op, Pair, PairOptions, Reach, Side, checks};
use fixline::wire::{PutField as _, Tag};

use crate::agreement::Agreement;

/// More adds nothing but time.
const OPS_MAX: usize = 48;

/// Checks everything that must hold for `data`.
pub(crate) fn check(data: &[u8]) {
    if let Ok((agreement, options, ops)) = choose(&mut Unstructured::new(data)) {
        let _pair = play(agreement, options, &ops);
    }
}

fn choose(data: &mut Unstructured<'_>) -> arbitrary::Result<(Agreement, PairOptions, Vec<Op>)> {
    let agreement = Agreement::new(u64::arbitrary(data)?);
    let options = options(data)?;
    let mut ops = Vec::new();
    for op in data.arbitrary_iter::<Op>()?.take(OPS_MAX) {
        ops.push(op?);
    }
    Ok((agreement, options, ops))
}

fn options(data: &mut Unstructured<'_>) -> arbitrary::Result<PairOptions> {
    let held = if bool::arbitrary(data)? { 1000 } else { 0 };
    let connection =
        ConnectionOptions::new().held_messages(held).held_bytes(64 * 1024).outbox_bytes(64 * 1024);
    Ok(PairOptions::new()
        .connection(connection)
        .seed(u8::arbitrary(data)?.into())
        .chunk_max(data.choose(&[usize::MAX, 1, 7, 40])?.to_owned())
        .pipe_bytes(data.choose(&[64 * 1024, 300, 1000])?.to_owned())
        .latency(Duration::from_millis(u8::arbitrary(data)?.into()))
        .commit_polls(data.choose(&[0, 0, 1, 10])?.to_owned()))
}

/// Plays it and judges it.
pub(crate) fn play(agreement: Agreement, options: PairOptions, ops: &[Op]) -> Pair {
    let [client, broker] = agreement.configs();
    let mut pair = Pair::new(client, broker, options);
    let mut fatal = Vec::new();
    let mut note = |side, event: Event<'_>| application(side, event, &mut fatal);
    pair.run_with(Duration::from_millis(500), &mut note);
    for op in ops.iter().filter(|op| op.reach() <= Reach::Operators) {
        let op = match *op {
            Op::Send { side, count, text_len } => Op::Send { side, count: count % 16, text_len },
            op => op,
        };
        pair.apply_with(&op, &mut note);
    }
    let settled = pair.converge_with(Duration::from_secs(600), &mut note);
    judge(&pair, agreement, settled, &fatal);
    pair
}

fn judge(pair: &Pair, agreement: Agreement, settled: bool, fatal: &[String]) {
    let verdict = if agreement.resets_at_end {
        // What one side resets on its own the other may not know of: then they mean different
        // messages by the same numbers, and a person has to look at it.
        let histories = Side::BOTH.map(|side| pair.history(side).expect("there"));
        let mut checks = checks::ALL.iter().filter(|(invariant, _)| *invariant != "INV-03");
        checks.try_for_each(|(_, check)| histories.iter().try_for_each(|history| check(history)))
    } else {
        assert!(fatal.is_empty(), "nobody did anything wrong: {fatal:?} {agreement:?}");
        if settled { pair.check() } else { pair.check_so_far() }
    };
    if let Err(violation) = verdict {
        let [client, broker] = Side::BOTH.map(|side| pair.history(side).expect("there"));
        panic!("{violation}\n{agreement:?}\nfrom CLIENT:\n{client}from BROKER:\n{broker}");
    }
    let explained = settled || !fatal.is_empty();
    assert!(explained, "not in step, and nobody says why: {agreement:?} {pair:?}");
}

/// Fills orders while holding them, and notes the ends after which nobody may try again.
fn application(side: Side, event: Event<'_>, fatal: &mut Vec<String>) {
    match event {
        Event::Message { message, mut reply, .. } if message.msg_type() == b"D" => {
            let mut fill = Draft::new("8");
            fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
            // Refused when the line is ending; the order was delivered all the same.
            let _refused = reply.send(&fill);
        }
        Event::Disconnected(reason) if reason.needs_operator() => {
            fatal.push(format!("{side:?}: {reason}"));
        }
        _ => {}
    }
}
