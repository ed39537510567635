//! Metrics of this host, in the format of Prometheus.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

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
