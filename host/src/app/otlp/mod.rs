//! Exports spans to a collector of OpenTelemetry, by OTLP over HTTP in JSON.

mod json;

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::domain::Timestamp;
use crate::spans::{self, Recorded, Span};

/// The most spans of one request.
const BATCH_MAX: usize = 1_024;

/// Time for which spans are gathered before they are sent.
const GATHER: Duration = Duration::from_secs(1);

/// The longest time of one request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time to send the last spans of a host that stops.
const LAST_PATIENCE: Duration = Duration::from_secs(2);

/// The shortest time between two lines of the log that say that spans cannot be exported.
const COMPLAIN_EVERY: Duration = Duration::from_secs(60);

/// Sends spans to one collector.
struct Exporter {
    client: reqwest::Client,
    url: String,
    instance: String,
    complained: Option<Instant>,
}

/// Exports the spans of this process until the host stops, if the settings name a collector. A process exports those of
/// its first host.
pub(super) fn start(
    settings: &Settings,
    instance: String,
    now: Timestamp,
    closing: CancellationToken,
) -> Option<JoinHandle<()>> {
    let endpoint = settings.otlp_endpoint.as_ref()?;
    let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let client = reqwest::Client::builder().timeout(PATIENCE).build();
    let client = client.inspect_err(|error| tracing::warn!(%error, "spans cannot be exported")).ok()?;
    let recorded = spans::install(now)?;
    let exporter = Exporter { client, url, instance, complained: None };
    Some(tokio::spawn(exporter.run(recorded, closing)))
}

impl Exporter {
    async fn run(mut self, mut recorded: Recorded, closing: CancellationToken) {
        let mut batch = Vec::new();
        while closing.run_until_cancelled(tokio::time::sleep(GATHER)).await.is_some() {
            while gather(&mut recorded, &mut batch) {
                self.send(&mut batch).await;
            }
        }
        let last = async {
            while gather(&mut recorded, &mut batch) {
                self.send(&mut batch).await;
            }
        };
        let _ = tokio::time::timeout(LAST_PATIENCE, last).await;
    }

    /// Sends a batch. One that a collector does not take is lost: the next ones matter more.
    async fn send(&mut self, batch: &mut Vec<Span>) {
        let body = json::request(batch, &self.instance);
        let count = std::mem::take(batch).len();
        let request = self.client.post(&self.url).header("content-type", "application/json").body(body);
        let sent = request.send().await.and_then(reqwest::Response::error_for_status);
        let Err(error) = sent else { return };
        if self.complained.is_none_or(|at| at.elapsed() > COMPLAIN_EVERY) {
            self.complained = Some(Instant::now());
            tracing::warn!(error = %error.without_url(), url = self.url, count, "spans were not exported");
        }
    }
}

/// Takes what is there, up to a batch. Returns whether there is anything.
fn gather(recorded: &mut Recorded, batch: &mut Vec<Span>) -> bool {
    while batch.len() < BATCH_MAX
        && let Ok(span) = recorded.try_recv()
    {
        batch.push(span);
    }
    !batch.is_empty()
}
