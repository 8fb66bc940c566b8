//! Which dictionary is meant, and how what it says is printed.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use fixline::dictionary::xml::{self, Limits};
use fixline::dictionary::{Dictionary, Spec, Standard};

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
            Some(path) => {
                let mut spec = Spec::default();
                lay_over(&mut spec, path)?;
                spec
            }
            None => standard(&self.version)?.spec(),
        };
        for path in &self.overlay {
            lay_over(&mut spec, path)?;
        }
        Dictionary::compile(&spec).map_err(|error| format!("{}: {error}", spec.version))?;
        Ok(spec)
    }
}

fn standard(version: &str) -> Result<Standard, String> {
    Standard::from_name(version).ok_or_else(|| {
        let names: Vec<_> = Standard::ALL.iter().map(|standard| standard.name()).collect();
        format!("there is no version {version}: choose one of {}", names.join(", "))
    })
}

fn lay_over(spec: &mut Spec, path: &Path) -> Result<(), String> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return xml::overlay(spec, &text, &Limits::new())
            .map_err(|error| format!("{name}:{error}"));
    }
    let overlay = Spec::from_text(&text).map_err(|error| format!("{name}: {error}"))?;
    spec.overlay(&overlay);
    Ok(())
}

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<(), String> {
    // Whoever reads may have read enough: `fixline dictionary show D | head`.
    io::stdout().write_all(text.as_bytes()).or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(format!("cannot print: {error}")),
    })
}
