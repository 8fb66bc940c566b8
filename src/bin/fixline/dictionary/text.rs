//! `fixline dictionary text`: a dictionary from any source, in the text form.

use clap::Args;

use super::load::{self, Source};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(options: &Options) -> Result<(), String> {
    load::print(&options.source.load()?.to_text())
}
