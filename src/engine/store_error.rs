//! What goes wrong in a store.

use alloc::string::ToString as _;
use alloc::sync::Arc;
use core::error::Error;
use core::fmt;

/// Why a [`Store`](super::Store) did not do what it was asked for. Cheap to clone.
#[derive(Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    text: Arc<str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What can go wrong in a store, as far as it matters to who runs a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// There is no room left: free some, then the session goes on.
    Full,
    /// Another owner has it, as of now.
    InUse,
    /// Another owner took it while this one had it: this one must not come back by itself.
    Lost,
    /// What is stored contradicts itself. It is repaired on command only.
    Damaged,
    /// Nothing is there, although something should be.
    Missing,
    /// Something is there, although nothing should be.
    Exists,
    /// It cannot be reached for now.
    Unavailable,
    /// A write that breaks the contract of [`Store`](super::Store): a fault of the caller.
    Misuse,
    /// It failed before and was not loaded since.
    Failed,
    /// Anything else, such as an error of the disk.
    Other,
}

impl StoreErrorKind {
    /// Whether trying again by itself makes sense. Otherwise an operator is needed.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        match self {
            Self::Full | Self::InUse | Self::Unavailable | Self::Failed | Self::Other => true,
            Self::Lost | Self::Damaged | Self::Missing | Self::Exists | Self::Misuse => false,
        }
    }
}

impl StoreError {
    /// An error with a sentence that says what happened, to what, and what to do about it. The
    /// sentence must not hold contents of messages.
    #[must_use]
    pub fn new(kind: StoreErrorKind, text: impl fmt::Display) -> Self {
        Self { kind, text: text.to_string().into(), source: None }
    }

    /// The same with what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// A write that breaks the contract.
    #[must_use]
    pub fn misuse(what: impl fmt::Display) -> Self {
        Self::new(StoreErrorKind::Misuse, what)
    }

    /// What a store answers that failed before.
    #[must_use]
    pub fn failed() -> Self {
        Self::new(StoreErrorKind::Failed, "the store failed before; load it again first")
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreError({:?}: {})", self.kind, self.text)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
