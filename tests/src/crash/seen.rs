//! All jobs and orders of a host, as a user sees them or as they lie on the disk.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use taskbox::domain::{FullJob, Order, OrderStatus, Timestamp};
use taskbox::ports::{JobFilter, JobStore, OrderFilter, OrderStore, PageRequest};
use taskbox::storage::sled::SledStorage;

use super::Line;

/// A job, as far as the checks ask.
#[derive(Clone, PartialEq, Debug)]
pub struct SeenJob {
    /// One of the seven states.
    pub state: String,
    /// When it became final.
    pub finalized_at: Option<String>,
    /// What it was submitted with.
    pub input: Value,
    /// The words to find it by.
    pub tags: Vec<String>,
    /// Its label.
    pub label: Option<String>,
    /// Its order.
    pub order: Option<String>,
}

/// An order, as far as the checks ask.
#[derive(Clone, PartialEq, Debug)]
pub struct SeenOrder {
    /// One of the four.
    pub status: String,
    /// Its job.
    pub job: String,
    /// Who ordered.
    pub user: String,
    /// What the third party calls it.
    pub third_party_order_id: Option<String>,
}

/// Everything at one moment. While a host works, three moments: jobs are read after `orders_before` and
/// before `orders`.
#[derive(Default)]
pub struct Seen {
    /// Orders, as they were before the jobs.
    pub orders_before: BTreeMap<String, SeenOrder>,
    /// Jobs. Read newest first.
    pub jobs: BTreeMap<String, SeenJob>,
    /// Orders.
    pub orders: BTreeMap<String, SeenOrder>,
}

impl Seen {
    /// Asks a host.
    pub async fn by_http(line: &Line) -> Self {
        let orders = async || line.list("/v1/orders").await.iter().map(order_of).collect();
        let orders_before = orders().await;
        let jobs = line.list("/v1/jobs").await.iter().map(job_of).collect();
        Self { orders_before, jobs, orders: orders().await }
    }

    /// Opens what a host left.
    pub async fn on_disk(data: &Path, now: Timestamp) -> Self {
        let data = data.to_owned();
        let opening = tokio::task::spawn_blocking(move || SledStorage::open(&data, now));
        let storage = opening.await.expect("no panic").unwrap_or_else(|error| panic!("{error}"));
        let all = PageRequest { limit: usize::MAX, before: None };
        let orders = storage.orders(OrderFilter::default(), all).await.expect("orders are listed");
        let orders: BTreeMap<_, _> = orders.iter().map(stored_order).collect();
        let (mut jobs, mut before) = (BTreeMap::new(), None);
        loop {
            let page = PageRequest { limit: 500, before };
            let listed = storage.jobs(JobFilter::default(), page, now).await.expect("jobs are listed");
            let last = listed.jobs.last().map(|full| full.job.spec.id);
            assert!(before.is_none() || last < before, "the pages have no end: {last:?} follows {before:?}");
            before = last;
            jobs.extend(listed.jobs.iter().map(|full| stored_job(full, now)));
            if before.is_none() {
                break;
            }
        }
        tokio::task::spawn_blocking(move || drop(storage)).await.expect("storage is closed");
        Self { orders_before: orders.clone(), jobs, orders }
    }
}

/// A text of an answer.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A job of an answer.
pub(super) fn job_of(job: &Value) -> (String, SeenJob) {
    let optional = |name: &str| job[name].as_str().map(str::to_owned);
    let seen = SeenJob {
        state: text(&job["state"]),
        finalized_at: optional("finalized_at"),
        input: job["input"].clone(),
        tags: job["tags"].as_array().into_iter().flatten().map(text).collect(),
        label: optional("label"),
        order: optional("order_id"),
    };
    (text(&job["id"]), seen)
}

fn order_of(order: &Value) -> (String, SeenOrder) {
    let seen = SeenOrder {
        status: text(&order["status"]),
        job: text(&order["job_id"]),
        user: text(&order["user_id"]),
        third_party_order_id: order["third_party_order_id"].as_str().map(str::to_owned),
    };
    assert_eq!(order["is_loading"], Value::Bool(seen.status == "loading"), "{order}");
    (text(&order["id"]), seen)
}

fn stored_job(FullJob { job, payload }: &FullJob, now: Timestamp) -> (String, SeenJob) {
    let seen = SeenJob {
        state: job.state_name(now).to_string(),
        finalized_at: job.state.phase.finalized_at().map(|at| at.to_string()),
        input: serde_json::from_str(payload.input.as_str()).expect("an input is JSON"),
        tags: job.spec.options.tags.clone(),
        label: job.spec.options.label.clone(),
        order: job.spec.order.map(|order| order.to_string()),
    };
    (job.spec.id.to_string(), seen)
}

fn stored_order(order: &Order) -> (String, SeenOrder) {
    let receipt = match &order.status {
        OrderStatus::Completed(receipt) => Some(receipt.third_party_order_id.clone()),
        _ => None,
    };
    let seen = SeenOrder {
        status: order.status.name().to_string(),
        job: order.job_id.to_string(),
        user: order.user_id.clone(),
        third_party_order_id: receipt,
    };
    (order.id.to_string(), seen)
}
