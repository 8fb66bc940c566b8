//! Where logs come from: files, standard input; compressed, in UTF-16, growing.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

/// So many bytes tell what a file is.
const HEAD: usize = 256;

/// How many times a text may be packed: what unpacks to itself would never end.
const DEPTH_MAX: usize = 4;

/// How often a file is looked at that grows.
const PAUSE: Duration = Duration::from_millis(100);

/// So much of UTF-16 is read at once.
const UTF16_READ: usize = 64 << 10;

/// Bytes of a log.
pub(super) struct Source {
    pub(super) reader: Box<dyn Read + Send>,
    /// How many there are, if that is known.
    pub(super) len: Option<u64>,
}

/// Standard input.
pub(super) fn standard_input() -> io::Result<Source> {
    Ok(Source { reader: plain(Box::new(io::stdin()), 0)?, len: None })
}

/// A file; with `follow`, also what is written to it later on.
pub(super) fn open(path: &Path, follow: bool) -> io::Result<Source> {
    let file = File::open(path)?;
    let found = file.metadata()?;
    if !follow {
        let mut reader = file;
        let head = head(&mut reader)?;
        // Of a pipe nobody knows the length, nor of what is packed: `fixline decode <(zcat log.gz)`.
        let is_plain = found.is_file() && matches!(kind(&head), Kind::Plain(_));
        let len = is_plain.then_some(found.len());
        return Ok(Source { reader: unpacked(head, Box::new(reader), 0)?, len });
    }
    if !found.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "--follow is for a file"));
    }
    let mut growing = Growing { path: path.to_owned(), file, at: 0 };
    let head = head(&mut growing)?;
    match kind(&head) {
        Kind::Plain(_) | Kind::Utf16(_) => {
            Ok(Source { reader: unpacked(head, Box::new(growing), 0)?, len: None })
        }
        Kind::Gzip | Kind::Zstd | Kind::Unknown(_) => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "--follow is for a file that is not packed",
        )),
    }
}

/// Text out of whatever it is packed in.
fn plain(mut reader: Box<dyn Read + Send>, depth: usize) -> io::Result<Box<dyn Read + Send>> {
    let head = head(&mut reader)?;
    unpacked(head, reader, depth)
}

/// The first bytes: as many as tell what it is, if there are so many.
fn head(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD];
    let mut len = 0;
    // What is written in small pieces is not waited for: the first bytes tell enough.
    while len < 4 {
        match reader.read(&mut head[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(len);
    Ok(head)
}

/// What a file is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// As it is, without so many bytes at the beginning.
    Plain(usize),
    Utf16(Utf16),
    Gzip,
    Zstd,
    /// In a form that is named, with what makes text of it.
    Unknown(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Utf16 {
    is_little: bool,
    has_mark: bool,
}

fn kind(head: &[u8]) -> Kind {
    let utf16 = |is_little, has_mark| Kind::Utf16(Utf16 { is_little, has_mark });
    match head {
        [0x1f, 0x8b, ..] => Kind::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Kind::Zstd,
        // A frame of zstd that is to be skipped stands before the first of parallel packers.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Kind::Zstd,
        [0xef, 0xbb, 0xbf, ..] => Kind::Plain(3),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Kind::Unknown("in UTF-32: read it through `iconv -f UTF-32 -t UTF-8`")
        }
        [0xff, 0xfe, ..] => utf16(true, true),
        [0xfe, 0xff, ..] => utf16(false, true),
        [0x42, 0x5a, 0x68, b'1'..=b'9', ..] => {
            Kind::Unknown("packed by bzip2: unpack it with `bzip2 -dc`")
        }
        [0xfd, 0x37, 0x7a, 0x58, ..] => Kind::Unknown("packed by xz: unpack it with `xz -dc`"),
        [0x04, 0x22, 0x4d, 0x18, ..] => Kind::Unknown("packed by lz4: unpack it with `lz4 -dc`"),
        [0x50, 0x4b, 0x03, 0x04, ..] => Kind::Unknown("packed by zip: unpack it with `unzip -p`"),
        [0x37, 0x7a, 0xbc, 0xaf, ..] => Kind::Unknown("packed by 7z: unpack it with `7z x -so`"),
        [0x1f, 0x9d, ..] => Kind::Unknown("packed by compress: unpack it with `zcat`"),
        // Without a mark: every other byte of ASCII text is zero.
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => utf16(true, false),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => utf16(false, false),
        _ => Kind::Plain(0),
    }
}

/// The text that is packed in a file of which the first bytes have been read.
fn unpacked(
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
    depth: usize,
) -> io::Result<Box<dyn Read + Send>> {
    let kind = kind(&head);
    if depth == DEPTH_MAX {
        return Err(io::Error::new(ErrorKind::InvalidData, "is packed too many times"));
    }
    let reader = Cursor::new(head).chain(rest);
    Ok(match kind {
        Kind::Plain(skipped) => {
            let mut reader = reader;
            let mut mark = [0; 3];
            reader.read_exact(&mut mark[..skipped])?;
            Box::new(reader)
        }
        Kind::Utf16(utf16) => Box::new(Transcoder::new(reader, utf16)),
        Kind::Gzip => plain(Box::new(MultiGzDecoder::new(reader)), depth + 1)?,
        Kind::Zstd => {
            let frames = Frames { source: Some(BufReader::new(reader)), frame: None };
            plain(Box::new(frames), depth + 1)?
        }
        Kind::Unknown(what) => {
            return Err(io::Error::new(ErrorKind::Unsupported, format!("is {what}")));
        }
    })
}

/// The frames of a file of zstd, one behind the other.
struct Frames<R: BufRead> {
    /// Between frames.
    source: Option<R>,
    frame: Option<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let read = frame.read(out)?;
                if read > 0 || out.is_empty() {
                    return Ok(read);
                }
                self.source = self.frame.take().map(StreamingDecoder::into_inner);
            }
            let Some(mut source) = self.source.take() else { return Ok(0) };
            let head = source.fill_buf()?;
            if head.is_empty() {
                return Ok(0);
            }
            if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = head {
                skip_frame(&mut source)?;
                self.source = Some(source);
                continue;
            }
            let frame = StreamingDecoder::new(source).map_err(|error| {
                io::Error::new(ErrorKind::InvalidData, format!("zstd: {error}"))
            })?;
            self.frame = Some(frame);
        }
    }
}

fn skip_frame(source: &mut impl Read) -> io::Result<()> {
    let mut head = [0; 8];
    source.read_exact(&mut head)?;
    let [.., a, b, c, d] = head;
    let len = u64::from(u32::from_le_bytes([a, b, c, d]));
    io::copy(&mut source.take(len), &mut io::sink()).map(drop)
}

/// UTF-16 as UTF-8.
struct Transcoder<R> {
    source: R,
    is_little: bool,
    /// Bytes that are no whole character yet.
    pending: Vec<u8>,
    /// What has not been given yet, and where it begins.
    text: Vec<u8>,
    given: usize,
    skips_mark: bool,
}

impl<R: Read> Transcoder<R> {
    fn new(source: R, Utf16 { is_little, has_mark }: Utf16) -> Self {
        let (pending, text) = (Vec::new(), Vec::new());
        Self { source, is_little, pending, text, given: 0, skips_mark: has_mark }
    }

    /// Reads more text; whether there was any.
    fn more(&mut self) -> io::Result<bool> {
        let kept = self.pending.len();
        self.pending.resize(kept + UTF16_READ, 0);
        let read = self.source.read(&mut self.pending[kept..]);
        self.pending.truncate(kept + *read.as_ref().unwrap_or(&0));
        let read = read?;
        let unit = if self.is_little { u16::from_le_bytes } else { u16::from_be_bytes };
        let (pairs, _) = self.pending.as_chunks::<2>();
        let mut units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        // The first half of a character waits for the second.
        if read > 0 && units.last().is_some_and(|last| (0xd800..0xdc00).contains(last)) {
            units.pop();
        }
        self.pending.drain(..units.len() * 2);
        if self.skips_mark && !units.is_empty() {
            self.skips_mark = false;
            units.remove(0);
        }
        self.text.clear();
        self.given = 0;
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(read > 0)
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if !self.more()? && self.text.is_empty() {
                return Ok(0);
            }
        }
        let rest = &self.text[self.given..];
        let len = rest.len().min(out.len());
        out[..len].copy_from_slice(&rest[..len]);
        self.given += len;
        Ok(len)
    }
}

/// A file that others write to.
struct Growing {
    path: PathBuf,
    file: File,
    at: u64,
}

impl Read for Growing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.file.read(out)?;
            self.at += read as u64;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            thread::sleep(PAUSE);
            if self.file.metadata()?.len() < self.at {
                // It was emptied, and begins anew.
                self.at = self.file.seek(SeekFrom::Start(0))?;
            } else if let Some(file) = self.successor() {
                self.file = file;
                self.at = 0;
            }
        }
    }
}

impl Growing {
    /// The file that has taken the name, if there is another.
    #[cfg(unix)]
    fn successor(&self) -> Option<File> {
        use std::os::unix::fs::MetadataExt as _;
        // For a moment there may be none.
        let file = File::open(&self.path).ok()?;
        let (new, old) = (file.metadata().ok()?, self.file.metadata().ok()?);
        ((new.dev(), new.ino()) != (old.dev(), old.ino())).then_some(file)
    }

    #[cfg(not(unix))]
    fn successor(&self) -> Option<File> {
        let _ = &self.path;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut text = String::new();
        plain(Box::new(Cursor::new(bytes.to_vec())), 0).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_first_bytes_tell_the_encoding() {
        let utf16 = |unit: fn(u16) -> [u8; 2], text: &str| -> Vec<u8> {
            text.encode_utf16().flat_map(unit).collect()
        };
        for text in ["8=FIX\u{1}\u{e9}", "\u{feff}8=FIX\u{1}\u{1f600}"] {
            let plain = text.trim_start_matches('\u{feff}');
            assert_eq!(read(&utf16(u16::to_le_bytes, text)), plain);
            assert_eq!(read(&utf16(u16::to_be_bytes, text)), plain);
            assert_eq!(read(text.as_bytes()), plain);
        }
        assert_eq!(read(b"x"), "x");
        assert_eq!(read(b""), "");
        // Half a character at the end.
        assert_eq!(read(b"\xff\xfea\0\x3d\xd8"), "a\u{fffd}");
    }

    #[test]
    fn what_is_packed_in_a_way_that_is_not_known_is_named() {
        let told = plain(Box::new(Cursor::new(b"BZh91AY".to_vec())), 0).err().unwrap();
        assert_eq!(told.to_string(), "is packed by bzip2: unpack it with `bzip2 -dc`");
        let told = plain(Box::new(Cursor::new(b"\xff\xfe\0\08\0\0\0".to_vec())), 0).err().unwrap();
        assert_eq!(told.to_string(), "is in UTF-32: read it through `iconv -f UTF-32 -t UTF-8`");
    }

    #[test]
    fn gzip_and_zstd_are_unpacked_in_several_parts() {
        use std::io::Write as _;
        let gz = |text: &str| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(text.as_bytes()).unwrap();
            packer.finish().unwrap()
        };
        assert_eq!(read(&[gz("one "), gz("two")].concat()), "one two");
        // What `printf 'one ' | zstd` writes, and an empty frame to be skipped.
        let zstd = b"\x28\xb5\x2f\xfd\x20\x04\x21\x00\x00one ";
        let skipped = b"\x50\x2a\x4d\x18\x02\x00\x00\x00xx";
        assert_eq!(read(&[&zstd[..], skipped, zstd].concat()), "one one ");
    }
}
