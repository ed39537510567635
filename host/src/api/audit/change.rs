//! What a handler adds to the entry of its change.

use std::convert::Infallible;

use axum::response::{IntoResponseParts, ResponseParts};
use serde::Serialize;
use serde_json::Value;

use crate::domain::{AuditAction, AuditEntry, Json};

/// A change as the handler knows it. As a part of the response it reaches the audit log, not the client.
#[derive(Clone, Default)]
pub(in crate::api) struct Change {
    action: Option<AuditAction>,
    resource: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
}

impl Change {
    /// A change to this.
    pub(in crate::api) fn to(after: &impl Serialize) -> Self {
        Self { after: serde_json::to_value(after).ok(), ..Self::default() }
    }

    /// The end of this.
    pub(in crate::api) fn removal(before: &impl Serialize) -> Self {
        Self::default().from(Some(before))
    }

    /// The same change, of a resource that was this before, if it was there.
    pub(in crate::api) fn from(self, before: Option<&impl Serialize>) -> Self {
        Self { before: before.and_then(|before| serde_json::to_value(before).ok()), ..self }
    }

    /// The same change of another resource than the path of the request names.
    pub(in crate::api) fn of(self, resource: impl Into<String>) -> Self {
        Self { resource: Some(resource.into()), ..self }
    }

    /// The same change by another action than the route declares, where the body of the request says which.
    pub(in crate::api) fn by(self, action: AuditAction) -> Self {
        Self { action: Some(action), ..self }
    }

    /// The same change without members that say nothing of it, such as numbers of jobs.
    pub(in crate::api) fn without(mut self, members: &[&str]) -> Self {
        for value in [&mut self.before, &mut self.after].into_iter().flatten() {
            if let Value::Object(object) = value {
                object.retain(|name, _| !members.contains(&name.as_str()));
            }
        }
        self
    }

    /// The entry with all that is known of the change.
    pub(super) fn complete(self, entry: AuditEntry) -> AuditEntry {
        let Self { action, resource, before, after } = self;
        AuditEntry {
            action: action.unwrap_or(entry.action),
            resource: resource.unwrap_or(entry.resource),
            before: before.as_ref().map(Json::from_value),
            after: after.as_ref().map(Json::from_value),
            ..entry
        }
    }
}

impl IntoResponseParts for Change {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.extensions_mut().insert(self);
        Ok(response)
    }
}
