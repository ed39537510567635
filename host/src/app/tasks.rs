//! The runner of all kinds of code: the host's own tasks run directly, plugins in the sandbox.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::domain::{Code, Digest, HostTask};
use crate::ports::{Assignment, AttemptHost, AttemptReport, ComponentInfo, Runner, Unready};
use crate::webhooks::Webhooks;

/// A runner of all tasks.
pub(super) struct AllTasks {
    pub(super) webhooks: Webhooks,
    pub(super) sandbox: Arc<dyn Runner>,
}

#[async_trait]
impl Runner for AllTasks {
    async fn inspect(&self, component: Bytes) -> Result<ComponentInfo, Unready> {
        self.sandbox.inspect(component).await
    }

    async fn prepare(&self, digest: Digest, component: Bytes) -> Result<(), Unready> {
        self.sandbox.prepare(digest, component).await
    }

    fn is_ready(&self, digest: &Digest) -> bool {
        self.sandbox.is_ready(digest)
    }

    fn attempts_max(&self, digest: &Digest) -> u32 {
        self.sandbox.attempts_max(digest)
    }

    fn forget(&self, digest: &Digest) {
        self.sandbox.forget(digest);
    }

    fn keep_only(&self, digests: &HashSet<Digest>) {
        self.sandbox.keep_only(digests);
    }

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
