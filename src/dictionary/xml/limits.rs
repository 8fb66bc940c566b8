//! What an XML file may cost.

/// The ceilings for an XML file. The largest dictionaries in use, FIX Latest with its texts, take
/// less than half of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub(super) bytes: usize,
    pub(super) nodes: u32,
    pub(super) depth: usize,
    pub(super) attributes: usize,
    pub(super) members: usize,
}

impl Limits {
    /// 32 MiB, a million nodes, 32 elements within each other, 32 attributes for an element,
    /// 20 000 members for a message with all its components.
    pub const fn new() -> Self {
        Self {
            bytes: 32 * 1024 * 1024,
            nodes: 1_000_000,
            depth: 32,
            attributes: 32,
            members: 20_000,
        }
    }

    /// The size of the file, in bytes. While it is read, up to about ten times this may be taken from
    /// memory, by a file that is all attributes.
    #[must_use]
    pub const fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// Elements and texts together; each takes about 80 bytes of memory while the file is read.
    #[must_use]
    pub const fn nodes(self, nodes: u32) -> Self {
        Self { nodes, ..self }
    }

    /// Elements within each other.
    #[must_use]
    pub const fn depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Attributes of one element.
    #[must_use]
    pub const fn attributes(self, attributes: usize) -> Self {
        Self { attributes, ..self }
    }

    /// Members of one message, its groups and its components expanded.
    #[must_use]
    pub const fn members(self, members: usize) -> Self {
        Self { members, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
