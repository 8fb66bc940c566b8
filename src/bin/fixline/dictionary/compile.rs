//! `fixline dictionary compile`.

use std::fs;
use std::path::{Path, PathBuf};

use fixline::dictionary::{Reader, Spec, Standard, Strictness};

use super::{constants, extensions, load, repository, slips};

/// Stands first in each table.
const ORIGIN: &str = "# Facts from the FIX Unified Repository, 2010 Edition, Copyright FIX Protocol \
                      Limited (http://www.fixprotocol.org). Made by `fixline dictionary compile`.\n";

/// The same for those that are made from FIX Orchestra.
const ORCHESTRA: &str = "# Facts from the FIX Orchestra repository of the FIX Trading Community, Copyright \
                         FIX Protocol Ltd., Apache-2.0 (https://github.com/FIXTradingCommunity). Made by \
                         `fixline dictionary compile`.\n";

/// Where the tables are, in the crate's sources.
const TABLES: &str = "dictionary/shipped/tables";

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The folder with one folder for each version: FIX.4.0, .. FIXT.1.1
    #[arg(long)]
    repository: PathBuf,
    /// The folder with FIX Orchestra: OrchestraFIX42.xml, OrchestraFIX44.xml, OrchestraFIXLatest.xml
    #[arg(long)]
    orchestra: PathBuf,
    /// The folder of the crate's sources
    #[arg(long, default_value = "src")]
    output: PathBuf,
}

pub(super) fn run(options: &Options) -> Result<(), String> {
    let mut specs = Vec::new();
    for standard in Standard::ALL {
        let (origin, spec) = match standard {
            Standard::FixLatest => (ORCHESTRA, latest(&options.orchestra)?),
            _ => (ORIGIN, standard_spec(&options.repository, standard)?),
        };
        let table = format!("{TABLES}/{standard}.txt");
        write(&options.output.join(table), &format!("{origin}{}", spec.to_text()))?;
        println!(
            "{standard}: {} fields, {} components, {} messages",
            spec.fields.len(),
            spec.components.len(),
            spec.messages.len()
        );
        let file = match standard {
            Standard::Fix42 => Some("OrchestraFIX42.xml"),
            Standard::Fix44 => Some("OrchestraFIX44.xml"),
            _ => None,
        };
        if let Some(file) = file {
            let extended = orchestra_spec(&options.orchestra.join(file))?;
            let added = extensions::added(&spec, &extended).to_text();
            let table = format!("{TABLES}/{standard}-extension-packs.txt");
            write(&options.output.join(table), &format!("{ORCHESTRA}{added}"))?;
        }
        specs.push(spec);
    }
    for (path, text) in constants::files(&specs).map_err(|error| error.to_string())? {
        write(&options.output.join(path), &text)?;
    }
    Ok(())
}

/// FIX Latest, without the session's part, which is that of FIXT.1.1 (S-FIXT-09).
fn latest(folder: &Path) -> Result<Spec, String> {
    let mut spec = orchestra_spec(&folder.join("OrchestraFIXLatest.xml"))?;
    spec.header.clear();
    spec.trailer.clear();
    spec.messages.retain(|message| !message.admin);
    spec.version = Standard::FixLatest.name().to_owned();
    Ok(spec)
}

fn orchestra_spec(path: &Path) -> Result<Spec, String> {
    let mut reader = Reader::new().strictness(Strictness::Strict);
    load::add(&mut reader, path)?;
    if let Some(error) = reader.first_error() {
        return Err(error.to_string());
    }
    let mut spec = reader.into_spec();
    slips::correct_values(&mut spec);
    sort(&mut spec);
    Ok(spec)
}

/// By tag, and values by their length.
fn sort(spec: &mut Spec) {
    spec.fields.sort_by_key(|field| field.tag);
    for field in &mut spec.fields {
        field.values.sort_by(|a, b| (a.value.len(), &a.value).cmp(&(b.value.len(), &b.value)));
    }
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
    sort(&mut spec);
    Ok(spec)
}
