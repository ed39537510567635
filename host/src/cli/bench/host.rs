//! The measured host: this program as `taskbox serve`, in a separate process.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::super::answer::Part;
use super::super::client::Client;
use super::connection::Connection;
use super::machine;
use crate::domain::format_duration;

/// The queue of all jobs.
const QUEUE: &str = "/v1/queues/default";

/// The time after which the bench gives up waiting for a host.
const PATIENCE: Duration = Duration::from_secs(300);

/// The period in which a host is polled.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The parameters of all rows.
pub(super) struct Plan {
    /// The measured program.
    pub(super) program: PathBuf,
    /// The plugin of the bench.
    pub(super) component: Bytes,
    /// Directory of the hosts' data.
    pub(super) dir: PathBuf,
    /// Divisor of counts.
    pub(super) part: usize,
    /// Time that is added to every sync of a host.
    pub(super) sync_delay: Duration,
}

impl Plan {
    /// This count, or less in a quick run.
    pub(super) fn count(&self, whole: usize) -> usize {
        whole / self.part
    }

    /// Time of a sync of the disk now.
    pub(super) fn sync_time(&self) -> anyhow::Result<Duration> {
        machine::sync_time(&self.dir).context("cannot measure the disk")
    }
}

/// A running host, killed when it is dropped.
pub(super) struct BenchHost {
    /// Its address.
    pub(super) address: SocketAddr,
    /// Its data directory.
    pub(super) data: PathBuf,
    client: Client,
    process: Child,
    /// Kept open, because the host writes to it.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl BenchHost {
    /// Starts a host on a fresh directory, with the plugin of the bench and these variables.
    pub(super) async fn fresh(plan: &Plan, name: &str, variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let host = Self::start(plan, plan.dir.join(name), variables).await?;
        host.client.put_bytes("/v1/plugins/bench", plan.component.to_vec()).await?;
        Ok(host)
    }

    /// Starts a host on a directory, with these variables, and waits until it is ready.
    pub(super) async fn start(
        plan: &Plan,
        data: PathBuf,
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let log = File::options().create(true).append(true).open(data.with_extension("log"))?;
        let mut command = Command::new(&plan.program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
        // Default settings, whatever the environment of this process sets.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TASKBOX_") {
                command.env_remove(name);
            }
        }
        if !plan.sync_delay.is_zero() {
            command.env("TASKBOX_SYNC_DELAY", format_duration(plan.sync_delay));
        }
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut process = command.spawn().context("cannot start the host that is measured")?;
        let stdout = process.stdout.take().context("the host has no stdout")?;
        let mut stdout = BufReader::new(stdout).lines();
        let Some(address) = announced(&mut stdout).await? else {
            bail!("the measured host did not start: {}", last_words(&data));
        };
        Connection::open(address).await?.get("/readyz").await?;
        let client = Client::new(format!("http://{address}"))?;
        Ok(Self { address, data, client, process, _stdout: stdout })
    }

    /// Kills it like `kill -9`, and keeps its directory.
    pub(super) async fn kill(mut self) -> anyhow::Result<PathBuf> {
        self.process.kill().await?;
        Ok(self.data.clone())
    }

    /// Kills it and removes its data.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        tokio::fs::remove_dir_all(self.kill().await?).await.context("cannot remove measured data")
    }

    /// Its CPU time so far.
    pub(super) fn cpu_time(&self) -> Option<Duration> {
        machine::cpu_time(self.process.id()?)
    }

    /// Its resident memory.
    pub(super) fn resident_bytes(&self) -> Option<u64> {
        machine::resident_bytes(self.process.id()?)
    }

    /// The memory of its index of jobs.
    pub(super) async fn index_bytes(&self) -> anyhow::Result<f64> {
        let metrics = Connection::open(self.address).await?.get("/metrics").await?;
        let metrics = String::from_utf8_lossy(&metrics).into_owned();
        let bytes = metrics.lines().find_map(|line| line.strip_prefix("taskbox_index_bytes ")?.parse().ok());
        bytes.context("the host does not report its index")
    }

    /// The client of an operator.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Pauses or resumes the queue.
    pub(super) async fn pause(&self, paused: bool) -> anyhow::Result<()> {
        self.client.put(QUEUE, &json!({ "paused": paused })).await?;
        Ok(())
    }

    /// The number of jobs in this state.
    pub(super) async fn count(&self, state: &str) -> anyhow::Result<usize> {
        let queues = self.client.get("/v1/queues").await?;
        let count = |queue: Part<'_>| queue.get("counts")?.get(state)?.number();
        Ok(queues.items().into_iter().filter_map(count).sum::<u64>() as usize)
    }

    /// Waits until this many jobs are in this state.
    pub(super) async fn until(&self, state: &str, enough: impl Fn(usize) -> bool) -> anyhow::Result<()> {
        let looking = async {
            while !enough(self.count(state).await?) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, looking).await.unwrap_or_else(|_| {
            bail!(
                "the measured host takes more than {} s; its log: {}",
                PATIENCE.as_secs(),
                last_words(&self.data)
            )
        })
    }
}

async fn announced(stdout: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<Option<SocketAddr>> {
    while let Some(line) = stdout.next_line().await? {
        if let Some(address) = line.strip_prefix("Taskbox listens on http://") {
            return address.parse().map(Some).context("the host has a strange address");
        }
    }
    Ok(None)
}

/// The end of a host's log.
fn last_words(data: &Path) -> String {
    let log = std::fs::read_to_string(data.with_extension("log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
