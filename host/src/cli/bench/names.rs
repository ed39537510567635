//! A chain of jobs on a host with a flood of names, beside the same chain on an idle host.
//!
//! Each name is that of a queue with two waiting jobs: one of a task of the same name that no plugin offers, and one
//! that is due in an hour. Each job of the chain waits for the previous one, and thus needs its own claim: the time is
//! that of as many claims, starts and ends. The hosts are measured alternately.

use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use serde_json::{Value, json};

use super::connection::Connection;
use super::host::{BenchHost, Plan};
use super::load;
use super::report::{Figure, Row};
use super::rows::RowName;

/// The number of names of the flood.
const NAMES: usize = 30_000;

/// The number of names in one batch.
const NAMES_AT_ONCE: usize = 1_000;

/// The number of jobs in a chain.
const CHAIN: usize = 100;

/// The number of chains on each host.
const ROUNDS: usize = 15;

pub(super) async fn measure(plan: &Plan) -> anyhow::Result<Row> {
    let names = plan.count(NAMES);
    let idle = BenchHost::fresh(plan, "names-idle", &[]).await?;
    // More than submitters may bring by default.
    let flooded = BenchHost::fresh(plan, "names-flooded", &[("TASKBOX_NAMES", "1000000")]).await?;
    flood(&flooded, names).await?;
    let sync = plan.sync_time()?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(chain(&idle).await?);
        with.push(chain(&flooded).await?);
    }
    for host in [idle, flooded] {
        host.end().await?;
    }
    let ratio = load::median(with.iter().zip(&without).map(|(with, without)| with / without).collect());
    let figures = vec![
        Figure::millis("chain_millis", "it takes", load::median(with)),
        Figure::millis("idle_chain_millis", "idle", load::median(without)),
        Figure::ratio("of_idle", "the time on an idle host", ratio),
    ];
    let what = format!("a chain of {CHAIN} jobs beside jobs in {names} queues and of {names} unknown tasks");
    Ok(Row::new(RowName::Names, what, sync, figures))
}

async fn flood(host: &BenchHost, names: usize) -> anyhow::Result<()> {
    let mut connection = Connection::open(host.address).await?;
    let names: Vec<String> = (0..names).map(|number| format!("flood-{number}")).collect();
    for names in names.chunks(NAMES_AT_ONCE) {
        let two = |name: &String| {
            let unknown = json!({ "task": name, "queue": name, "allow_unknown_task": true });
            [unknown, json!({ "task": "noop", "queue": name, "delay": "1h" })]
        };
        let jobs: Vec<Value> = names.iter().flat_map(two).collect();
        connection.post("/v1/jobs/batch", Bytes::from(json!({ "jobs": jobs }).to_string())).await?;
    }
    Ok(())
}

/// The milliseconds of a chain, from before its submission until its last job is complete.
async fn chain(host: &BenchHost) -> anyhow::Result<f64> {
    let mut connection = Connection::open(host.address).await?;
    let job = |place: usize| match place.checked_sub(1) {
        None => json!({ "task": "noop" }),
        Some(before) => json!({ "task": "noop", "after": [format!("${before}")] }),
    };
    let jobs: Vec<Value> = (0..CHAIN).map(job).collect();
    let body = Bytes::from(json!({ "jobs": jobs }).to_string());
    let began = Instant::now();
    let answer: Value = serde_json::from_slice(&connection.post("/v1/jobs/batch", body).await?)?;
    let last = answer["items"][CHAIN - 1]["id"].as_str().context("the last job has no id")?;
    let last: Value = serde_json::from_slice(&connection.get(&format!("/v1/jobs/{last}?wait=1m")).await?)?;
    let took: Duration = began.elapsed();
    anyhow::ensure!(last["state"] == "completed", "the chain was not run: {last}");
    Ok(took.as_secs_f64() * 1e3)
}
