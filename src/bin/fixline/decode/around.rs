//! An order through its ClOrdIDs and OrderIDs.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::dictionaries::named;
use super::record::Record;
use super::scan::{Scanner, What};
use super::source;

/// The fields by which messages belong to one order: ClOrdID, OrigClOrdID, OrderID, and what a
/// secondary system calls it.
const TAGS: [u32; 5] = [11, 41, 37, 198, 526];

/// So many names are followed: more than any order has.
const NAMES_MAX: usize = 10_000;

/// A longer value is no name.
const NAME_LEN_MAX: usize = 256;

/// How often the logs are read: each time finds what stands before what the last one has found.
const PASSES_MAX: usize = 16;

/// The names of an order.
pub(super) struct Around {
    names: BTreeSet<Vec<u8>>,
}

impl Around {
    /// Follows the order through the logs; standard input, which can be read once only, is followed
    /// as it comes.
    pub(super) fn new(order: &str, logs: &[PathBuf]) -> io::Result<Self> {
        let mut around = Self { names: BTreeSet::from([order.as_bytes().to_vec()]) };
        for _ in 0..PASSES_MAX {
            let before = around.names.len();
            for log in logs.iter().filter(|log| *log != Path::new("-")) {
                // What cannot be read is told when it is decoded.
                let Ok(source) = source::open(log, false) else { continue };
                let mut scanner = Scanner::new(source.reader);
                while named(log, scanner.fill()).unwrap_or(false) {
                    let piece = scanner.piece();
                    for find in &piece.finds {
                        if let What::Message(frame) = &find.what {
                            around.passes(&piece.record(find, frame));
                        }
                    }
                }
            }
            if around.names.len() == before {
                break;
            }
        }
        Ok(around)
    }

    /// Whether the message is about the order; its other names are the order's from then on.
    pub(super) fn passes(&mut self, record: &Record<'_>) -> bool {
        let is_name = |tag: u32| TAGS.contains(&tag);
        let values = record.fields.iter().filter(|field| is_name(field.tag));
        let values = values.map(|field| field.value);
        let is_meant = values.clone().any(|value| self.names.contains(value));
        // A mass message names many orders, and none of them more than another.
        let is_of_one = record.fields.iter().filter(|field| field.tag == 11).count() < 2;
        if is_meant && is_of_one {
            for value in values.filter(|value| says_something(value)) {
                if self.names.len() < NAMES_MAX && !self.names.contains(value) {
                    self.names.insert(value.to_vec());
                }
            }
        }
        is_meant
    }
}

/// `NONE` and the like stand where there is no id.
fn says_something(value: &[u8]) -> bool {
    let nothing: [&[u8]; 6] = [b"", b"0", b"NONE", b"N/A", b"UNKNOWN", b"NULL"];
    value.len() <= NAME_LEN_MAX && !nothing.iter().any(|word| word.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::super::tests::first;
    use super::*;

    #[test]
    fn an_order_is_followed_through_its_names() {
        let mut around = Around::new("B", &[]).unwrap();
        let mut passes = |fields: &str| {
            let line = format!("8=FIX.4.4|9=1|35=D|{fields}10=000|");
            around.passes(&first(line.as_bytes()))
        };
        assert!(!passes("11=A|"));
        assert!(passes("11=B|41=A|"));
        assert!(passes("11=A|"));
        assert!(passes("37=X|11=B|"));
        assert!(passes("37=X|"));
        assert!(passes("37=NONE|11=A|"));
        assert!(!passes("37=NONE|11=C|"));
        assert!(passes("11=A|11=D|"));
        assert!(!passes("11=D|"));
    }
}
