//! Metrics of this host, in the format of Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

/// How often samples are folded.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

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
