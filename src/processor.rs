//! Dispatch of application messages by MsgType(35) to registered handlers.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::engine::{BusinessRejectReason, Reply, SendError};
use crate::wire::{Message, Tag};

/// What a handler is: the application's context, the message, and the means to answer it.
type Handler<C> =
    Box<dyn FnMut(&mut C, Message<'_>, &mut Reply<'_>) -> Result<(), SendError> + Send>;

/// Hands each message to the handler that was registered for its MsgType(35).
///
/// What nobody registered for is answered with a BusinessMessageReject "unsupported message type",
/// before FIX.4.2 with a Reject (S-VAL-22), unless there is a handler for everything
/// [`else`](Self::otherwise). Session messages, which are delivered for their texts, and
/// BusinessMessageRejects need no handler and are never refused.
///
/// ```
/// use fixline::engine::Draft;
/// use fixline::processor::Processor;
/// use fixline::wire::{PutField as _, Tag};
///
/// let mut processor = Processor::<u32>::new();
/// processor.register("D", |orders, order, reply| {
///     *orders += 1;
///     let mut fill = Draft::new("8");
///     fill.put(Tag::CL_ORD_ID, order.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
///     reply.send(&fill).map(|_delivery| ())
/// });
/// assert!(processor.handles("D"));
/// ```
pub struct Processor<C> {
    /// Ascending by MsgType.
    handlers: Vec<(Box<str>, Handler<C>)>,
    otherwise: Option<Handler<C>>,
}

impl<C> Processor<C> {
    /// Without handlers: everything is unsupported.
    #[must_use]
    pub const fn new() -> Self {
        Self { handlers: Vec::new(), otherwise: None }
    }

    /// Handles messages of this MsgType(35); replaces the handler it had.
    pub fn register(
        &mut self,
        msg_type: &str,
        handler: impl FnMut(&mut C, Message<'_>, &mut Reply<'_>) -> Result<(), SendError>
        + Send
        + 'static,
    ) -> &mut Self {
        let handler: Handler<C> = Box::new(handler);
        match self.handlers.binary_search_by(|(known, _)| (**known).cmp(msg_type)) {
            Ok(at) => {
                if let Some((_, slot)) = self.handlers.get_mut(at) {
                    *slot = handler;
                }
            }
            Err(at) => self.handlers.insert(at, (msg_type.into(), handler)),
        }
        self
    }

    /// Handles what nobody registered for.
    pub fn otherwise(
        &mut self,
        handler: impl FnMut(&mut C, Message<'_>, &mut Reply<'_>) -> Result<(), SendError>
        + Send
        + 'static,
    ) -> &mut Self {
        self.otherwise = Some(Box::new(handler));
        self
    }

    /// Whether there is a handler of its own for this MsgType(35).
    #[must_use]
    pub fn handles(&self, msg_type: &str) -> bool {
        self.find(msg_type.as_bytes()).is_some()
    }

    fn find(&self, msg_type: &[u8]) -> Option<usize> {
        self.handlers.binary_search_by(|(known, _)| known.as_bytes().cmp(msg_type)).ok()
    }

    /// Hands one message over.
    ///
    /// # Errors
    ///
    /// What the handler could not send.
    pub fn process(
        &mut self,
        context: &mut C,
        message: Message<'_>,
        reply: &mut Reply<'_>,
    ) -> Result<(), SendError> {
        let found = self.find(message.msg_type());
        if let Some((_, handler)) = found.and_then(|at| self.handlers.get_mut(at)) {
            return handler(context, message, reply);
        }
        match &mut self.otherwise {
            Some(handler) => handler(context, message, reply),
            // The session has done what a Logout or a Logon asks for, and a refusal of a refusal
            // would go on for ever (S-VAL-09).
            None if message.is_admin() || message.msg_type() == b"j" => Ok(()),
            None => unsupported(message, reply),
        }
    }
}

fn unsupported(message: Message<'_>, reply: &mut Reply<'_>) -> Result<(), SendError> {
    let id = message.get_str(Tag::CL_ORD_ID);
    let reason = BusinessRejectReason::UnsupportedMessageType;
    reply.business_reject(reason, id, "Unsupported Message Type")
}

impl<C> Default for Processor<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> fmt::Debug for Processor<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.handlers.iter().map(|(msg_type, _)| msg_type)).finish()
    }
}
