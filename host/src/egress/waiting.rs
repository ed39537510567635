//! Timeouts of the steps of a request.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;

use super::connecting::Connecting;
use crate::ports::{EgressError, EgressTimeouts};

/// The longest wait for a connection: a system that has not answered by then has dropped every retry.
pub(super) const CONNECT_MAX: Duration = Duration::from_secs(60);

/// The longest silence of a server, before its answer and within it.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(10 * 60);

/// The times of one request: what the guest chose, capped; the cap where it chose nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Waits {
    pub(super) connect: Duration,
    pub(super) first_byte: Duration,
    pub(super) between_bytes: Duration,
}

impl From<EgressTimeouts> for Waits {
    fn from(chosen: EgressTimeouts) -> Self {
        let capped = |chosen: Option<Duration>, cap: Duration| chosen.unwrap_or(cap).min(cap);
        Self {
            connect: capped(chosen.connect, CONNECT_MAX),
            first_byte: capped(chosen.first_byte, SILENCE_MAX),
            between_bytes: capped(chosen.between_bytes, SILENCE_MAX),
        }
    }
}

impl Waits {
    /// Waits for the head of an answer. Time spent on connecting is not counted as the server's silence.
    pub(super) async fn for_head<F: Future>(self, request: F) -> Result<F::Output, EgressError> {
        let connecting = Connecting::within(self.connect);
        let silence = silence(self.first_byte, connecting.under_way());
        tokio::select! {
            answer = connecting.scope(request) => Ok(answer),
            () = silence => Err(EgressError::AnswerTimedOut),
        }
    }
}

/// Returns when the request has, at one stretch, not been connecting for this long.
async fn silence(limit: Duration, mut connecting: watch::Receiver<bool>) {
    loop {
        if connecting.wait_for(|under_way| !under_way).await.is_err() {
            // No connection is made any more: only the answer is awaited.
            return tokio::time::sleep(limit).await;
        }
        tokio::select! {
            () = tokio::time::sleep(limit) => return,
            true = async { connecting.wait_for(|under_way| *under_way).await.is_ok() } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_guest_chooses_and_the_host_caps() {
        let waits = Waits::from(EgressTimeouts { first_byte: Some(SECOND), ..EgressTimeouts::default() });
        assert_eq!(waits.first_byte, SECOND);
        assert_eq!((waits.connect, waits.between_bytes), (CONNECT_MAX, SILENCE_MAX));
        let greedy = EgressTimeouts { connect: Some(Duration::MAX), ..EgressTimeouts::default() };
        assert_eq!(Waits::from(greedy).connect, CONNECT_MAX);
    }

    #[tokio::test]
    async fn silence_is_counted_from_the_connection_on() {
        let limit = Duration::from_millis(20);
        let flag = watch::Sender::new(true);
        let mut silence = Box::pin(silence(limit, flag.subscribe()));
        let connecting = tokio::time::timeout(10 * limit, &mut silence).await;
        assert!(connecting.is_err(), "connecting is no silence");
        flag.send_replace(false);
        assert!(tokio::time::timeout(100 * SECOND, silence).await.is_ok());
    }
}
