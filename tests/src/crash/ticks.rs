//! A schedule whose jobs wait in a paused queue, so that every tick of the whole test can be counted.

use reqwest::Method;
use serde_json::json;
use taskbox::domain::Timestamp;

use super::{Ledger, Line, Seen};

const NAME: &str = "ticks";

/// The period, in milliseconds.
const PERIOD_MS: u64 = 1000;

/// Writes the schedule, and another one whose jobs run.
pub async fn ask_for_ticks(line: &Line) {
    let put = async |path: String, body| {
        let answer = line.ask(Method::PUT, &path, &body, None).await.expect("the host is up");
        assert!(answer.status.is_success(), "{path}: {}", answer.body);
    };
    put(format!("/v1/queues/{NAME}"), json!({ "paused": true })).await;
    for (name, queue, missed) in [(NAME, NAME, "all"), ("beats", "default", "skip")] {
        let job = json!({ "task": "noop", "queue": queue });
        let schedule = json!({ "every": format!("{PERIOD_MS}ms"), "missed": missed, "job": job });
        put(format!("/v1/schedules/{name}"), schedule).await;
    }
}

/// Remembers the ticks that made a job. None made two.
pub(super) fn collect(ledger: &mut Ledger, seen: &Seen) {
    let mut here = std::collections::BTreeSet::new();
    let tag = format!("schedule:{NAME}");
    for job in seen.jobs.values().filter(|job| job.tags.contains(&tag)) {
        let label = job.label.clone().expect("a job of a schedule says which tick it is of");
        assert!(here.insert(label.clone()), "two jobs of {label}");
    }
    assert!(here.is_superset(&ledger.ticks), "jobs of ticks are lost");
    ledger.ticks = here;
}

/// No tick was left out.
///
/// # Panics
/// When one was.
pub fn check_ticks(ledger: &Ledger) {
    let at = |label: &String| {
        let (_, at) = label.split_once(" of ").expect("the label names the tick");
        at.parse::<Timestamp>().expect("a tick is a time").as_millis()
    };
    let ticks: Vec<u64> = ledger.ticks.iter().map(at).collect();
    assert!(ticks.len() > 1, "the schedule never fired");
    for pair in ticks.windows(2) {
        assert_eq!(pair[1] - pair[0], PERIOD_MS, "a tick was left out: {ticks:?}");
    }
}
