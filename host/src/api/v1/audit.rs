//! `/v1/audit`: who changed what.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::Need;
use crate::api::problem::Problem;
use crate::api::read::{Params, number_page};
use crate::api::routes::Routes;
use crate::api::wire::{AuditActionName, AuditEntryBody, ListBody};
use crate::domain::AuditFilter;

pub(super) fn routes() -> Routes {
    Routes::default().operations(Need::Audit, routes!(list))
}

/// List the changes that people and programs of operators made, newest first: to plugins, grants, secrets, queues, tasks,
/// schedules and tokens, and acts on jobs. Submissions, and what the host does by itself, are not among them. With a
/// filter, a page may have fewer entries than `limit`, or none, and still have a next one.
#[utoipa::path(
    get, path = "/v1/audit", tag = "access", operation_id = "list_audit",
    params(
        ("actor" = Option<String>, Query, description = "Only changes by the token of this name"),
        ("action" = Option<AuditActionName>, Query, description = "Only changes of this kind"),
        ("resource" = Option<String>, Query, description = "Only changes of this resource and of those below it, such as `queues` or `queues/mail`"),
        ("limit" = Option<u32>, Query, description = "Number of entries, 1 to 500, default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous page"),
    ),
    responses((status = 200, description = "Entries", body = ListBody<AuditEntryBody>))
)]
async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<ListBody<AuditEntryBody>>, Problem> {
    let filter = read_filter(&mut params);
    let (limit, before) = number_page(&mut params);
    params.finish()?;
    let page = api.audit.list(filter, before, limit).await?;
    let items = page.entries.iter().map(AuditEntryBody::new).collect();
    Ok(Json(ListBody { items, next_cursor: page.next.map(|next| next.to_string()) }))
}

/// The filter of a query.
pub(in crate::api) fn read_filter(params: &mut Params) -> AuditFilter {
    let actor = params.text("actor");
    let action = params.parsed("action");
    let resource = params.text("resource").map(|resource| resource.trim_matches('/').to_owned());
    AuditFilter { actor, action, resource }
}
