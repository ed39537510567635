//! Metrics of this host, in the format of Prometheus.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

use crate::memory::{HostMemory, resident_bytes};
use crate::sandbox::WasmRunner;

/// How often samples are folded.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// How often the memory of this process is looked at. It takes some microseconds.
const MEMORY_LOOK_EVERY: Duration = Duration::from_millis(50);

/// What renders the metrics of this process.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// The handle of the one recorder of this process. A process that embeds a host and has a recorder of
/// its own keeps it; this host's page of metrics is then empty.
pub(super) fn recorder() -> PrometheusHandle {
    let install = || {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let _ = metrics::set_global_recorder(recorder);
        handle
    };
    HANDLE.get_or_init(install).clone()
}

/// Folds what was recorded into what is kept, until the host stops: otherwise samples pile up while
/// nobody reads the metrics.
pub(super) async fn keep_small(handle: PrometheusHandle, stopping: CancellationToken) {
    let mut ticks = tokio::time::interval(UPKEEP_EVERY);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        handle.run_upkeep();
    }
}

/// Keeps the host's budget informed of what the process uses, until the host stops.
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
