//! The attempts on the host, shown as they run: a line for each thing that one does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::super::test::{ProgressLines, Screen, happening_text};
use crate::cli::out::{note, say};
use crate::domain::JobId;
use crate::ports::Assignment;
use crate::trial::{Entry, Happening, NetworkRules, Observer, Watcher};

/// Attempts that ended and whose jobs are not shown yet. Of more, the ends are not shown.
const ENDED_MAX: usize = 1024;

/// Characters of an input in the line of its attempt.
const INPUT_CHARS_MAX: usize = 200;

/// Shows all attempts, and chooses what answers their requests.
pub(super) struct Jobs {
    rules: Mutex<NetworkRules>,
    ended: mpsc::Sender<EndedAttempt>,
}

/// An attempt that ended.
pub(super) struct EndedAttempt {
    pub(super) job: JobId,
    pub(super) number: u32,
    pub(super) wall: Duration,
    pub(super) peak_memory_bytes: u64,
}

impl Jobs {
    /// The attempts that end come out of the receiver.
    pub(super) fn new() -> (Arc<Self>, mpsc::Receiver<EndedAttempt>) {
        let (sender, ended) = mpsc::channel(ENDED_MAX);
        (Arc::new(Self { rules: Mutex::default(), ended: sender }), ended)
    }

    /// Requests of attempts that begin from now on are answered so.
    pub(super) fn answer_by(&self, rules: NetworkRules) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }
}

impl Observer for Jobs {
    fn begin(&self, assignment: &Assignment) -> (NetworkRules, Arc<dyn Watcher>) {
        let Assignment { job_id, task, attempt, max_attempts, input, .. } = assignment;
        let watcher = AttemptLines {
            job: *job_id,
            screen: Screen::of_stdout(),
            progress: ProgressLines::default(),
            ended: self.ended.clone(),
        };
        let input = shortened(input.as_str());
        watcher.line("attempt", &format!("{attempt} of {max_attempts}: {task} {input}"));
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (rules, Arc::new(watcher))
    }
}

/// The lines of one attempt.
struct AttemptLines {
    job: JobId,
    screen: Screen,
    progress: ProgressLines,
    ended: mpsc::Sender<EndedAttempt>,
}

impl AttemptLines {
    fn line(&self, what: &str, text: &str) {
        say!("{}", self.screen.row(&short(self.job), what, text));
    }
}

impl Watcher for AttemptLines {
    fn hear(&self, entry: &Entry) {
        match &entry.happening {
            Happening::Progress { done, total, message } => {
                if let Some(text) = self.progress.due(entry.at, *done, *total, message) {
                    self.line("progress", &text);
                }
            }
            Happening::Unanswered(line) => {
                self.line("request", &format!("nothing answers it; add to the mock file: {line}"));
            }
            Happening::Ended(ended) => {
                let attempt = EndedAttempt {
                    job: self.job,
                    number: ended.attempt,
                    wall: ended.wall,
                    peak_memory_bytes: ended.peak_memory_bytes,
                };
                if self.ended.try_send(attempt).is_err() {
                    note!("taskbox: too many jobs end at once to show the end of {}", self.job);
                }
            }
            happening => {
                if let Some((what, text)) = happening_text(happening) {
                    self.line(what, &text);
                }
            }
        }
    }
}

/// The last characters of an id, which distinguish jobs of the same moment.
pub(super) fn short(job: JobId) -> String {
    let id = job.to_string();
    id[id.len() - 8..].to_owned()
}

fn shortened(input: &str) -> String {
    match input.char_indices().nth(INPUT_CHARS_MAX) {
        Some((end, _)) => format!("{}..", &input[..end]),
        None => input.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_input_is_cut_between_characters() {
        assert_eq!(shortened("[1]"), "[1]");
        let cut = shortened(&"é".repeat(INPUT_CHARS_MAX + 1));
        assert_eq!(cut.chars().count(), INPUT_CHARS_MAX + 2);
    }
}
