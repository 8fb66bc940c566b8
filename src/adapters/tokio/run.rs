//! Driving and handling side by side, in one task.

use core::future::{Future, poll_fn};
use core::ops::ControlFlow;
use core::pin::pin;
use core::task::Poll;

use crate::adapters::mailbox::{Events, Handle};
use crate::engine::Event;

/// Polls a driver and a handler side by side. When the handler breaks, or a line whose events it
/// drops has ended, both are over.
pub(super) async fn run<D, F>(
    drive: impl Future<Output = D>,
    handle: Handle,
    mut events: Events,
    mut handler: F,
) -> D
where
    F: AsyncFnMut(Event<'_>, &Handle) -> ControlFlow<()>,
{
    let mut drive = pin!(drive);
    let mut handling = pin!(async move {
        while let Some(event) = events.next().await {
            if handler(event, &handle).await.is_break() {
                return;
            }
        }
    });
    let (mut driven, mut handled) = (None, false);
    poll_fn(|cx| {
        if driven.is_none()
            && let Poll::Ready(output) = drive.as_mut().poll(cx)
        {
            driven = Some(output);
        }
        handled = handled || handling.as_mut().poll(cx).is_ready();
        match driven.take_if(|_| handled) {
            Some(output) => Poll::Ready(output),
            None => Poll::Pending,
        }
    })
    .await
}
