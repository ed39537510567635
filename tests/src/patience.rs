//! Waiting in tests: for something to happen, never for a time to pass, and never without end.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// How long anything in a test may take before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The pause between two looks at what no event tells.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// Looks until there is something, and returns it.
///
/// # Panics
/// When nothing is there in time, with `what` was waited for.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(LOOK_INTERVAL).await;
        }
    };
    timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}
