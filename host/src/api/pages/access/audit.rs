//! `/audit`: who changed what, newest first.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use url::form_urlencoded::Serializer;

use crate::api::Api;
use crate::api::access::Viewer;
use crate::api::pages::frame::Frame;
use crate::api::pages::show::{self, PageProblem};
use crate::api::pages::time::When;
use crate::api::read::{Params, number_page};
use crate::domain::{AuditAction, AuditEntry, AuditFilter, AuditOutcome, Timestamp};

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    actor: String,
    action: String,
    resource: String,
    actions: Vec<&'static str>,
    entries: Vec<EntryRow>,
    is_first: bool,
    older: Option<String>,
}

struct EntryRow {
    number: u64,
    when: When,
    actor: Option<String>,
    action: &'static str,
    resource: String,
    is_unknown: bool,
    before: Option<String>,
    after: Option<String>,
    origin: String,
    request_id: String,
}

impl EntryRow {
    fn new((number, entry): &(u64, AuditEntry), now: Timestamp) -> Self {
        let text = |json: &Option<crate::domain::Json>| json.as_ref().map(|json| json.as_str().to_owned());
        let origin = [entry.address.clone(), entry.user_agent.clone()];
        Self {
            number: *number,
            when: When::new(entry.at, now),
            actor: entry.actor.name().map(str::to_owned),
            action: entry.action.as_str(),
            resource: entry.resource.clone(),
            is_unknown: entry.outcome == AuditOutcome::Unknown,
            before: text(&entry.before),
            after: text(&entry.after),
            origin: origin.into_iter().flatten().collect::<Vec<_>>().join(", "),
            request_id: entry.request_id.clone(),
        }
    }
}

/// The page.
pub(super) async fn show(State(api): State<Api>, mut params: Params) -> Result<Response, PageProblem> {
    // A field that a form leaves empty selects all.
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (actor, resource) = (given(params.text("actor")), given(params.text("resource")));
    let action: Option<AuditAction> = params
        .read("action", |text| match text {
            "" => Ok(None),
            text => text.parse().map(Some),
        })
        .flatten();
    let (limit, before) = number_page(&mut params);
    params.finish()?;
    let filter = AuditFilter { actor, action, resource };
    let page = api.audit.list(filter.clone(), before, limit).await?;
    let now = api.clock.now();
    let page = AuditPage {
        frame: Frame::of(&api, &Viewer::of_page(), "audit"),
        older: page.next.map(|next| older(&filter, next)),
        actor: filter.actor.unwrap_or_default(),
        action: action.map(|action| action.to_string()).unwrap_or_default(),
        resource: filter.resource.unwrap_or_default(),
        actions: AuditAction::ALL.map(AuditAction::as_str).into(),
        entries: page.entries.iter().map(|entry| EntryRow::new(entry, now)).collect(),
        is_first: before.is_none(),
    };
    Ok(show::page(StatusCode::OK, &page))
}

/// The link to the entries below a number.
fn older(filter: &AuditFilter, next: u64) -> String {
    let action = filter.action.map(|action| action.to_string());
    let filters = [("actor", &filter.actor), ("action", &action), ("resource", &filter.resource)];
    let mut query = Serializer::for_suffix(String::from("/audit?"), "/audit?".len());
    query.extend_pairs(filters.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
    query.append_pair("cursor", &next.to_string()).finish()
}
