//! The start of a watch: at the position of the client, or with the present job.

use std::collections::VecDeque;
use std::sync::Arc;

use super::lines::LineReader;
use super::{JobNews, JobWatch, Ready};
use crate::domain::{JobDetails, JobId, Phase};
use crate::ports::{AttemptLog, Bookmark, Event, EventId, EventStream, Heard, StorageResult, Topic};
use crate::queue::Queue;
use crate::queue::worker::Printed;
use crate::watching::{Known, Notice};

/// The most reads of a job that changed meanwhile. After that the watch starts with the last read, of which parts may be
/// sent twice.
const READS_MAX: usize = 8;

/// The most bytes of lines of earlier attempts: those of the newest ones, up to the default limit of a log, and all of
/// the very newest. A watcher holds them until they are read.
const KEPT_BYTES_MAX: usize = 256 << 10;

/// A job at one time.
struct Seen {
    details: JobDetails,
    logs: Vec<AttemptLog>,
    /// The lines of its running attempt.
    printed: Option<Printed>,
}

/// Starts a watch; `None` if there is no such job.
pub(super) async fn begin(
    queue: &Arc<Queue>,
    id: JobId,
    after: Option<Bookmark>,
) -> StorageResult<Option<JobWatch>> {
    let topic = Topic::Job(id);
    let resumed = after.and_then(|after| Some((queue.events.resume(topic, after.event)?, after.is_end)));
    if let Some((stream, has_end)) = resumed {
        return go_on(queue, id, stream, has_end).await;
    }
    let mut watch = begin_anew(queue, id).await?;
    if let (Some(watch), true) = (&mut watch, after.is_some()) {
        watch.ready.push_front(Ready::One(Notice { news: JobNews::Gap(None), id: None }));
    }
    Ok(watch)
}

/// The watch of a client that reconnects. It is over if the client has the last event.
async fn go_on(
    queue: &Arc<Queue>,
    id: JobId,
    stream: Box<dyn EventStream>,
    has_end: bool,
) -> StorageResult<Option<JobWatch>> {
    let Some(details) = queue.job(id).await? else { return Ok(None) };
    let is_final = details.job.state.phase.is_final();
    let mut watch = JobWatch::new(queue, stream, details);
    if !is_final {
        watch.known.found(watch.seen_state());
    }
    match watch.stream.try_next() {
        Some(heard) => watch.hear(heard, watch.stream.position()).await,
        // An end that is stored but not yet published is returned when its event arrives.
        None => watch.is_over = has_end && is_final,
    }
    Ok(Some(watch))
}

/// A watch that starts with the present job.
async fn begin_anew(queue: &Arc<Queue>, id: JobId) -> StorageResult<Option<JobWatch>> {
    let mut stream = queue.events.subscribe(Topic::Job(id));
    let mut reads = 0;
    let (seen, before, pending) = loop {
        // Reads from here on contain all changes so far.
        while stream.try_next().is_some() {}
        let before = stream.position();
        let Some(seen) = see(queue, id).await? else { return Ok(None) };
        let pending = take_pending(&mut *stream);
        reads += 1;
        let goes_on = pending.iter().any(|(heard, _)| changes_state(heard));
        if reads == READS_MAX || (seen.is_of_one_moment() && !goes_on) {
            break (seen, before, pending);
        }
    };
    let at = last_seen(&pending, seen.printed.as_ref(), before);
    let Seen { details, logs, printed } = seen;
    let mut watch = JobWatch::new(queue, stream, details);
    watch.push_known(logs, printed, at);
    for (heard, id) in pending {
        watch.hear(heard, id).await;
    }
    Ok(Some(watch))
}

/// Reads a job. The running attempt is read first and the job last, so that no lines between the two are missed: see
/// [`Seen::is_of_one_moment`].
async fn see(queue: &Queue, id: JobId) -> StorageResult<Option<Seen>> {
    let printed = queue.running.printed(id);
    let logs = queue.logs(id).await?;
    Ok(queue.job(id).await?.map(|details| Seen { details, logs, printed }))
}

impl Seen {
    /// Whether the attempt that was read first is the one that runs by the later read.
    fn is_of_one_moment(&self) -> bool {
        match (&self.details.job.state.phase, &self.printed) {
            (Phase::Running { lease }, Some(printed)) => lease.token == printed.lease,
            // On another host, or about to start.
            (Phase::Running { .. }, None) => true,
            (_, printed) => printed.is_none(),
        }
    }
}

fn take_pending(stream: &mut dyn EventStream) -> Vec<(Heard, EventId)> {
    let mut pending = Vec::new();
    while let Some(heard) = stream.try_next() {
        pending.push((heard, stream.position()));
    }
    pending
}

fn changes_state(heard: &Heard) -> bool {
    matches!(heard, Heard::Missed(_) | Heard::Event(Event::State(..)))
}

/// The id of the last event in the read: lines that were printed while the job was read.
fn last_seen(pending: &[(Heard, EventId)], printed: Option<&Printed>, before: EventId) -> EventId {
    let Some(printed) = printed else { return before };
    let mut seen = pending.iter().rev().filter_map(|(heard, id)| match heard {
        Heard::Event(Event::Lines(_, lines)) if lines.lease == printed.lease => {
            let unseen = (lines.first + lines.count()).saturating_sub(printed.lines);
            (unseen < lines.count()).then(|| EventId { number: id.number - unseen, ..*id })
        }
        _ => None,
    });
    seen.next().unwrap_or(before)
}

/// The number of lines of earlier attempts that are left out, and the others.
fn newest(mut logs: Vec<AttemptLog>) -> (u64, Vec<AttemptLog>) {
    let mut bytes = 0;
    let is_kept = |log: &&AttemptLog| {
        let is_newest = bytes == 0;
        bytes += log.text.len();
        is_newest || bytes <= KEPT_BYTES_MAX
    };
    let notice = logs.iter().rev().take_while(is_kept).count();
    let newest = logs.split_off(logs.len() - notice);
    (logs.iter().map(|log| log.text.lines().count() as u64).sum(), newest)
}

impl JobWatch {
    fn new(queue: &Arc<Queue>, mut stream: Box<dyn EventStream>, details: JobDetails) -> Self {
        stream.keep();
        let (queue, ready) = (Arc::clone(queue), VecDeque::new());
        let known = Known::nothing();
        Self { queue, stream, ready, details, known, printed: None, look_soon: false, is_over: false }
    }

    /// Returns the lines of earlier attempts, the job, and the lines of its attempt.
    fn push_known(&mut self, logs: Vec<AttemptLog>, printed: Option<Printed>, at: EventId) {
        let (left_out, newest) = newest(logs);
        if left_out > 0 {
            self.ready.push_back(Ready::One(Notice { news: JobNews::Gap(Some(left_out)), id: None }));
        }
        let lines = |log: AttemptLog| Ready::Lines(LineReader::kept(log.attempt, log.text, None));
        self.ready.extend(newest.into_iter().map(lines));
        let printed = printed.filter(|printed| printed.lines > 0);
        self.push_state(if printed.is_some() { None } else { Some(at) });
        if let Some(Printed { lease, lines, text }) = printed {
            self.printed = Some((lease, lines));
            let lines = LineReader::kept(self.details.job.state.attempt, text, Some(at));
            self.ready.push_back(Ready::Lines(lines));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_logs_are_told_and_the_lines_of_the_others_counted() {
        let log = |attempt, bytes: usize| AttemptLog { attempt, text: "xxx\n".repeat(bytes / 4) };
        let notice = |logs: Vec<AttemptLog>| {
            let (left_out, newest) = newest(logs);
            (left_out, newest.iter().map(|log| log.attempt).collect::<Vec<_>>())
        };
        assert_eq!(notice(vec![]), (0, vec![]));
        assert_eq!(notice(vec![log(1, 40), log(2, KEPT_BYTES_MAX)]), (10, vec![2]));
        assert_eq!(notice(vec![log(1, 40), log(2, KEPT_BYTES_MAX - 40)]), (0, vec![1, 2]));
        assert_eq!(
            notice(vec![log(1, 40), log(2, 2 * KEPT_BYTES_MAX)]),
            (10, vec![2]),
            "the newest is sent whole"
        );
    }
}
