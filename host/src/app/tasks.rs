//! The runner of all kinds of code: the host's own tasks run directly, plugins in the sandbox.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::domain::{Code, HostTask};
use crate::ports::{Assignment, AttemptHost, AttemptReport, Runner};
use crate::webhooks::Webhooks;

/// A runner of all tasks.
pub(super) struct AllTasks {
    pub(super) webhooks: Webhooks,
    pub(super) sandbox: Arc<dyn Runner>,
}

#[async_trait]
impl Runner for AllTasks {
    async fn run(
        &self,
        assignment: Assignment,
        host: Arc<dyn AttemptHost>,
        stop: CancellationToken,
    ) -> AttemptReport {
        match assignment.code {
            Code::Host(HostTask::Webhook) => self.webhooks.run(assignment, stop).await,
            Code::Plugin(_) => self.sandbox.run(assignment, host, stop).await,
        }
    }
}
