//! What tags, types, values and groups a message may have.
//!
//! A [`Spec`] says it as its source does; [`Dictionary::compile`] checks it and makes tables;
//! [`Dictionary::validate`] holds messages to them as far as a [`Policy`] wants.

mod appl_versions;
mod body_writer;
#[cfg(feature = "dictionaries")]
#[expect(
    missing_debug_implementations,
    reason = "no type has values, they are for their constants"
)]
pub mod codes;
mod compile;
mod content_id;
mod datatype;
mod datatype_name;
mod dictionaries;
#[expect(clippy::module_inception, reason = "the layer is named after what it is for")]
mod dictionary;
mod encoding;
mod finding;
mod flatten;
mod form;
mod groups;
mod level;
mod names;
mod overlay;
mod places;
mod policy;
mod reader;
mod rule;
#[cfg(feature = "dictionaries")]
mod shipped;
mod spec;
mod spec_error;
mod standard_names;
mod tables;
pub mod text;
mod values;
mod violation;
mod walk;
#[cfg(feature = "xml")]
pub mod xml;

pub use appl_versions::{ApplVerId, ApplVersions};
pub use body_writer::{BodyError, BodyFault, BodyWriter, EntryWriter, GroupWriter};
pub use content_id::ContentId;
pub use datatype::Datatype;
pub use dictionaries::Dictionaries;
pub use dictionary::Dictionary;
pub use finding::{Finding, Severity, Strictness};
pub use groups::{EntryFields, GroupEntries};
pub use names::Named;
pub use policy::{Level, Policy};
pub use reader::{Reader, Reading};
pub use rule::Rule;
#[cfg(feature = "dictionaries")]
pub use shipped::Standard;
pub use spec::{ComponentSpec, FieldSpec, Member, MessageSpec, Requirements, Spec, ValueSpec};
pub use spec_error::SpecError;
pub use standard_names::StandardNames;
pub use text::TextError;
pub use violation::{Check, Violation};
