//! What came of the jobs whose attempts ended, by what the host says of them.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use super::super::size_text::size_text;
use super::super::test::{Screen, time};
use super::jobs::{EndedAttempt, short};
use crate::api::StreamEventName;
use crate::cli::answer::{Answer, Part, text};
use crate::cli::client::Client;
use crate::cli::out::say;
use crate::domain::StateName;

/// Jobs that are asked for at the same time.
const AT_ONCE: usize = 16;

/// Shows the ends of attempts until there are no more.
pub(super) async fn show(client: Arc<Client>, mut ended: mpsc::Receiver<EndedAttempt>) {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    while let Some(attempt) = ended.recv().await {
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
        let client = Arc::clone(&client);
        tokio::spawn(async move {
            // A job that was deleted meanwhile, or a host that ends, has nothing to show.
            if let Ok(job) = settled(&client, &attempt).await {
                lines(&attempt, &job).iter().for_each(|line| say!("{line}"));
            }
            drop(turn);
        });
    }
}

/// The job, once this attempt is no longer its running one.
async fn settled(client: &Client, ended: &EndedAttempt) -> anyhow::Result<Answer> {
    let path = format!("/v1/jobs/{}", ended.job);
    let see = |event: &str, data: &Answer| {
        let is_state = event.parse() == Ok(StreamEventName::State);
        let is_running = data.str("state").as_deref() == Some(StateName::Running.as_str());
        let attempt = data.at("/attempt").and_then(Part::number).unwrap_or_default();
        let is_over = is_state && (!is_running || attempt > u64::from(ended.number));
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    client.watch(&format!("{path}/events"), see).await?;
    client.get(&path).await
}

/// The state of the job, and the reason for it.
fn lines(ended: &EndedAttempt, job: &Answer) -> Vec<String> {
    let screen = Screen::of_stdout();
    let short = short(ended.job);
    let state = job.str("state").unwrap_or_default();
    let error =
        job.at("/errors").map(Part::items).unwrap_or_default().pop().filter(|error| is_of(ended, *error));
    let cost = format!("in {}, {}", time(ended.wall), size_text(ended.peak_memory_bytes));
    let what = match error {
        Some(error) => format!("{}: {}", text(error.get("kind")), text(error.get("message"))),
        None if state == StateName::Completed.as_str() => format!("{cost}: {}", output(job)),
        None => cost,
    };
    let mut lines = vec![screen.row(&short, &state, &what)];
    lines
        .extend(error.and_then(|error| error.get("detail")?.str()).map(|detail| screen.row("", "", &detail)));
    lines.extend(next(job).map(|next| screen.row("", "", &next)));
    lines
}

fn is_of(ended: &EndedAttempt, error: Part<'_>) -> bool {
    error.get("attempt").and_then(Part::number) == Some(u64::from(ended.number))
}

fn output(job: &Answer) -> String {
    job.at("/output").map(|output| output.json().get().to_owned()).unwrap_or_default()
}

/// When the job runs again, if it does.
fn next(job: &Answer) -> Option<String> {
    let part = |name: &str| job.at(name).filter(|part| !part.is_empty()).map(Part::text);
    if let Some(event) = part("/waits_for_event") {
        return Some(format!("waits for the event {event}, until {}", part("/due_at")?));
    }
    if let Some(count) = part("/waits_for") {
        return Some(format!("waits for jobs: {count}"));
    }
    Some(format!("again at {}", part("/due_at")?))
}
