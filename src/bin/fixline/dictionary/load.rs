//! Which dictionary is meant, and how what it says is printed.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use fixline::dictionary::{Dictionary, Spec, Standard};
use fixline::settings::{dictionary_file, overlay_file};

#[derive(Debug, Args)]
pub(super) struct Source {
    /// A version that comes with the program: FIX.4.0, .. FIX.5.0SP2, FIXT.1.1
    #[arg(long, default_value = "FIX.4.4")]
    version: String,
    /// A dictionary in place of it: XML of QuickFIX, FIX Orchestra, or fixline's text form
    #[arg(long, value_name = "FILE")]
    dictionary: Option<PathBuf>,
    /// What a venue adds, in the same forms, laid over the dictionary; may be given several times
    #[arg(long, value_name = "FILE")]
    overlay: Vec<PathBuf>,
}

impl Source {
    /// The dictionary, which can be compiled.
    pub(super) fn load(&self) -> Result<Spec, String> {
        let mut spec = match &self.dictionary {
            Some(path) => dictionary_file(path).map_err(|error| error.to_string())?,
            None => standard(&self.version)?.spec(),
        };
        let mut fault = self.dictionary.as_ref().and_then(|path| compiled(&spec, path));
        for path in &self.overlay {
            overlay_file(&mut spec, path).map_err(|error| error.to_string())?;
            // The first file since which it makes no sense; a later one may define what it names.
            fault = compiled(&spec, path).map(|new| fault.unwrap_or(new));
        }
        fault.map_or(Ok(spec), Err)
    }

    /// What the dictionary is called: its version, or its file if it names none.
    pub(super) fn name(&self, spec: &Spec) -> String {
        match &self.dictionary {
            Some(path) if spec.version.is_empty() => path.display().to_string(),
            _ => spec.version.clone(),
        }
    }
}

/// What is wrong with a dictionary since this file was laid over it.
fn compiled(spec: &Spec, path: &Path) -> Option<String> {
    let error = Dictionary::compile(spec).err()?;
    Some(format!("{}: {error}", path.display()))
}

fn standard(version: &str) -> Result<Standard, String> {
    Standard::from_name(version).ok_or_else(|| {
        let names: Vec<_> = Standard::ALL.iter().map(|standard| standard.name()).collect();
        format!("there is no version {version}: choose one of {}", names.join(", "))
    })
}

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<(), String> {
    // Whoever reads may have read enough: `fixline dictionary show D | head`.
    io::stdout().write_all(text.as_bytes()).or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(format!("cannot print: {error}")),
    })
}
