//! Sending from other tasks.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;

use tokio::sync::{mpsc, oneshot};

use crate::engine::{Connection, Draft, Operation, Outcome, Refused, RequestError, Store, Ticket};
use crate::session::{Now, Sent};

/// How many requests may wait for the line; further ones wait in [`Handle::send`].
const REQUESTS_MAX: usize = 1024;

/// Sends messages over a line that another task drives. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
}

/// Why a message is not known to be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendFailure {
    /// It was not sent and has no number.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The line ended, or its store failed, before the message was durable: it may or may not
    /// arrive.
    #[error("unknown: the line broke before the message was durable")]
    Unknown,
}

#[derive(Debug)]
pub(super) enum Request {
    Send(Draft, Answer),
    Logout(String, oneshot::Sender<Result<(), RequestError>>),
    Operate(Operation, oneshot::Sender<Result<(), RequestError>>),
}

type Answer = oneshot::Sender<Result<Sent, SendFailure>>;

impl Handle {
    /// Sends a message; answers when it has a number and is durable, so that the peer gets it, now
    /// or after the next Logon.
    ///
    /// # Errors
    ///
    /// [`SendFailure::Refused`] when it was not sent, [`SendFailure::Unknown`] when the line broke
    /// before it was durable.
    pub async fn send(&self, draft: Draft) -> Result<Sent, SendFailure> {
        let (answer, result) = oneshot::channel();
        let sent = self.requests.send(Request::Send(draft, answer)).await;
        sent.map_err(|_| SendFailure::Unknown)?;
        result.await.unwrap_or(Err(SendFailure::Unknown))
    }

    /// Ends the session in order.
    ///
    /// # Errors
    ///
    /// There is no connection; a line that is gone counts as that.
    pub async fn logout(&self, text: &str) -> Result<(), RequestError> {
        self.ask(|answer| Request::Logout(text.into(), answer)).await
    }

    /// What an operator asks for.
    ///
    /// # Errors
    ///
    /// The session cannot do it now; a line that is gone counts as not connected.
    pub async fn operate(&self, request: Operation) -> Result<(), RequestError> {
        self.ask(|answer| Request::Operate(request, answer)).await
    }

    async fn ask(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<(), RequestError>>) -> Request,
    ) -> Result<(), RequestError> {
        let (answer, result) = oneshot::channel();
        let gone = RequestError::Misuse(crate::session::Misuse::NotConnected);
        self.requests.send(request(answer)).await.map_err(|_| gone)?;
        result.await.unwrap_or(Err(gone))
    }
}

/// The line's side of its handles.
#[derive(Debug)]
pub(super) struct Requests {
    sender: mpsc::Sender<Request>,
    receiver: mpsc::Receiver<Request>,
    /// What has a number and is not known to be durable, oldest first.
    pending: VecDeque<(Sent, Answer)>,
    /// What waits for its number.
    queued: BTreeMap<Ticket, Answer>,
}

impl Requests {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(REQUESTS_MAX);
        Self { sender, receiver, pending: VecDeque::new(), queued: BTreeMap::new() }
    }

    pub(super) fn handle(&self) -> Handle {
        Handle { requests: self.sender.clone() }
    }

    /// The next request. Never ends: the line keeps a handle itself.
    pub(super) async fn next(&mut self) -> Option<Request> {
        self.receiver.recv().await
    }

    /// Does what a handle asks for.
    pub(super) fn perform<S: Store>(
        &mut self,
        request: Request,
        connection: &mut Connection<S>,
        now: Now,
    ) {
        // Whoever asked may be gone.
        match request {
            Request::Send(draft, answer) => match connection.send(&draft, now) {
                Ok(Outcome::Sent(sent)) => self.pending.push_back((sent, answer)),
                Ok(Outcome::Queued(ticket)) => {
                    self.queued.insert(ticket, answer);
                }
                Err(refused) => {
                    let _gone = answer.send(Err(refused.into()));
                }
            },
            Request::Logout(text, answer) => {
                let _gone = answer.send(connection.logout(&text));
            }
            Request::Operate(request, answer) => {
                let _gone = answer.send(connection.operate(request));
            }
        }
    }

    /// Whether a handle sent this draft.
    pub(super) fn waits_for(&self, ticket: Ticket) -> bool {
        self.queued.contains_key(&ticket)
    }

    /// Its draft got a number, or will not be sent.
    pub(super) fn numbered(&mut self, ticket: Ticket, result: Result<Sent, Refused>) {
        let Some(answer) = self.queued.remove(&ticket) else {
            return;
        };
        match result {
            Ok(sent) => self.pending.push_back((sent, answer)),
            Err(refused) => {
                let _gone = answer.send(Err(refused.into()));
            }
        }
    }

    /// Tells those whose messages are durable.
    pub(super) fn confirm<S: Store>(&mut self, connection: &Connection<S>) {
        while let Some((sent, _)) = self.pending.front()
            && connection.is_durable(*sent)
            && let Some((sent, answer)) = self.pending.pop_front()
        {
            let _gone = answer.send(Ok(sent));
        }
    }

    /// The store failed: nobody knows what became of these.
    pub(super) fn lose(&mut self) {
        for (_, answer) in self.pending.drain(..) {
            let _gone = answer.send(Err(SendFailure::Unknown));
        }
    }
}
