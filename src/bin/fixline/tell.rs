//! What is said on standard error.

use std::io::{self, Write as _};

/// Says something on standard error. Whoever closed it, or has no room for it, does not get to know.
pub(super) fn tell(text: &str) {
    let _lost = writeln!(io::stderr(), "{text}");
}
