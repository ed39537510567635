//! What happens, shown as it happens: a line for each thing, and in a terminal a bar for the progress.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen::Screen;
use super::words::{outcome_name, time};
use crate::cli::out::{printable_line, say};
use crate::trial::{AnsweredBy, Entry, Happening, SentRequest, Watcher};

/// The shortest time between two lines of progress where there is no bar.
const PROGRESS_PAUSE: Duration = Duration::from_secs(1);

/// Shows a trial.
pub(super) struct Live {
    screen: Screen,
    bar: ProgressBar,
    /// The attempts there may be.
    attempts: u32,
    progress: ProgressLines,
}

impl Live {
    pub(super) fn new(attempts: u32) -> Self {
        // The bar is among the lines, and nothing of it is left at the end.
        let is_terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self {
            screen: Screen::of_stdout(),
            bar: ProgressBar::with_draw_target(Some(0), target),
            attempts,
            progress: ProgressLines::default(),
        }
    }

    fn line(&self, entry: &Entry, what: &str, text: &str) {
        self.bar.suspend(|| say!("{}", self.screen.line(entry.at, what, text)));
    }

    fn progress(&self, entry: &Entry, done: u64, total: u64, message: &str) {
        if self.bar.is_hidden() {
            if let Some(text) = self.progress.due(entry.at, done, total, message) {
                self.line(entry, "progress", &text);
            }
            return;
        }
        let template = if total > 0 { "  [{bar:24}] {pos}/{len} {wide_msg}" } else { "  {pos} {wide_msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.bar.set_length(total);
        self.bar.set_message(printable_line(message));
        self.bar.set_position(done);
    }
}

impl Watcher for Live {
    fn hear(&self, entry: &Entry) {
        match &entry.happening {
            Happening::Began if self.attempts > 1 => {
                self.line(entry, "attempt", &format!("{} of {}", entry.attempt, self.attempts));
            }
            Happening::Progress { done, total, message } => self.progress(entry, *done, *total, message),
            Happening::Ended(ended) if ended.killed_after.is_none() && self.attempts == 1 => {
                self.bar.finish_and_clear();
            }
            happening => {
                if let Some((what, text)) = happening_text(happening) {
                    self.line(entry, what, &text);
                }
            }
        }
    }
}

/// Progress in lines, of which there are few: a task may report as often as it likes.
#[derive(Default)]
pub(in crate::cli::plugin) struct ProgressLines {
    /// What was shown last, and when.
    shown: Mutex<Option<(Duration, String)>>,
}

impl ProgressLines {
    /// The text of a line, if one is due at this time.
    pub(in crate::cli::plugin) fn due(
        &self,
        at: Duration,
        done: u64,
        total: u64,
        message: &str,
    ) -> Option<String> {
        let text = match total {
            0 => format!("{done} {message}"),
            _ => format!("{done}/{total} {message}"),
        };
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = shown.as_ref().is_none_or(|(last, same)| *same != text && at >= *last + PROGRESS_PAUSE);
        is_due.then(|| {
            *shown = Some((at, text.clone()));
            text
        })
    }
}

/// What happened, in a word and a text; none of what is shown in other ways.
pub(in crate::cli::plugin) fn happening_text(happening: &Happening) -> Option<(&'static str, String)> {
    Some(match happening {
        // The problems of a trial are shown at its end.
        Happening::Began | Happening::Progress { .. } | Happening::Unanswered(_) => return None,
        Happening::Line(line) => ("log", line.clone()),
        Happening::Request(request) => ("request", request_text(request)),
        Happening::Checkpoint { name, .. } => ("step", name.clone()),
        Happening::Submitted(job) => ("submit", format!("{}: {} {}", job.step, job.task, job.input.as_str())),
        Happening::Ended(ended) => match &ended.killed_after {
            Some(step) => ("killed", format!("after step {step}")),
            None => ("ended", outcome_name(&ended.outcome).to_owned()),
        },
    })
}

/// A request in a line.
fn request_text(request: &SentRequest) -> String {
    let SentRequest { method, url, by, answer, took, .. } = request;
    let mut text = format!("{method} {url} ");
    let _ = match answer {
        Ok(status) => write!(text, "{status}"),
        // A line of the log says why.
        Err(_) => write!(text, "failed"),
    };
    let _ = match by {
        AnsweredBy::Mock(number) => write!(text, " (mock {number}, {})", time(*took)),
        AnsweredBy::Server => write!(text, " ({})", time(*took)),
        AnsweredBy::Nobody => Ok(()),
    };
    text
}
