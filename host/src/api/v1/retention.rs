//! `/v1/retention`: how long final jobs are kept.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::Need;
use crate::api::problem::Problem;
use crate::api::read::Params;
use crate::api::routes::Routes;
use crate::api::wire::RetentionBody;
use crate::domain::parse_age;

pub(super) fn routes() -> Routes {
    Routes::default().operations(Need::Read, routes!(show))
}

/// Show how long final jobs are kept, and how many the next sweep deletes; with parameters, how many it would delete
/// under these settings. The request changes nothing: retention is a setting of the host.
#[utoipa::path(
    get, path = "/v1/retention", tag = "jobs", operation_id = "show_retention",
    params(
        ("completed" = Option<String>, Query, description = "Time to keep completed jobs, such as `7d` or `forever`"),
        ("discarded" = Option<String>, Query, description = "Time to keep discarded jobs"),
        ("cancelled" = Option<String>, Query, description = "Time to keep cancelled jobs"),
        ("count" = Option<u64>, Query, description = "Most jobs to keep in each state"),
    ),
    responses((status = 200, description = "Retention by final state", body = RetentionBody))
)]
async fn show(State(api): State<Api>, mut params: Params) -> Result<Json<RetentionBody>, Problem> {
    let mut retention = api.queue.retention();
    let count: Option<u64> = params.parsed("count");
    let states = [
        ("completed", &mut retention.completed),
        ("discarded", &mut retention.discarded),
        ("cancelled", &mut retention.cancelled),
    ];
    for (name, keep) in states {
        keep.age = params.read(name, parse_age).unwrap_or(keep.age);
        keep.count = count.unwrap_or(keep.count);
    }
    params.finish()?;
    let counts = api.queue.count_final(retention).await?;
    Ok(Json(RetentionBody::new(&retention, &counts)))
}
