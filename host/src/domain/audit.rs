//! The audit log: who changed what, when and from where.

use super::{Digest, Json, Submitter, Timestamp, closed_set};

/// The largest value before or after a change that an entry holds, in bytes. Of a larger one it holds size and digest.
const VALUE_BYTES_MAX: usize = 4 * 1024;

/// The longest text of a resource, a user agent or a request id, in characters.
const TEXT_CHARS_MAX: usize = 256;

closed_set! {
    /// A change that the audit log records.
    pub enum AuditAction {
        /// A version of a plugin was uploaded.
        PluginUpload = "plugin.upload",
        /// A version of a plugin was activated.
        PluginActivate = "plugin.activate",
        /// A plugin was removed with its grant.
        PluginRemove = "plugin.remove",
        /// The grant of a plugin was replaced.
        GrantWrite = "grant.write",
        /// A secret was written; its value is never recorded.
        SecretWrite = "secret.write",
        /// A secret was removed.
        SecretRemove = "secret.remove",
        /// The settings of a queue were changed.
        QueueConfigure = "queue.configure",
        /// The settings of a task were changed.
        TaskConfigure = "task.configure",
        /// A schedule was created or replaced.
        ScheduleWrite = "schedule.write",
        /// A schedule was removed.
        ScheduleRemove = "schedule.remove",
        /// A job was cancelled, or all that match a filter.
        JobCancel = "job.cancel",
        /// A job was retried, or all that match a filter.
        JobRetry = "job.retry",
        /// A job was deleted, or all that match a filter.
        JobDelete = "job.delete",
        /// An operation on many jobs was stopped.
        OperationStop = "operation.stop",
        /// The job of a schedule was submitted beside its times.
        ScheduleRun = "schedule.run",
        /// A backup was taken.
        BackupTake = "backup.take",
        /// A token was made; the token itself is never recorded.
        TokenCreate = "token.create",
        /// A token was revoked.
        TokenRevoke = "token.revoke",
    }
}

closed_set! {
    /// What is known of the end of a recorded change.
    pub enum AuditOutcome {
        /// The change was made.
        Done = "done",
        /// The client disconnected before the response, or the host failed: whether the change was made is not known.
        Unknown = "unknown",
    }
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// When it was recorded: at the end of the change.
    pub at: Timestamp,
    /// The token that made it, if the host had tokens.
    pub actor: Submitter,
    /// The kind of change.
    pub action: AuditAction,
    /// What was changed, as its path below `/v1/`, such as `queues/mail`.
    pub resource: String,
    /// The end of the change.
    pub outcome: AuditOutcome,
    /// The resource before the change, if there was one and it is recorded.
    pub before: Option<Json>,
    /// The resource after the change, or what was done to it.
    pub after: Option<Json>,
    /// The address of the client.
    pub address: Option<String>,
    /// The `User-Agent` of the client.
    pub user_agent: Option<String>,
    /// The `x-request-id` of the request, by which the log of the host names it too.
    pub request_id: String,
}

impl AuditEntry {
    /// The same entry within its bounds: texts are cut, and a large value becomes its size and its digest.
    pub fn bounded(self) -> Self {
        let cut = |text: String| text.chars().take(TEXT_CHARS_MAX).collect::<String>();
        Self {
            resource: cut(self.resource),
            before: self.before.map(bounded),
            after: self.after.map(bounded),
            address: self.address.map(cut),
            user_agent: self.user_agent.map(cut),
            request_id: cut(self.request_id),
            ..self
        }
    }
}

fn bounded(value: Json) -> Json {
    let text = value.as_str();
    if text.len() <= VALUE_BYTES_MAX {
        return value;
    }
    let digest = Digest::of(text.as_bytes());
    Json::from_value(&serde_json::json!({ "bytes": text.len(), "digest": digest.to_string() }))
}

/// The entries to list. Fields that are `None` select all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// Entries of the token of this name.
    pub actor: Option<String>,
    /// Entries of this kind of change.
    pub action: Option<AuditAction>,
    /// Entries of this resource and of all below it: `jobs` selects `jobs` and `jobs/ID`.
    pub resource: Option<String>,
}

impl AuditFilter {
    /// Whether the entry is to be listed.
    pub fn selects(&self, entry: &AuditEntry) -> bool {
        let is_below = |resource: &String| {
            let rest = entry.resource.strip_prefix(resource.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.actor.as_deref().is_none_or(|actor| entry.actor.name() == Some(actor))
            && self.action.is_none_or(|action| entry.action == action)
            && self.resource.as_ref().is_none_or(is_below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> AuditEntry {
        AuditEntry {
            at: Timestamp::from_millis(1),
            actor: Submitter::token("ops"),
            action: AuditAction::QueueConfigure,
            resource: "queues/mail".to_owned(),
            outcome: AuditOutcome::Done,
            before: None,
            after: Some(Json::empty_object()),
            address: None,
            user_agent: None,
            request_id: "r".to_owned(),
        }
    }

    #[test]
    fn a_filter_selects_by_every_field_that_it_has() {
        let selects = |filter: AuditFilter| filter.selects(&entry());
        let all = AuditFilter::default;
        assert!(selects(all()));
        assert!(selects(AuditFilter { actor: Some("ops".into()), ..all() }));
        assert!(!selects(AuditFilter { actor: Some("op".into()), ..all() }));
        assert!(!selects(AuditFilter { action: Some(AuditAction::JobCancel), ..all() }));
        for (resource, is_selected) in [("queues", true), ("queues/mail", true), ("queues/m", false)] {
            assert_eq!(selects(AuditFilter { resource: Some(resource.into()), ..all() }), is_selected);
        }
    }

    #[test]
    fn large_values_and_long_texts_are_bounded() {
        let large = Json::from_value(&"x".repeat(VALUE_BYTES_MAX).into());
        let bounded =
            AuditEntry { after: Some(large), user_agent: Some("é".repeat(999)), ..entry() }.bounded();
        let after = bounded.after.unwrap();
        assert!(after.as_str().contains("\"bytes\":4098") && after.as_str().len() < 200, "{after:?}");
        assert_eq!(bounded.user_agent.unwrap().chars().count(), TEXT_CHARS_MAX);
    }
}
