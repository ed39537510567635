//! The child processes of a process, as the kernel lists them.

use std::fs;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::host::PATIENCE;

/// How often the kernel is asked.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The children of this process that run.
pub fn of(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let listed = threads.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    let listed: String = listed.collect();
    listed.split_whitespace().filter_map(|id| id.parse().ok()).filter(|id| runs(*id)).collect()
}

/// Whether a process runs; one that ended and that nobody has waited for does not.
pub fn runs(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains(['Z', 'X']))
}

/// Waits until `done` holds of the children of this process, and returns them.
pub async fn wait(process: u32, mut done: impl FnMut(&[u32]) -> bool) -> Vec<u32> {
    let waiting = async {
        loop {
            let children = of(process);
            if done(&children) {
                return children;
            }
            sleep(LOOK_EVERY).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("the children come and go in time")
}

/// Waits until this process, whose parent may be gone, has ended.
pub async fn wait_end(process: u32) {
    let waiting = async {
        while runs(process) {
            sleep(LOOK_EVERY).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("it ends in time");
}
