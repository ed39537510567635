//! `taskbox backup` and `taskbox restore`.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use serde_json::json;

use super::backup_key;
use super::client::Client;
use super::out::say;
use super::storage;
use crate::app::offline::{self, Restored};
use crate::domain::Digest;
use crate::ports::BackupKey;

/// Period in which the progress is drawn.
const REDRAWN: Duration = Duration::from_millis(100);

/// The host goes on working; the backup shows everything as it was when it began.
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// File to write; it must not be there yet.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File with a key of at least 32 random bytes, under which secrets are encrypted [default: leave secrets out].
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Check the digest of the backup only, without restoring it on trial beside the file.
    #[arg(long)]
    quick: bool,
}

/// The directory must be new or empty, and no host may use it.
#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Data directory to restore into.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// File with the key under which the secrets were encrypted [default: leave secrets out].
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// Takes a backup, and checks it.
pub(super) async fn backup(args: BackupArgs, client: &Client, in_json: bool) -> anyhow::Result<()> {
    let key = args.key_file.as_deref().map(backup_key::read).transpose()?;
    let partial = args.file.with_added_extension("partial");
    if args.file.exists() {
        bail!("{} is there already; name another file", args.file.display());
    }
    let received = receive(client, key.as_ref(), &partial).await;
    let checked = match received {
        Ok(bytes) => on_trial(args.quick, partial.clone(), key.clone()).await.map(|()| bytes),
        Err(error) => Err(error),
    };
    let bytes = checked.inspect_err(|_| drop(std::fs::remove_file(&partial)))?;
    std::fs::rename(&partial, &args.file).with_context(|| format!("cannot name {}", args.file.display()))?;
    let secrets = if key.is_some() { "encrypted" } else { "left out" };
    if in_json {
        let file = args.file.display().to_string();
        super::out::json(&json!({ "file": file, "bytes": bytes, "secrets": secrets }).to_string());
    } else {
        say!("{}: {bytes} bytes, checked; secrets {secrets}", args.file.display());
    }
    Ok(())
}

/// Restores a backup.
pub(super) async fn restore(args: RestoreArgs) -> anyhow::Result<()> {
    let key = args.key_file.as_deref().map(backup_key::read).transpose()?;
    let data = args.data.clone();
    let restored =
        tokio::task::spawn_blocking(move || restored(&args.file, &args.data, key.as_ref())).await??;
    let Restored { rows, components, created_at, secrets } = restored;
    let with = if secrets { "with secrets" } else { "without secrets" };
    say!("{}: {rows} rows and {components} components of {created_at}, {with}", data.display());
    if !secrets {
        say!("store the secrets anew before the host runs jobs that need them: taskbox secret put");
    }
    Ok(())
}

fn restored(file: &Path, data: &Path, key: Option<&BackupKey>) -> anyhow::Result<Restored> {
    let opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(offline::restore(data, BufReader::with_capacity(1 << 20, opened), key)?)
}

async fn receive(client: &Client, key: Option<&BackupKey>, file: &Path) -> anyhow::Result<u64> {
    let body = match key {
        Some(key) => json!({ "key": Digest::from_bytes(*key.reveal()).to_hex() }),
        None => json!({}),
    };
    let response = client.send(client.request(Method::POST, "/v1/backup").json(&body)).await?;
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(file);
    let mut out = opened.with_context(|| format!("cannot write {}", file.display()))?;
    let bar = progress();
    let mut parts = response.bytes_stream();
    let mut bytes = 0;
    while let Some(part) = parts.next().await {
        let part = part.context("the backup broke off; the log of the host says why")?;
        tokio::task::block_in_place(|| out.write_all(&part))
            .with_context(|| format!("cannot write {}", file.display()))?;
        bytes += part.len() as u64;
        bar.inc(part.len() as u64);
    }
    bar.finish_and_clear();
    tokio::task::block_in_place(|| out.sync_all())?;
    Ok(bytes)
}

/// Shows how much has come, to a person at a terminal and to nobody else.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {bytes} received, {bytes_per_sec} ({elapsed})");
    let bar =
        ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(REDRAWN);
    bar
}

/// Restores a backup beside its file and checks every row, unless it is to be quick.
async fn on_trial(quick: bool, file: PathBuf, key: Option<BackupKey>) -> anyhow::Result<()> {
    tokio::task::spawn_blocking(move || {
        let beside = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if quick {
            let opened = File::open(&file)?;
            return Ok(offline::verify(BufReader::with_capacity(1 << 20, opened))?);
        }
        let trial = tempfile::Builder::new().prefix(".taskbox-trial-").tempdir_in(beside)?;
        let data = trial.path().join("data");
        restored(&file, &data, key.as_ref())?;
        storage::without_faults(&offline::check(&data)?)
    })
    .await?
}
