//! The command line tool, as people start it.

mod decode;
#[cfg(unix)]
mod decode_page;
mod dictionary_sources;
