//! One dictionary laid over another: a venue's additions over a version, corrections over a source.

use alloc::vec::Vec;

use super::{ComponentSpec, FieldSpec, Member, MessageSpec, Spec};

impl Spec {
    /// Adds what `overlay` says, and lets it have the last word. Nothing is taken away: that is
    /// done by editing the lists, which are public; [`field_mut`](Self::field_mut) and
    /// [`message_mut`](Self::message_mut) find the place.
    ///
    /// - A field that is known by its tag gets the name and the type of the overlay, and the values
    ///   that it does not have yet; a value that it has gets the overlay's name.
    /// - A message is known by its MsgType, a component by its name, a member by its tag or its
    ///   component. What is known is made required or not as the overlay says; what is new comes
    ///   last, so that no group changes its delimiter. Groups are merged member by member.
    /// - A version that is empty leaves the name of the dictionary as it is.
    ///
    /// ```
    /// use fixline::dictionary::Spec;
    ///
    /// let mut spec = Spec::from_text("field 40 OrdType char 1=Market\nmessage D NewOrder 40")?;
    /// spec.overlay(&Spec::from_text(
    ///     "field 6001 Desk String\nfield 40 OrdType char X=Auction\nmessage D NewOrder 6001!",
    /// )?);
    /// assert_eq!(
    ///     spec.to_text(),
    ///     "version %\nfield 40 OrdType char 1=Market X=Auction\nfield 6001 Desk String\n\
    ///      header\ntrailer\nmessage D NewOrder 40 6001!\n"
    /// );
    /// # Ok::<(), fixline::dictionary::TextError>(())
    /// ```
    pub fn overlay(&mut self, overlay: &Self) {
        if !overlay.version.is_empty() {
            self.version.clone_from(&overlay.version);
        }
        let Self { fields, components, messages, .. } = self;
        merge(fields, &overlay.fields, |a, b| a.tag == b.tag, merge_field);
        merge(components, &overlay.components, |a, b| a.name == b.name, merge_component);
        merge(messages, &overlay.messages, |a, b| a.msg_type == b.msg_type, merge_message);
        merge_members(&mut self.header, &overlay.header);
        merge_members(&mut self.trailer, &overlay.trailer);
    }

    /// The field with this tag.
    pub fn field_mut(&mut self, tag: u32) -> Option<&mut FieldSpec> {
        self.fields.iter_mut().find(|field| field.tag == tag)
    }

    /// The message with this MsgType.
    pub fn message_mut(&mut self, msg_type: &str) -> Option<&mut MessageSpec> {
        self.messages.iter_mut().find(|message| message.msg_type == msg_type)
    }
}

/// Merges each of `new` into the first of `list` that is the same thing, or appends it.
fn merge<T: Clone>(
    list: &mut Vec<T>,
    new: &[T],
    same: impl Fn(&T, &T) -> bool,
    into: impl Fn(&mut T, &T),
) {
    for item in new {
        match list.iter_mut().find(|known| same(known, item)) {
            Some(known) => into(known, item),
            None => list.push(item.clone()),
        }
    }
}

fn merge_field(known: &mut FieldSpec, new: &FieldSpec) {
    known.name.clone_from(&new.name);
    known.datatype = new.datatype;
    known.open |= new.open;
    merge(&mut known.values, &new.values, |a, b| a.value == b.value, Clone::clone_from);
}

fn merge_component(known: &mut ComponentSpec, new: &ComponentSpec) {
    merge_members(&mut known.members, &new.members);
}

fn merge_message(known: &mut MessageSpec, new: &MessageSpec) {
    known.name.clone_from(&new.name);
    known.admin = new.admin;
    merge_members(&mut known.members, &new.members);
}

fn merge_members(known: &mut Vec<Member>, new: &[Member]) {
    merge(known, new, same_member, merge_member);
}

/// A group is the same as a field of its tag: the overlay may make a group of what was none.
fn same_member(a: &Member, b: &Member) -> bool {
    match (a, b) {
        (Member::Component { name: a, .. }, Member::Component { name: b, .. }) => a == b,
        _ => tag_of(a).is_some() && tag_of(a) == tag_of(b),
    }
}

fn tag_of(member: &Member) -> Option<u32> {
    match member {
        Member::Field { tag, .. } | Member::Group { tag, .. } => Some(*tag),
        Member::Component { .. } => None,
    }
}

fn merge_member(known: &mut Member, new: &Member) {
    match (known, new) {
        (
            Member::Group { required, members, .. },
            Member::Group { required: new_required, members: new_members, .. },
        ) => {
            *required = *new_required;
            merge_members(members, new_members);
        }
        (known, new) => known.clone_from(new),
    }
}
