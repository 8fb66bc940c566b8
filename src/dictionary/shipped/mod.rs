//! The dictionaries that come with the crate.
//!
//! They are tables of facts from the FIX Unified Repository, 2010 Edition, Copyright FIX Protocol
//! Limited, with the corrections in `corrections`, and, for FIX Latest and the extension packs, from
//! FIX Orchestra; `NOTICE` says more. `fixline dictionary compile` makes them.

use core::fmt;

use super::Spec;

/// A version of FIX, or the session profile of FIX 5.0, whose dictionary comes with the crate.
///
/// A dictionary of FIX 5.0, a service pack or FIX Latest has the application messages; the session
/// messages, the header and the trailer that travel with them are those of
/// [`transport`](Self::transport) (S-FIXT-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the versions of tag=value FIX are complete")]
pub enum Standard {
    /// FIX.4.0
    Fix40,
    /// FIX.4.1
    Fix41,
    /// FIX.4.2
    Fix42,
    /// FIX.4.3
    Fix43,
    /// FIX.4.4
    Fix44,
    /// FIX.5.0
    Fix50,
    /// FIX.5.0SP1
    Fix50Sp1,
    /// FIX.5.0SP2
    Fix50Sp2,
    /// FIX Latest: what FIX.5.0SP2 has become, as of extension pack 312. Its ApplVerID(1128) is 10.
    FixLatest,
    /// FIXT.1.1
    Fixt11,
}

impl Standard {
    /// Every dictionary of the crate.
    pub const ALL: [Self; 10] = [
        Self::Fix40,
        Self::Fix41,
        Self::Fix42,
        Self::Fix43,
        Self::Fix44,
        Self::Fix50,
        Self::Fix50Sp1,
        Self::Fix50Sp2,
        Self::FixLatest,
        Self::Fixt11,
    ];

    /// The dictionary that people write as `name`: `FIX.4.4`, `FIX.Latest`, `FIXT.1.1`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standard| standard.name() == name)
    }

    /// What people call it: `FIX.4.4`, `FIXT.1.1`.
    pub const fn name(self) -> &'static str {
        self.table().0
    }

    /// The dictionary in the text form, as it is kept in the crate.
    pub const fn text(self) -> &'static str {
        self.table().1
    }

    /// The dictionary, to be compiled, or to be changed by an overlay before.
    ///
    /// Reading the largest takes a few milliseconds.
    pub fn spec(self) -> Spec {
        // The tables are checked in, and a test reads all of them.
        Spec::from_text(self.text()).unwrap_or_default()
    }

    /// The same with what extension packs have added to it since: values and fields of FIX.4.2 and
    /// FIX.4.4, up to the packs 310 and 311. FIX Latest has those that are its own in any case; to all
    /// others none has added anything.
    ///
    /// ```
    /// use fixline::dictionary::{Dictionary, Standard};
    /// use fixline::wire::Tag;
    ///
    /// let plain = Dictionary::compile(&Standard::Fix44.spec())?;
    /// let extended = Dictionary::compile(&Standard::Fix44.spec_with_extension_packs())?;
    /// assert_eq!(plain.value_name(Tag::EXEC_INST, b"T"), None);
    /// assert!(extended.value_name(Tag::EXEC_INST, b"T").is_some());
    /// # Ok::<(), fixline::dictionary::SpecError>(())
    /// ```
    pub fn spec_with_extension_packs(self) -> Spec {
        let mut spec = self.spec();
        // Checked in as well.
        let mut added = Spec::from_text(self.extensions()).unwrap_or_default();
        // What is new in a component has its place there: they come whole.
        for new in core::mem::take(&mut added.components) {
            match spec.components.iter_mut().find(|known| known.name == new.name) {
                Some(known) => *known = new,
                None => spec.components.push(new),
            }
        }
        spec.overlay(&added);
        spec
    }

    const fn extensions(self) -> &'static str {
        match self {
            Self::Fix42 => include_str!("tables/FIX.4.2-extension-packs.txt"),
            Self::Fix44 => include_str!("tables/FIX.4.4-extension-packs.txt"),
            Self::Fix40
            | Self::Fix41
            | Self::Fix43
            | Self::Fix50
            | Self::Fix50Sp1
            | Self::Fix50Sp2
            | Self::FixLatest
            | Self::Fixt11 => "",
        }
    }

    /// The dictionary that has the header, the trailer and the session messages of this one.
    #[must_use]
    pub const fn transport(self) -> Self {
        match self {
            Self::Fix50 | Self::Fix50Sp1 | Self::Fix50Sp2 | Self::FixLatest => Self::Fixt11,
            Self::Fix40 | Self::Fix41 | Self::Fix42 | Self::Fix43 | Self::Fix44 | Self::Fixt11 => {
                self
            }
        }
    }

    const fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Fix40 => ("FIX.4.0", include_str!("tables/FIX.4.0.txt")),
            Self::Fix41 => ("FIX.4.1", include_str!("tables/FIX.4.1.txt")),
            Self::Fix42 => ("FIX.4.2", include_str!("tables/FIX.4.2.txt")),
            Self::Fix43 => ("FIX.4.3", include_str!("tables/FIX.4.3.txt")),
            Self::Fix44 => ("FIX.4.4", include_str!("tables/FIX.4.4.txt")),
            Self::Fix50 => ("FIX.5.0", include_str!("tables/FIX.5.0.txt")),
            Self::Fix50Sp1 => ("FIX.5.0SP1", include_str!("tables/FIX.5.0SP1.txt")),
            Self::Fix50Sp2 => ("FIX.5.0SP2", include_str!("tables/FIX.5.0SP2.txt")),
            Self::FixLatest => ("FIX.Latest", include_str!("tables/FIX.Latest.txt")),
            Self::Fixt11 => ("FIXT.1.1", include_str!("tables/FIXT.1.1.txt")),
        }
    }
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read_and_written_as_it_is() {
        for standard in Standard::ALL {
            let text = standard.text();
            let spec = Spec::from_text(text).unwrap_or_else(|error| panic!("{standard}: {error}"));
            assert_eq!(spec.version, standard.name());
            let statements = text.trim_start_matches(|char| char != '\n').trim_start();
            assert!(text.starts_with('#') && statements == spec.to_text(), "{standard}");
            assert_eq!(Standard::from_name(standard.name()), Some(standard));
        }
    }
}
