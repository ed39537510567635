//! The tasks of the host itself.

use crate::domain::{HostTask, TaskSpec};
use crate::webhooks;

/// The specification of a task that the host itself runs.
pub(super) fn host_spec(task: HostTask) -> TaskSpec {
    match task {
        HostTask::Webhook => webhooks::spec(),
    }
}
