//! Whatever is written, it gives what the store in memory gives.

use fixline::adapters::FileStore;
use fixline::engine::{MemoryStore, Store};
use fixline::session::SeqNums;
use fixline::wire::UtcTime;

use crate::folder::{Folder, contents, loaded, now, seq, sync};

#[test]
fn it_gives_what_the_store_in_memory_gives_however_often_it_is_opened_again() {
    let folder = Folder::quick("model");
    let mut model = MemoryStore::new();
    let mut store = loaded(&folder.file());
    let mut random: u64 = 7;
    let mut epoch = 0;
    for round in 0..400 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        let numbers = now(model.load(None)).unwrap().numbers;
        let (next, next_in) = (numbers.next_out, numbers.next_in);
        let length = usize::try_from(random >> 50).expect("small") % 300;
        match random >> 61 {
            0..=2 => {
                let bytes = vec![b'0' + u8::try_from(round % 10).expect("small"); length];
                store.append(epoch, next, &bytes).unwrap();
                model.append(epoch, next, &bytes).unwrap();
            }
            3 => {
                store.set_next_out(epoch, next.next()).unwrap();
                model.set_next_out(epoch, next.next()).unwrap();
            }
            4 => {
                store.set_next_in(epoch, next_in.next(), round % 2 == 0).unwrap();
                model.set_next_in(epoch, next_in.next(), round % 2 == 0).unwrap();
            }
            5 if round % 20 == 0 => {
                epoch += 1;
                let begin = SeqNums { epoch, next_in: seq(1 + round), ..SeqNums::FRESH };
                store.reset(begin, UtcTime::from_nanos(5)).unwrap();
                model.reset(begin, UtcTime::from_nanos(5)).unwrap();
            }
            6 => {
                sync(&mut store);
                drop(store);
                store = FileStore::open(folder.file());
            }
            _ => sync(&mut store),
        }
        assert_eq!(contents(&mut store), contents(&mut model), "after write {round}");
    }
}

#[test]
fn many_messages_are_read_back_page_by_page() {
    let folder = Folder::quick("pages");
    let mut store = loaded(&folder.file());
    let bytes = |number: u64| vec![number as u8; usize::try_from(number * 7919 % 3000).unwrap()];
    for number in 1..=500 {
        let longer = if number == 250 { 200_000 } else { 0 };
        let mut message = bytes(number);
        message.resize(message.len() + longer, b'!');
        store.append(0, seq(number), &message).unwrap();
        if number % 7 == 0 {
            sync(&mut store);
        }
    }
    // Some in the file, the last not committed.
    let (_, messages) = contents(&mut store);
    assert_eq!(messages.len(), 500);
    for (number, message) in messages {
        assert!(message.starts_with(&bytes(number)), "message {number}");
    }
}
