//! `/failures`: the jobs that failed for good, grouped by their task and error.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::Frame;
use super::show::{self, PageProblem};
use super::time::When;
use crate::api::Api;
use crate::api::access::Viewer;
use crate::domain::{JobDetails, JobFilter, StateName, Timestamp};
use crate::ports::{PageRequest, StorageError};

/// The newest failed jobs that are looked at.
const LOOKED_AT: usize = 500;

/// The most characters of an error by which jobs are grouped.
const ERROR_CHARS: usize = 200;

#[derive(Template)]
#[template(path = "failures.html")]
struct FailuresPage {
    frame: Frame,
    groups: Vec<Group>,
    looked_at: usize,
    is_cut: bool,
}

/// Jobs of one task that failed alike.
struct Group {
    task: String,
    kind: String,
    /// The error of the newest.
    message: String,
    ids: Vec<String>,
    newest: When,
}

/// The page.
pub(super) async fn show(State(api): State<Api>, viewer: Viewer) -> Result<Response, PageProblem> {
    let failed = failed(&api).await?;
    let now = api.clock.now();
    let template = FailuresPage {
        frame: Frame::of(&api, &viewer, "jobs"),
        looked_at: failed.len(),
        is_cut: failed.len() == LOOKED_AT,
        groups: grouped(&failed, now),
    };
    Ok(show::page(StatusCode::OK, &template))
}

async fn failed(api: &Api) -> Result<Vec<JobDetails>, StorageError> {
    let filter = JobFilter { state: Some(StateName::Discarded), ..JobFilter::default() };
    let page = api.queue.jobs(filter, PageRequest { limit: LOOKED_AT, before: None }).await?;
    let mut failed = Vec::with_capacity(page.jobs.len());
    for full in page.jobs {
        failed.extend(api.queue.job(full.job.spec.id).await?);
    }
    Ok(failed)
}

/// The groups, the largest first.
fn grouped(failed: &[JobDetails], now: Timestamp) -> Vec<Group> {
    let mut groups: BTreeMap<(String, String, String), Group> = BTreeMap::new();
    for details in failed {
        let spec = &details.job.spec;
        let last = details.errors.last();
        let (kind, message) =
            last.map_or(Default::default(), |error| (error.kind.to_string(), error.message.clone()));
        let at = details.job.state.phase.finalized_at().unwrap_or(spec.created_at);
        let key = (spec.task.to_string(), kind.clone(), alike(&message));
        let group = groups.entry(key).or_insert_with(|| Group {
            task: spec.task.to_string(),
            kind,
            message,
            ids: Vec::new(),
            newest: When::new(at, now),
        });
        group.ids.push(spec.id.to_string());
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.ids.len()));
    groups
}

/// What errors have in common that differ in numbers and ids only.
fn alike(message: &str) -> String {
    let mut text = String::new();
    for word in message.split_whitespace().take(ERROR_CHARS) {
        let is_name = !word.bytes().any(|byte| byte.is_ascii_digit());
        text.push_str(if is_name { word } else { "#" });
        text.push(' ');
    }
    text.chars().take(ERROR_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_differ_in_numbers_are_alike() {
        assert_eq!(alike("payment pi_17 is unpaid after 3 s"), alike("payment pi_9 is unpaid after 12 s"));
        assert_ne!(alike("payment is unpaid"), alike("payment is refunded"));
    }
}
