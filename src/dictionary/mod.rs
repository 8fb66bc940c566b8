//! What tags, types, values and groups a message may have.

mod datatype;
mod spec;

pub use datatype::Datatype;
pub use spec::{ComponentSpec, FieldSpec, Member, MessageSpec, Spec, ValueSpec};
