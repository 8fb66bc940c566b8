//! Sessions that run, in one value.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::fmt;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::plan::AnyStore;
use crate::adapters::accepting::{AcceptorHandle, Tellings, Told};
use crate::adapters::mailbox::{Handle, Stopped, block_on};
use crate::engine::SessionId;
use crate::session::Reason;
use crate::settings::Problem;

/// How long peers may take to answer the Logouts of sessions that were dropped.
const LEAVE_PATIENCE: Duration = Duration::from_secs(1);

/// The sessions of a settings file, at work.
///
/// An initiator connects again and again, and an acceptor accepts, until
/// [`shutdown`](Self::shutdown), or until its handler gives it up. Dropped, everything is shut down,
/// and nobody waits for it.
#[must_use = "sessions that are dropped end"]
pub struct Running {
    handles: BTreeMap<SessionId, Handle>,
    initiators: Vec<Handle>,
    acceptors: Vec<AcceptorHandle<AnyStore>>,
    notes: Vec<Problem>,
    words: Arc<Words>,
}

type Ending<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Running {
    pub(super) fn new(notes: Vec<Problem>) -> Self {
        let (initiators, acceptors) = (Vec::new(), Vec::new());
        let words = Arc::new(Words::default());
        Self { handles: BTreeMap::new(), initiators, acceptors, notes, words }
    }

    pub(super) fn words(&self) -> Arc<Words> {
        Arc::clone(&self.words)
    }

    pub(super) fn add_initiator(&mut self, id: SessionId, handle: Handle) {
        self.initiators.push(handle.clone());
        self.handles.insert(id, handle);
    }

    pub(super) fn add_acceptor(&mut self, acceptor: AcceptorHandle<AnyStore>) {
        for id in acceptor.sessions() {
            if let Some(handle) = acceptor.session(&id) {
                self.handles.insert(id, handle);
            }
        }
        self.acceptors.push(acceptor);
    }

    /// Works on one session, over all of its connections, and between them.
    #[must_use]
    pub fn handle(&self, session: &SessionId) -> Option<&Handle> {
        self.handles.get(session)
    }

    /// The sessions, in the order of their ids.
    pub fn sessions(&self) -> impl Iterator<Item = (&SessionId, &Handle)> {
        self.handles.iter()
    }

    /// What is worth knowing about the file and no error: its own notes, and which sessions begin
    /// anew with the process.
    #[must_use]
    pub fn notes(&self) -> &[Problem] {
        &self.notes
    }

    /// What there is to know next: who was turned away, what failed, which connection of an
    /// acceptor and which initiator is over. `None` when everything is over. Of words that nobody
    /// takes the oldest make room.
    pub async fn next(&self) -> Option<Told> {
        poll_fn(|cx| self.words.poll_told(cx.waker())).await
    }

    /// The same for threads; `Ok(None)` when there is nothing to know for so long.
    ///
    /// # Errors
    ///
    /// Everything is over, and all of it was told.
    pub fn wait_next(&self, patience: Duration) -> Result<Option<Told>, Stopped> {
        match block_on(self.next(), patience) {
            None => Ok(None),
            Some(Some(told)) => Ok(Some(told)),
            Some(None) => Err(Stopped(Reason::Requested)),
        }
    }

    /// Waits until everything is over: behind a shutdown, or when the handler has given up every
    /// initiator and there is no acceptor.
    pub async fn join(&self) {
        poll_fn(|cx| self.words.poll_over(cx.waker())).await;
    }

    /// The same for threads; false when it takes longer.
    #[must_use = "sessions may still be running"]
    pub fn wait_join(&self, patience: Duration) -> bool {
        block_on(self.join(), patience).is_some()
    }

    /// Accepts nobody any more, connects no more, logs all sessions out at once, gives each peer so
    /// long to answer, and waits until all of that is done; `text` says why, when it is not empty.
    pub async fn shutdown(&self, text: &str, patience: Duration) {
        let initiators = self.initiators.iter().map(|handle| -> Ending<'_> {
            Box::pin(async move {
                // One that is over already needs no shutdown.
                let _over = handle.shutdown(text, patience).await;
            })
        });
        let acceptors = self
            .acceptors
            .iter()
            .map(|acceptor| -> Ending<'_> { Box::pin(acceptor.shutdown(text, patience)) });
        let mut endings: Vec<Ending<'_>> = initiators.chain(acceptors).collect();
        poll_fn(|cx| {
            endings.retain_mut(|ending| ending.as_mut().poll(cx).is_pending());
            if endings.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        self.join().await;
    }

    /// The same for threads; false when it takes longer than twice the patience, as a handler may
    /// that does not come back.
    pub fn wait_shutdown(&self, text: &str, patience: Duration) -> bool {
        block_on(self.shutdown(text, patience), patience.saturating_mul(2)).is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        // Asking is enough: whoever drives does the rest.
        let _asked = pin!(self.shutdown("", LEAVE_PATIENCE)).as_mut().poll(&mut cx);
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("sessions", &self.handles.keys()).finish_non_exhaustive()
    }
}

/// What is told, and how much still runs.
#[derive(Default)]
pub(super) struct Words(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    told: Tellings,
    at_work: usize,
    wakers: Vec<Waker>,
}

/// Something that runs, until it is dropped.
pub(super) struct AtWork(Arc<Words>);

impl Words {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something begins to run.
    pub(super) fn begin(self: &Arc<Self>) -> AtWork {
        let mut inner = self.lock();
        inner.at_work = inner.at_work.saturating_add(1);
        drop(inner);
        AtWork(Arc::clone(self))
    }

    pub(super) fn tell(&self, told: Told) {
        self.lock().told.push(told);
        self.wake();
    }

    fn wake(&self) {
        let wakers = core::mem::take(&mut self.lock().wakers);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn poll_told(&self, waker: &Waker) -> Poll<Option<Told>> {
        let mut inner = self.lock();
        if let Some(told) = inner.told.pop() {
            return Poll::Ready(Some(told));
        }
        inner.poll_over(waker).map(|()| None)
    }

    fn poll_over(&self, waker: &Waker) -> Poll<()> {
        self.lock().poll_over(waker)
    }
}

impl Inner {
    fn poll_over(&mut self, waker: &Waker) -> Poll<()> {
        if self.at_work == 0 {
            return Poll::Ready(());
        }
        if !self.wakers.iter().any(|known| known.will_wake(waker)) {
            self.wakers.push(waker.clone());
        }
        Poll::Pending
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.at_work = inner.at_work.saturating_sub(1);
        drop(inner);
        self.0.wake();
    }
}
