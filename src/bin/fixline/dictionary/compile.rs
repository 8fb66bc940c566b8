//! `fixline dictionary compile`.

use std::fs;
use std::path::{Path, PathBuf};

use fixline::dictionary::{Spec, Standard};

use super::{constants, repository, slips};

/// Stands first in each table.
const ORIGIN: &str = "# Facts from the FIX Unified Repository, 2010 Edition, Copyright FIX Protocol \
                      Limited (http://www.fixprotocol.org). Made by `fixline dictionary compile`.\n";

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The folder with one folder for each version: FIX.4.0, .. FIXT.1.1
    #[arg(long)]
    repository: PathBuf,
    /// The folder with the folders `shipped/tables` and `constants`
    #[arg(long, default_value = "src/dictionary")]
    output: PathBuf,
}

pub(super) fn run(options: &Options) -> Result<(), String> {
    for standard in Standard::ALL {
        let spec = standard_spec(&options.repository, standard)?;
        let table = format!("shipped/tables/{standard}.txt");
        write(&options.output.join(table), &format!("{ORIGIN}{}", spec.to_text()))?;
        let module = constants::module(standard);
        let constants = constants::source(&spec).map_err(|error| format!("{standard}: {error}"))?;
        write(&options.output.join(format!("constants/{module}.rs")), &constants)?;
        println!(
            "{standard}: {} fields, {} components, {} messages",
            spec.fields.len(),
            spec.components.len(),
            spec.messages.len()
        );
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: cannot be written: {error}", path.display()))
}

/// The dictionary as the repository has it, corrected.
fn standard_spec(repository: &Path, standard: Standard) -> Result<Spec, String> {
    let mut spec = repository::read(repository, standard.name())?;
    if standard == Standard::Fix40 {
        slips::group_lines_of_text(&mut spec);
    }
    let corrections = slips::corrections(standard);
    let overlay = Spec::from_text(corrections)
        .map_err(|error| format!("corrections of {standard}: {error}"))?;
    spec.overlay(&overlay);
    if matches!(standard, Standard::Fix50 | Standard::Fix50Sp1 | Standard::Fix50Sp2) {
        // The session's part is that of FIXT.1.1 (S-FIXT-09).
        spec.header.clear();
        spec.trailer.clear();
        spec.messages.retain(|message| !message.admin);
    }
    slips::drop_repeated(&mut spec);
    slips::correct_values(&mut spec);
    // An overlay appends.
    spec.fields.sort_by_key(|field| field.tag);
    for field in &mut spec.fields {
        field.values.sort_by(|a, b| (a.value.len(), &a.value).cmp(&(b.value.len(), &b.value)));
    }
    Ok(spec)
}
