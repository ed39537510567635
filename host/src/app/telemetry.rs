//! Metrics of this host, in the format of Prometheus.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

use crate::domain::Timestamp;
use crate::memory::{HostMemory, resident_bytes};
use crate::metering::catalog;
use crate::sandbox::WasmRunner;

/// The period in which samples are folded.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The period in which the memory of this process is read, which takes some microseconds.
const MEMORY_LOOK_EVERY: Duration = Duration::from_millis(50);

/// The renderer of the metrics of this process.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// The handle of the only recorder of this process. A process that embeds a host and has its own recorder keeps that;
/// `/metrics` of the host is then empty.
pub(super) fn recorder() -> PrometheusHandle {
    let install = || {
        let recorder = with_buckets(PrometheusBuilder::new()).build_recorder();
        catalog::ALL.iter().for_each(|metric| metric.describe(&recorder));
        let handle = recorder.handle();
        let _ = metrics::set_global_recorder(recorder);
        handle
    };
    HANDLE.get_or_init(install).clone()
}

/// Every histogram with its own buckets: without them it would be a summary, which cannot be added up over hosts.
fn with_buckets(builder: PrometheusBuilder) -> PrometheusBuilder {
    let histograms = catalog::ALL.iter().filter(|metric| !metric.buckets().is_empty());
    histograms.fold(builder, |builder, metric| {
        let name = Matcher::Full(metric.name().to_owned());
        builder
            .set_buckets_for_metric(name, metric.buckets())
            .expect("a histogram of the catalog has buckets")
    })
}

/// Counts this start of the host.
pub(super) fn begin(now: Timestamp) {
    catalog::BUILD.with([env!("CARGO_PKG_VERSION")]).set(1.0);
    catalog::STARTED.set(now.since(Timestamp::default()).as_secs_f64());
}

/// Folds recorded samples until the host stops: otherwise they accumulate while the metrics are not read.
pub(super) async fn keep_small(handle: PrometheusHandle, stopping: CancellationToken) {
    let mut ticks = tokio::time::interval(UPKEEP_EVERY);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        handle.run_upkeep();
    }
}

/// Reports the memory of the process to the budget of the host, until the host stops.
pub(super) async fn watch_memory(
    memory: Arc<HostMemory>,
    sandbox: Arc<WasmRunner>,
    stopping: CancellationToken,
) {
    let mut ticks = tokio::time::interval(MEMORY_LOOK_EVERY);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Some(resident) = resident_bytes() {
            memory.observe(resident, sandbox.reusable_bytes());
        }
    }
}
