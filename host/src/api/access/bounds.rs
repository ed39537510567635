//! Lists for a token that is bound to queues or tasks.

use crate::api::problem::{FieldError, Kind, Problem};
use crate::domain::{Caller, QueueName};
use crate::ports::JobFilter;

/// The filter of a list of jobs, kept within the bounds of the caller. A caller that is bound to one queue need not name
/// it; one that is bound to several, or to tasks, names one of them.
pub(in crate::api) fn within_bounds(caller: &Caller, filter: JobFilter) -> Result<JobFilter, Problem> {
    let bounds = &caller.bounds;
    let queue = match (filter.queue, bounds.queues.as_slice()) {
        (None, [only]) => Some(only.clone()),
        (None, [_, ..]) => return Err(beyond("queue", &bounds.queues)),
        (Some(queue), _) if !bounds.admit_queue(&queue) => return Err(beyond("queue", &bounds.queues)),
        (queue, _) => queue,
    };
    let is_within = filter.task.as_ref().map_or(bounds.tasks.is_empty(), |task| bounds.admit_task(task));
    if !is_within {
        let patterns: Vec<String> = bounds.tasks.iter().cloned().map(String::from).collect();
        return Err(beyond("task", &patterns));
    }
    Ok(JobFilter { queue, ..filter })
}

/// Refuses a queue that the caller is not bound to. Its settings act on all tasks.
pub(in crate::api) fn check_queue(caller: &Caller, queue: &QueueName) -> Result<(), Problem> {
    if caller.bounds.admit_queue(queue) && caller.bounds.tasks.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Kind::FORBIDDEN, format!("this token is not bound to the whole queue {queue}")))
}

fn beyond(field: &'static str, allowed: &[impl ToString]) -> Problem {
    let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
    let detail = format!("must name one of those that this token is bound to: {}", allowed.join(", "));
    Problem::forbidden(FieldError::parameter(field, detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Reach, Submitter, TokenBounds};

    fn caller(queues: &[&str], tasks: &[&str]) -> Caller {
        let queues = queues.iter().map(|queue| queue.parse().unwrap()).collect();
        let tasks = tasks.iter().map(|task| task.parse().unwrap()).collect();
        Caller::new(Submitter::token("t"), Reach::Read).bound(&TokenBounds { queues, tasks })
    }

    fn within(caller: &Caller, queue: Option<&str>, task: Option<&str>) -> Option<Option<String>> {
        let filter = JobFilter {
            queue: queue.map(|queue| queue.parse().unwrap()),
            task: task.map(|task| task.parse().unwrap()),
            ..JobFilter::default()
        };
        let filter = within_bounds(caller, filter).ok()?;
        Some(filter.queue.map(|queue| queue.to_string()))
    }

    #[test]
    fn a_list_stays_within_the_bounds() {
        let mail = || Some(Some("mail".to_owned()));
        assert_eq!(within(&caller(&[], &[]), None, None), Some(None));
        assert_eq!(within(&caller(&["mail"], &[]), None, None), mail());
        assert_eq!(within(&caller(&["mail"], &[]), Some("sms"), None), None);
        assert_eq!(within(&caller(&["mail", "sms"], &[]), None, None), None);
        assert_eq!(within(&caller(&["mail", "sms"], &[]), Some("mail"), None), mail());
        assert_eq!(within(&caller(&[], &["mail.*"]), None, None), None);
        assert_eq!(within(&caller(&[], &["mail.*"]), None, Some("mail.send")), Some(None));
        assert_eq!(within(&caller(&[], &["mail.*"]), None, Some("drop")), None);
    }
}
