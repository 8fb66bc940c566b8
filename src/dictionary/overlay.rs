//! One dictionary laid over another: a venue's additions over a version, corrections over a source.

use alloc::collections::BTreeMap;
use alloc::string::String;
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
    /// - A group that a component of the message brings is the same as one of this tag that the
    ///   overlay writes in line: in that message, it has the members of both.
    /// - When something must be there is decided by what lies below, unless that is empty.
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
        if self.is_empty() {
            self.requirements = overlay.requirements;
        }
        if !overlay.version.is_empty() {
            self.version.clone_from(&overlay.version);
        }
        let Self { fields, components, messages, .. } = self;
        merge(fields, &overlay.fields, |field| field.tag, merge_field);
        merge(components, &overlay.components, |component| component.name.clone(), merge_component);
        merge(messages, &overlay.messages, |message| message.msg_type.clone(), merge_message);
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

/// What makes two members the same: a field and a group of one tag are, since the overlay may make a
/// group of what was none.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Tag(u32),
    Component(String),
}

impl Key {
    fn of(member: &Member) -> Self {
        match member {
            Member::Field { tag, .. } | Member::Group { tag, .. } => Self::Tag(*tag),
            Member::Component { name, .. } => Self::Component(name.clone()),
        }
    }
}

/// Merges each of `new` into the last of `list` that has the same key, or appends it.
fn merge<T: Clone, K: Ord>(
    list: &mut Vec<T>,
    new: &[T],
    key: impl Fn(&T) -> K,
    into: impl Fn(&mut T, &T),
) {
    if new.is_empty() {
        return;
    }
    let mut known: BTreeMap<K, usize> = list.iter().map(&key).zip(0..).collect();
    for item in new {
        let at = *known.entry(key(item)).or_insert(list.len());
        match list.get_mut(at) {
            Some(known) => into(known, item),
            None => list.push(item.clone()),
        }
    }
}

fn merge_field(known: &mut FieldSpec, new: &FieldSpec) {
    known.name.clone_from(&new.name);
    known.datatype = new.datatype;
    known.open |= new.open;
    merge(&mut known.values, &new.values, |value| value.value.clone(), Clone::clone_from);
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
    merge(known, new, Key::of, merge_member);
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
        // The group stays one.
        (Member::Group { required, .. }, Member::Field { required: new_required, .. }) => {
            *required = *new_required;
        }
        (known, new) => known.clone_from(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_over(base: &str, overlay: &str) -> String {
        let mut spec = Spec::from_text(base).unwrap();
        spec.overlay(&Spec::from_text(overlay).unwrap());
        spec.to_text()
    }

    #[test]
    fn what_is_new_is_added() {
        assert_eq!(
            laid_over(
                "version A\nfield 1 Account String\nheader 8!\nmessage D New 1",
                "version B\nfield 2 AdvId String x=Y *\nheader 2\ncomponent C 2\nadmin U1 Ping 2!"
            ),
            "version B\nfield 1 Account String\nfield 2 AdvId String x=Y *\nheader 8! 2\ntrailer\n\
             component C 2\nmessage D New 1\nadmin U1 Ping 2!\n"
        );
    }

    #[test]
    fn the_overlay_has_the_last_word() {
        assert_eq!(
            laid_over(
                "version A\nfield 1 Account int 1=One 2=Two\ncomponent C 1\nmessage D New 1 C! 2",
                "field 1 Konto String 2=Zwei 3=Drei\ncomponent C 1!\nmessage D Neu C 2! 1!"
            ),
            "version A\nfield 1 Konto String 1=One 2=Zwei 3=Drei\nheader\ntrailer\ncomponent C 1!\n\
             message D Neu 1! C 2!\n"
        );
    }

    #[test]
    fn groups_are_merged_member_by_member() {
        assert_eq!(
            laid_over(
                "message D New 453( 448 802( 523 ) ) 78 73( 1 )",
                "message D New 453!( 802( 803! ) 6001 ) 78( 79 ) 73!"
            ),
            "version %\nheader\ntrailer\n\
             message D New 453!( 448 802( 523 803! ) 6001 ) 78( 79 ) 73!( 1 )\n"
        );
    }

    #[test]
    fn what_it_finds_can_be_narrowed_by_hand() {
        let mut spec = Spec::from_text("field 40 OrdType char 1=Market 2=Limit").unwrap();
        spec.field_mut(40).unwrap().values.retain(|value| value.value == "2");
        assert!(spec.to_text().contains("field 40 OrdType char 2=Limit\n"));
        assert!(spec.field_mut(41).is_none() && spec.message_mut("D").is_none());
    }
}
