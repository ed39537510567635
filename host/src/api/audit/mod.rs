//! Recording changes in the audit log.
//!
//! A route that changes something declares the [`AuditAction`] beside the access that it requires, and its entry is
//! written here when the response is known: no handler can forget it. What the resource was before and is after, a
//! handler adds to its response as a [`Change`].

mod change;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

pub(super) use change::Change;

use super::access::client_address;
use crate::audit::AuditLog;
use crate::domain::transition::Action;
use crate::domain::{AuditAction, AuditEntry, AuditOutcome, Caller, Submitter};

/// The name of an action in the audit log.
pub(super) fn audit_action(action: Action) -> AuditAction {
    match action {
        Action::Cancel => AuditAction::JobCancel,
        Action::Retry => AuditAction::JobRetry,
        Action::Delete => AuditAction::JobDelete,
    }
}

/// Handles a request that changes something, and records the change before the response. A refused one is not recorded.
pub(super) async fn audited(
    log: &Arc<AuditLog>,
    action: AuditAction,
    request: Request,
    next: Next,
) -> Response {
    let mut recording = Recording::of(log, action, &request);
    let mut response = next.run(request).await;
    let change = response.extensions_mut().remove::<Change>().unwrap_or_default();
    if let Some(entry) = recording.entry.take() {
        let entry = change.complete(AuditEntry { at: log.now(), ..entry });
        if let Some(outcome) = outcome(response.status()) {
            log.record(AuditEntry { outcome, ..entry }).await;
        }
    }
    response
}

/// What a response says of the change; nothing if it was refused.
fn outcome(status: StatusCode) -> Option<AuditOutcome> {
    if status.is_client_error() {
        return None;
    }
    // An error of the host may have come after the write.
    Some(if status.is_server_error() { AuditOutcome::Unknown } else { AuditOutcome::Done })
}

/// The entry of a request that is under way. Dropped before its response, because the client disconnected, it is recorded
/// as one whose outcome is unknown: the change may go on.
struct Recording {
    log: Arc<AuditLog>,
    entry: Option<AuditEntry>,
}

impl Recording {
    fn of(log: &Arc<AuditLog>, action: AuditAction, request: &Request) -> Self {
        let caller = request.extensions().get::<Caller>();
        let text = |name: HeaderName| header(request.headers(), &name);
        let entry = AuditEntry {
            at: log.now(),
            actor: caller.map_or_else(Submitter::default, |caller| caller.submitter.clone()),
            action,
            resource: resource(request.uri().path()),
            outcome: AuditOutcome::Unknown,
            before: None,
            after: None,
            address: client_address(request).map(|address| address.to_string()),
            user_agent: text(USER_AGENT),
            request_id: text(HeaderName::from_static("x-request-id")).unwrap_or_default(),
        };
        Self { log: Arc::clone(log), entry: Some(entry) }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            let entry = AuditEntry { at: self.log.now(), ..entry };
            self.log.record_in_background(entry);
        }
    }
}

/// The resource of a path.
fn resource(path: &str) -> String {
    path.strip_prefix("/v1/").unwrap_or(path).trim_matches('/').to_owned()
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refused_change_is_not_recorded() {
        for (status, recorded) in [
            (StatusCode::NO_CONTENT, Some(AuditOutcome::Done)),
            (StatusCode::SEE_OTHER, Some(AuditOutcome::Done)),
            (StatusCode::UNPROCESSABLE_ENTITY, None),
            (StatusCode::SERVICE_UNAVAILABLE, Some(AuditOutcome::Unknown)),
        ] {
            assert_eq!(outcome(status), recorded, "{status}");
        }
    }

    #[test]
    fn a_resource_is_the_path_below_the_version() {
        assert_eq!(resource("/v1/queues/mail"), "queues/mail");
        assert_eq!(resource("/tokens"), "tokens");
    }
}
