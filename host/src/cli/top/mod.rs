//! `taskbox top`: a live view of the queues, the tasks and the running jobs of a host.

mod picture;
mod rates;
mod snapshot;

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::UsageError;
use super::client::Client;
use snapshot::Snapshot;

/// Time for the answers of one look.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// How long the keyboard is listened to, before it is seen whether the view is over.
const KEY_WAIT: Duration = Duration::from_millis(200);

/// The period of the view.
#[derive(Debug, Args)]
pub(super) struct TopArgs {
    /// Time between two looks at the host, such as 500ms or 5s.
    #[arg(long, value_name = "DURATION", value_parser = read_period, default_value = "2s")]
    every: Duration,
}

fn read_period(text: &str) -> Result<Duration, String> {
    let period = crate::domain::parse_duration(text)?;
    match period >= Duration::from_millis(200) {
        true => Ok(period),
        false => Err(format!("a look at the host every {text} is too often; give at least 200ms")),
    }
}

/// What is shown.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// URL of the host.
    host: String,
    /// The last answers; none before the first.
    snapshot: Option<Snapshot>,
    /// Jobs that became final per second, since the answers before.
    final_per_second: Option<f64>,
    /// Why the last look failed.
    lost: Option<String>,
}

pub(super) async fn run(args: TopArgs, client: &Client) -> anyhow::Result<()> {
    if !stdout().is_terminal() {
        let words = "top needs a terminal; for a program there is: taskbox queue list --json";
        return Err(UsageError(words.to_owned()).into());
    }
    // Before the screen is taken: a host that cannot be reached is an error as everywhere.
    let first = Snapshot::of(client).await?;
    let mut terminal = ratatui::try_init().context("cannot take the screen")?;
    let ended = watch(&mut terminal, client, first, args.every).await;
    ratatui::restore();
    ended
}

/// Draws what the host says until the user has seen enough.
async fn watch(
    terminal: &mut DefaultTerminal,
    client: &Client,
    first: Snapshot,
    every: Duration,
) -> anyhow::Result<()> {
    let (mut keys, _reader) = keyboard();
    let mut looks = interval(every);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks.tick().await;
    let mut seen = Seen { host: client.base().to_owned(), snapshot: Some(first), ..Seen::default() };
    loop {
        terminal.draw(|frame| picture::draw(frame, &seen)).context("cannot draw")?;
        tokio::select! {
            key = keys.recv() => match key {
                Some(Key::Redraw) => {}
                Some(Key::Quit) | None => return Ok(()),
            },
            _ = looks.tick() => look(client, &mut seen).await,
        }
    }
}

/// Asks the host. What was seen before stays where it does not answer.
async fn look(client: &Client, seen: &mut Seen) {
    match tokio::time::timeout(ANSWER_MAX, Snapshot::of(client)).await {
        Ok(Ok(snapshot)) => {
            seen.final_per_second =
                seen.snapshot.as_ref().and_then(|before| rates::final_per_second(before, &snapshot));
            (seen.snapshot, seen.lost) = (Some(snapshot), None);
        }
        Ok(Err(error)) => seen.lost = Some(format!("{error:#}")),
        Err(_) => seen.lost = Some("the host does not answer".to_owned()),
    }
}

/// What a key means.
enum Key {
    Quit,
    /// Also a change of the size of the terminal.
    Redraw,
}

/// The keys, read by a thread of their own, which ends when they are no longer listened to.
fn keyboard() -> (mpsc::Receiver<Key>, JoinHandle<()>) {
    let (send, keys) = mpsc::channel(4);
    let reader = tokio::task::spawn_blocking(move || {
        while !send.is_closed() {
            let key = match event::poll(KEY_WAIT) {
                Ok(true) => event::read().ok().and_then(|event| meaning(&event)),
                Ok(false) => None,
                Err(_) => return,
            };
            if key.is_some_and(|key| send.blocking_send(key).is_err()) {
                return;
            }
        }
    });
    (keys, reader)
}

fn meaning(event: &Event) -> Option<Key> {
    match event {
        Event::Resize(..) => Some(Key::Redraw),
        Event::Key(key) if key.kind == KeyEventKind::Press => match key.code {
            KeyCode::Char('q') | KeyCode::Esc => Some(Key::Quit),
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
            _ => None,
        },
        _ => None,
    }
}
