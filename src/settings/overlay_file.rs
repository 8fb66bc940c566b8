//! Dictionaries in files.

use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::bounded;
use crate::dictionary::{Reader, Spec};

/// How large a dictionary may be, in bytes.
const LEN_MAX: usize = 32 << 20;

/// Lays the dictionary in a file over `spec`, which an empty one becomes: XML of QuickFIX, FIX
/// Orchestra, or this crate's text form; the file shows which. It has up to 32 MiB.
///
/// # Errors
///
/// The file cannot be read, is too long, or makes no sense; the text names the file and the place
/// in it. `spec` is as it was then.
///
/// What is merely odd about the file is not told: [`Reader`] tells it.
///
/// ```no_run
/// use std::path::Path;
///
/// use fixline::dictionary::Spec;
/// use fixline::settings::overlay_file;
///
/// let mut spec = Spec::default();
/// overlay_file(&mut spec, Path::new("FIX44.xml"))?;
/// overlay_file(&mut spec, Path::new("venue.txt"))?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn overlay_file(spec: &mut Spec, path: &Path) -> io::Result<()> {
    let bytes = read_dictionary_file(path)?;
    let mut reader = Reader::over(spec.clone());
    reader.add(&path.display().to_string(), &bytes);
    if let Some(error) = reader.first_error() {
        return Err(io::Error::new(ErrorKind::InvalidData, error.to_string()));
    }
    *spec = reader.into_spec();
    Ok(())
}

/// The dictionary in a file, which stands on its own; forms and limits are those of [`overlay_file`].
///
/// # Errors
///
/// As for [`overlay_file`]; the file has neither fields nor messages.
///
/// ```no_run
/// use std::path::Path;
///
/// use fixline::settings::dictionary_file;
///
/// let spec = dictionary_file(Path::new("FIX44.xml"))?;
/// assert_eq!(spec.version, "FIX.4.4");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn dictionary_file(path: &Path) -> io::Result<Spec> {
    let mut spec = Spec::default();
    overlay_file(&mut spec, path)?;
    if spec.fields.is_empty() && spec.messages.is_empty() {
        let fault = "has neither fields nor messages: give a file with a dictionary";
        return Err(at(path, ErrorKind::InvalidData, &fault));
    }
    Ok(spec)
}

/// The bytes of a file that has a dictionary, for [`Reader::add`], up to 32 MiB of them.
///
/// # Errors
///
/// The file cannot be read, or is too long; the text names it.
pub fn read_dictionary_file(path: &Path) -> io::Result<Vec<u8>> {
    read(path).map_err(|error| at(path, error.kind(), &error))
}

/// Reads no further than the limit, whatever the length of the file is said to be.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    bounded::read(path, LEN_MAX, "a dictionary")
}

fn at(path: &Path, kind: ErrorKind, error: &dyn Display) -> io::Error {
    io::Error::new(kind, format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use std::fs::File;

    use super::*;

    #[test]
    fn a_file_that_is_too_long_is_not_read_to_its_end() {
        let path = std::env::temp_dir().join(format!("fixline-overlay-{}", std::process::id()));
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let error = overlay_file(&mut Spec::default(), &path).unwrap_err();
        std::fs::remove_file(&path).unwrap();
        let told = format!("{}: is longer than 32 MiB, the limit for a dictionary", path.display());
        assert_eq!(error.to_string(), told);
    }

    #[test]
    fn an_empty_file_is_no_dictionary_but_an_overlay_that_adds_nothing() {
        let path = std::env::temp_dir().join(format!("fixline-empty-{}", std::process::id()));
        for text in ["", "# nothing yet\n", "<fix/>"] {
            std::fs::write(&path, text).unwrap();
            let error = dictionary_file(&path).unwrap_err();
            let told = "has neither fields nor messages: give a file with a dictionary";
            assert_eq!(error.to_string(), format!("{}: {told}", path.display()), "{text}");
            overlay_file(&mut Spec::default(), &path).unwrap();
        }
        std::fs::remove_file(&path).unwrap();
    }
}
