//! The OpenAPI document as it is served: the description of the API, and for callers who may submit or read, the tasks
//! that plugins offer at this moment.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::described_tasks::describe;
use crate::api::Api;
use crate::api::access::{Need, may_see_tasks};
use crate::api::routes::Routes;

/// The document, in both forms.
struct Document {
    /// As it is without tasks.
    base: Value,
    plain: Bytes,
    /// With the tasks of a revision of all plugins. It is made anew when they have changed, and not for each request.
    latest: Mutex<Option<(u64, Bytes)>>,
}

/// The route of the document.
pub(in crate::api) fn document(description: &OpenApi) -> Routes {
    let base = serde_json::to_value(description).unwrap_or_default();
    let plain = base.to_string().into();
    let document = Arc::new(Document { base, plain, latest: Mutex::default() });
    let show = get(async move |State(api): State<Api>, headers: HeaderMap| {
        let text = match may_see_tasks(&api.tokens, &headers).await {
            true => document.with_tasks(&api),
            false => document.plain.clone(),
        };
        ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
    });
    Routes::default().plain(Need::Nothing, "/v1/openapi.json", show)
}

impl Document {
    fn with_tasks(&self, api: &Api) -> Bytes {
        // What another left behind is whole: it is replaced at once.
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let known = latest.as_ref().map(|(revision, _)| *revision);
        if let Some((revision, tasks)) = api.plugins.tasks_unless(known) {
            let mut document = self.base.clone();
            describe(&mut document, &tasks);
            *latest = Some((revision, document.to_string().into()));
        }
        latest.as_ref().map_or_else(|| self.plain.clone(), |(_, text)| text.clone())
    }
}
