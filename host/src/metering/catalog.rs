//! All metrics of a host. Names and units follow the conventions of Prometheus: base units, `_total` for counters.
//!
//! Dashboards and alerts depend on them: `docs/grafana.json` and `docs/alerts.yml` name no other.

use metrics::{Counter, Gauge, Histogram};

use super::metric::{Described, Label, Labelled, Single};

/// Upper bounds of times of the host itself, in seconds.
const SHORT: &[f64] =
    &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Upper bounds of times of tasks and servers, in seconds.
const LONG: &[f64] =
    &[0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0];

/// Upper bounds of the memory of a guest, in bytes: 1 MiB to 1 GiB.
const MEMORY: &[f64] = &[
    1048576.0,
    2097152.0,
    4194304.0,
    8388608.0,
    16777216.0,
    33554432.0,
    67108864.0,
    134217728.0,
    268435456.0,
    536870912.0,
    1073741824.0,
];

/// Declares metrics, each once, and lists them all.
macro_rules! catalog {
    ($($name:ident: $measure:ident $([$($buckets:ident)?])? = $text:literal $({ $($kind:ident $label:literal),+ })?, $help:literal;)+) => {
        $(catalog!(@one $name: $measure [$($($buckets)?)?] = $text [$($($kind $label),+)?], $help);)+

        /// All metrics.
        pub static ALL: &[&dyn Described] = &[$(&$name),+];
    };
    (@one $name:ident: $measure:ident [$($buckets:ident)?] = $text:literal [], $help:literal) => {
        #[doc = $help]
        pub static $name: Single<$measure> = Single::new($text, $help, catalog!(@buckets $($buckets)?));
    };
    (@one $name:ident: $measure:ident [$($buckets:ident)?] = $text:literal [$($kind:ident $label:literal),+], $help:literal) => {
        #[doc = $help]
        pub static $name: Labelled<$measure, { [$($label),+].len() }> =
            Labelled::new($text, [$(Label::$kind($label)),+], $help, catalog!(@buckets $($buckets)?));
    };
    (@buckets) => { &[] };
    (@buckets $buckets:ident) => { $buckets };
}

catalog! {
    // The process.
    BUILD: Gauge = "taskbox_build_info" { Closed "version" }, "Always 1; the version of the host is a label.";
    STARTED: Gauge = "process_start_time_seconds", "Start of the host, in seconds since 1970.";
    READY: Gauge = "taskbox_ready", "1 if the host accepts work, as /readyz says; 0 while it starts or stops or its disk is full.";

    // Jobs.
    SUBMITTED: Counter = "taskbox_jobs_submitted_total", "Jobs that this host has stored: new ones, not repeated submissions.";
    SUBMIT_TIME: Histogram [SHORT] = "taskbox_submit_seconds", "Time to store a submission: from its check until the disk has it.";
    JOBS: Counter = "taskbox_jobs_total" { Open "task", Open "queue", Closed "outcome" }, "Jobs that became final, by outcome: completed, discarded or cancelled.";
    WAIT_TIME: Histogram [LONG] = "taskbox_job_wait_seconds" { Open "queue" }, "Time from when a job is due until its attempt starts.";

    // Attempts.
    ATTEMPTS: Counter = "taskbox_attempts_total" { Open "task", Open "queue", Closed "outcome" }, "Attempts that ended, by outcome: succeeded, snoozed, waiting, interrupted, cancelled, or the kind of failure.";
    ATTEMPT_TIME: Histogram [LONG] = "taskbox_attempt_seconds" { Open "task" }, "Time that attempts run, from their start to their outcome.";
    SETTLE_TIME: Histogram [SHORT] = "taskbox_settle_seconds", "Time to write the outcome of an attempt until the disk has it.";
    GIVEN_BACK: Counter = "taskbox_attempts_given_back_total" { Closed "reason" }, "Attempts that the host gave back uncounted, because it had no memory for them.";
    RUNNING: Gauge = "taskbox_attempts_running", "Attempts that run on this host.";
    CAPACITY: Gauge = "taskbox_attempts_capacity", "Most attempts that run on this host at the same time: the setting concurrency.";

    // Queues. They are read when /metrics is.
    QUEUE_JOBS: Gauge = "taskbox_queue_jobs" { Open "queue", Closed "state" }, "Jobs of a queue that are not final, by state.";
    QUEUE_OLDEST: Gauge = "taskbox_queue_oldest_seconds" { Open "queue" }, "Time for which the longest-waiting available job of a queue has been due; 0 if there is none.";
    QUEUE_PAUSED: Gauge = "taskbox_queue_paused" { Open "queue" }, "1 if a queue is paused.";

    // Sandboxes.
    SANDBOX_TIME: Histogram [LONG] = "taskbox_sandbox_seconds" { Open "plugin" }, "Time of attempts in the sandbox, waits for servers included.";
    SANDBOX_CPU: Histogram [LONG] = "taskbox_sandbox_cpu_seconds" { Open "plugin" }, "CPU time of attempts in the sandbox.";
    SANDBOX_MEMORY: Histogram [MEMORY] = "taskbox_sandbox_memory_peak_bytes" { Open "plugin" }, "Peak of the linear memory of attempts.";

    // Egress.
    EGRESS: Counter = "taskbox_egress_requests_total" { Open "plugin", Open "host", Closed "status" }, "Outbound requests, by host as the grant names it, and by status: 1xx to 5xx, or why there was no answer.";
    EGRESS_TIME: Histogram [LONG] = "taskbox_egress_seconds" { Open "plugin" }, "Time of outbound requests until the head of the answer.";

    // Storage.
    SYNC_TIME: Histogram [SHORT] = "taskbox_storage_sync_seconds", "Time to write a group of requests and to sync the disk.";
    ROWS_WRITTEN: Counter = "taskbox_storage_rows_written_total", "Rows that were written or removed.";
    STORAGE_BYTES: Gauge = "taskbox_storage_bytes", "Size of the database on the disk.";
    STORAGE_FREE: Gauge = "taskbox_storage_free_bytes", "Free space on the disk of the database.";
    INDEX_BYTES: Gauge = "taskbox_index_bytes", "Memory of what is known of jobs without reading the disk.";
    INDEX_JOBS: Gauge = "taskbox_index_jobs", "Jobs in the database, final ones included.";
    CLAIM_STEPS: Counter = "taskbox_claim_steps_total", "Steps to keep jobs in order and to claim them.";

    // HTTP.
    HTTP_REQUESTS: Counter = "taskbox_http_requests_total" { Closed "method", Closed "route", Closed "status" }, "Requests, by method, route and status.";
    HTTP_TIME: Histogram [SHORT] = "taskbox_http_request_seconds" { Closed "route" }, "Time until the head of the response.";
    CONNECTIONS: Gauge = "taskbox_connections" { Closed "kind" }, "Open connections: of strangers, which have shown no valid token so far, and of known clients.";
    CONNECTIONS_CLOSED: Counter = "taskbox_connections_closed_total" { Closed "reason" }, "Connections that the host closed or refused.";

    // Traces.
    SPANS_LOST: Counter = "taskbox_spans_lost_total", "Spans that were lost because they were exported too slowly.";

    // Budgets.
    REQUESTS_REFUSED: Counter = "taskbox_requests_refused_total" { Closed "reason" }, "Requests that were refused for want of memory.";
    REQUEST_MEMORY: Gauge = "taskbox_request_memory_bytes", "Memory of requests that are not answered yet.";
    REQUEST_MEMORY_BUDGET: Gauge = "taskbox_request_memory_budget_bytes", "Most memory of requests.";
    MEMORY_BUDGET: Gauge = "taskbox_memory_budget_bytes", "Memory that the host may use: the setting memory.";
    MEMORY_RESIDENT: Gauge = "taskbox_memory_resident_bytes", "Memory of the process.";
    MEMORY_GUESTS: Gauge = "taskbox_memory_guests_bytes", "Memory that running attempts have taken.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_units_and_help_follow_the_conventions() {
        let names: BTreeSet<_> = ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names.len(), ALL.len(), "each name is declared once");
        for metric in ALL {
            let (name, help) = (metric.name(), metric.help());
            assert!(help.ends_with('.') && help.len() > 10, "{name}: {help}");
            assert_eq!(metric.kind() == "counter", name.ends_with("_total"), "{name}");
            assert_eq!(metric.kind() == "histogram", !metric.buckets().is_empty(), "{name}");
            assert!(metric.buckets().is_sorted(), "{name}");
            let is_own = name.starts_with("taskbox_") || name.starts_with("process_");
            assert!(is_own && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        }
    }
}
