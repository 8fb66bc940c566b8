//! What tags, types, values and groups a message may have.

mod datatype;
mod datatype_name;
mod overlay;
#[cfg(feature = "dictionaries")]
mod shipped;
mod spec;
pub mod text;

pub use datatype::Datatype;
#[cfg(feature = "dictionaries")]
pub use shipped::Standard;
pub use spec::{ComponentSpec, FieldSpec, Member, MessageSpec, Spec, ValueSpec};
pub use text::TextError;
