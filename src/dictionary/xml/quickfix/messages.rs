//! `<messages>`.

use alloc::borrow::ToOwned as _;
use alloc::format;
use core::mem;

use super::Reader;
use crate::dictionary::MessageSpec;
use crate::dictionary::finding::short;
use crate::dictionary::places::Thing;
use crate::dictionary::xml::document::Node;
use crate::wire::SOH;

impl<'d, 't> Reader<'d, 't, '_> {
    pub(super) fn messages(&mut self, section: Node<'d, 't>) {
        for node in section.children() {
            if node.name() == "message" {
                self.message(node);
            } else {
                self.passed_over(node, "<messages> has <message>");
            }
        }
    }

    fn message(&mut self, node: Node<'d, 't>) {
        let Some(msg_type) = node.attribute("msgtype") else {
            let name = short(node.attribute("name").unwrap_or_default());
            self.error(node, &format!("message {name} has no `msgtype`"), "give it one");
            return;
        };
        if msg_type.is_empty() || msg_type.bytes().any(|byte| byte == SOH) {
            let subject = "a `msgtype` is empty, or holds the delimiter";
            self.note(node, subject, "left out, no message can have it", "write what it is");
            return;
        }
        let known = self.base.messages.iter().find(|known| known.msg_type == msg_type);
        let name = match (node.attribute("name"), known) {
            (Some(name), _) => name,
            (None, Some(known)) => known.name.as_str(),
            (None, None) => {
                let subject = format!("message {} has no `name`", short(msg_type));
                self.note(node, &subject, "called by its type", "give it one");
                msg_type
            }
        };
        let admin = self.is_admin(node, msg_type, known);
        let thing = Thing::Message(msg_type.to_owned());
        let (place, first) = (node.place(), self.messages.get(msg_type).copied());
        if let Some(at) = first {
            let subject = format!("message {} is there twice", short(msg_type));
            let made_of_it = "taken for one with the members of both";
            self.note(node, &subject, made_of_it, "put them together");
            let known = self.spec.messages.get_mut(at).map(|known| &mut known.members);
            let known = known.map(mem::take).unwrap_or_default();
            let members = self.more_members(node, &thing, known);
            if let Some(known) = self.spec.messages.get_mut(at) {
                (known.members, known.name) = (members, name.to_owned());
            }
            return;
        }
        if !self.message_names.insert(name) {
            let subject = format!("two messages are called {}", short(name));
            self.note(node, &subject, "both stand, by their types", "give one another name");
        }
        self.out.places.thing(thing.clone(), place);
        let members = self.used_members(node, &thing);
        self.messages.insert(msg_type, self.spec.messages.len());
        let (msg_type, name) = (msg_type.to_owned(), name.to_owned());
        self.spec.messages.push(MessageSpec { msg_type, name, admin, members });
    }

    /// Whether the message is the session's; without a category, as the base has it.
    fn is_admin(
        &mut self,
        node: Node<'d, 't>,
        msg_type: &str,
        known: Option<&MessageSpec>,
    ) -> bool {
        let is_of_session = matches!(msg_type, "0" | "1" | "2" | "3" | "4" | "5" | "A");
        match node.attribute("msgcat") {
            None => known.map_or(is_of_session, |known| known.admin),
            // XMLnonFIX is listed with the session messages, but carries what others say.
            Some(category) if category.eq_ignore_ascii_case("admin") => msg_type != "n",
            Some(category) if category.eq_ignore_ascii_case("app") => false,
            Some(other) => {
                let subject = format!("msgcat='{}' of message {}", short(other), short(msg_type));
                let made_of_it = if is_of_session {
                    "taken for a session message, as which FIX has it"
                } else {
                    "taken for an application message"
                };
                self.note(node, &subject, made_of_it, "write admin or app");
                is_of_session
            }
        }
    }
}
