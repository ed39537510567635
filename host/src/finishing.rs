//! Changes that finish even if their caller disconnects.

use std::panic::resume_unwind;

use tracing::Instrument;

/// Runs a change to its end, even if its caller is dropped: events of what was written are still published, and caches
/// follow it. A panic of the change continues in the caller.
pub async fn to_its_end<T: Send + 'static>(change: impl Future<Output = T> + Send + 'static) -> T {
    let changing = tokio::spawn(change.in_current_span());
    match changing.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => resume_unwind(panic),
        // It is never aborted, so the runtime is shutting down, which drops this caller too.
        Err(Err(_)) => std::future::pending().await,
    }
}

/// Runs a change to its end that no caller waits for.
pub fn in_background(change: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(change.in_current_span());
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_change_ends_even_if_its_caller_is_dropped() {
        let (go_on, goes_on) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        {
            let change = pin!(to_its_end(async move {
                goes_on.await.unwrap();
                done.send("done").unwrap();
            }));
            tokio::select! {
                biased;
                () = change => panic!("it waits"),
                () = std::future::ready(()) => {}
            }
        }
        go_on.send(()).unwrap();
        assert_eq!(is_done.await, Ok("done"));
    }

    #[tokio::test]
    #[should_panic(expected = "the reason")]
    async fn a_panic_continues_in_the_caller() {
        to_its_end::<()>(async { panic!("the reason") }).await
    }
}
