//! An entry of the audit log outside.

use serde::Serialize;
use utoipa::ToSchema;

use super::one_of::{AuditActionName, AuditOutcomeName, OneOf};
use super::raw_json::RawJson;
use crate::domain::AuditEntry;

/// A change that a person or an operator's program made.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(in crate::api) struct AuditEntryBody {
    /// Its number. The first entry has 1, and none is left out.
    number: u64,
    #[schema(format = DateTime)]
    at: String,
    /// Name of the token that made the change; null on a host without tokens.
    actor: Option<String>,
    action: AuditActionName,
    /// The changed resource.
    #[schema(example = "queues/mail")]
    resource: String,
    outcome: AuditOutcomeName,
    /// The resource before the change. One of more than 4 KiB is left out: `bytes` and `digest` stand for it.
    #[schema(value_type = Option<serde_json::Value>)]
    before: Option<RawJson>,
    /// The resource after the change, or what was done to it, with the same bound.
    #[schema(value_type = Option<serde_json::Value>)]
    after: Option<RawJson>,
    /// Address of the client.
    address: Option<String>,
    user_agent: Option<String>,
    /// The `x-request-id` of the request, by which the log of the host names it too.
    request_id: String,
}

impl AuditEntryBody {
    /// The entry of this number.
    pub(in crate::api) fn new((number, entry): &(u64, AuditEntry)) -> Self {
        Self {
            number: *number,
            at: entry.at.to_string(),
            actor: entry.actor.name().map(str::to_owned),
            action: OneOf(entry.action),
            resource: entry.resource.clone(),
            outcome: OneOf(entry.outcome),
            before: entry.before.as_ref().map(RawJson::from),
            after: entry.after.as_ref().map(RawJson::from),
            address: entry.address.clone(),
            user_agent: entry.user_agent.clone(),
            request_id: entry.request_id.clone(),
        }
    }
}
