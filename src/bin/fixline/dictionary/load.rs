//! Which dictionary is meant, and how what it says is printed.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use fixline::dictionary::{Reader, Severity, Spec, Standard};
use fixline::settings::read_dictionary_file as read_file;

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
    /// The dictionary, which can be compiled. Notes go to the standard error.
    pub(super) fn load(&self) -> Result<Spec, String> {
        let base = match &self.dictionary {
            Some(_) => Spec::default(),
            None => standard(&self.version)?.spec(),
        };
        let mut reader = Reader::over(base);
        for path in self.dictionary.iter().chain(&self.overlay) {
            add(&mut reader, path)?;
            if reader.spec().is_empty() && reader.first_error().is_none() {
                let fault = "has neither fields nor messages: give a file with a dictionary";
                return Err(format!("{}: {fault}", path.display()));
            }
        }
        let reading = reader.finish();
        let of = |severity| reading.findings.iter().filter(move |found| found.severity == severity);
        for note in of(Severity::Note) {
            eprintln!("note: {note}");
        }
        let errors: Vec<String> = of(Severity::Error).map(ToString::to_string).collect();
        if errors.is_empty() { Ok(reading.spec) } else { Err(errors.join("\nerror: ")) }
    }

    /// What the dictionary is called: its version, or its file if it names none.
    pub(super) fn name(&self, spec: &Spec) -> String {
        match &self.dictionary {
            Some(path) if spec.version.is_empty() => path.display().to_string(),
            _ => spec.version.clone(),
        }
    }
}

/// Lays a file over what was read before.
pub(super) fn add(reader: &mut Reader, path: &Path) -> Result<(), String> {
    let bytes = read_file(path).map_err(|error| error.to_string())?;
    reader.add(&path.display().to_string(), &bytes);
    Ok(())
}

pub(super) fn standard(version: &str) -> Result<Standard, String> {
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
