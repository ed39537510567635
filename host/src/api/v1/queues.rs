//! `/v1/queues`: every queue that has jobs, in numbers.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::problem::Problem;
use crate::api::read::Params;
use crate::api::wire::{ListBody, QueueBody};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// List queues with their counts by state, and for how long the oldest available job has waited.
#[utoipa::path(
    get, path = "/v1/queues", tag = "jobs", operation_id = "list_queues",
    responses((status = 200, description = "Queues", body = ListBody<QueueBody>))
)]
async fn list(State(api): State<Api>, params: Params) -> Result<Json<ListBody<QueueBody>>, Problem> {
    params.finish()?;
    let now = api.clock.now();
    let items = api.queue.queues().await?.iter().map(|stats| QueueBody::new(stats, now)).collect();
    Ok(Json(ListBody::whole(items)))
}
