//! What an engine prints of itself never shows what its messages hold.

use fixline::engine::{Draft, HoldBuffer, MemoryStore, Store as _};
use fixline::wire::{PutField as _, SeqNum, Tag};

const SECRET: &str = "canary-0815";

fn hides_it(debug: &str) {
    let as_numbers = format!("{:?}", SECRET.as_bytes());
    let as_numbers = as_numbers.trim_matches(['[', ']']);
    assert!(!debug.contains(SECRET) && !debug.contains(as_numbers), "{debug}");
}

#[test]
fn buffers_and_stores_do_not_print_bytes() {
    let seq = SeqNum::new(7).expect("not zero");
    let message = format!("8=FIX.4.4|35=BE|554={SECRET}|").into_bytes();
    let mut hold = HoldBuffer::new(10, 1000);
    assert!(hold.hold(seq, &message));
    hides_it(&format!("{hold:?}"));
    let mut store = MemoryStore::new();
    store.append(0, seq, &message).expect("never fails");
    hides_it(&format!("{store:?}"));
}

#[test]
fn a_draft_masks_secrets() {
    let mut draft = Draft::new("BE");
    draft.str(Tag::USERNAME, "me").str(Tag::PASSWORD, SECRET);
    hides_it(&format!("{draft:?}"));
}
