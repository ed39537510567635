//! The limit of names of queues and tasks that submitters may bring into use.
//!
//! A name is in use while it has jobs or settings. Names take memory and lines of lists, and a submitter may invent as
//! many as it has jobs. The limit applies to submissions, not to operators.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::transition::Refusal;
use super::{JobSpec, NameKind, QueueName, TaskName};

/// The default limit of names in use.
pub const NAMES_MAX_DEFAULT: usize = 1_000;

/// The limit for the names of a submission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameLimit {
    /// The most names of queues, and of tasks, in use before a new one is refused.
    pub most: usize,
    /// Names that submitters did not bring, which do not count.
    pub known: Arc<KnownNames>,
}

/// Names of plugins and of the host itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KnownNames {
    /// Of queues.
    pub queues: BTreeSet<QueueName>,
    /// Of tasks.
    pub tasks: BTreeSet<TaskName>,
}

/// The names in use in a store.
pub trait NamesInUse {
    /// Whether a queue has jobs or settings.
    fn has_queue(&self, name: &QueueName) -> bool;

    /// Whether a task has jobs or settings.
    fn has_task(&self, name: &TaskName) -> bool;

    /// Number of queues that have jobs or settings.
    fn queues(&self) -> usize;

    /// Number of tasks that have jobs or settings.
    fn tasks(&self) -> usize;
}

impl NameLimit {
    /// Refuses a job whose queue or task is new if the limit is reached.
    pub fn check(&self, job: &JobSpec, in_use: &impl NamesInUse) -> Result<(), Refusal> {
        let KnownNames { queues, tasks } = &*self.known;
        let is_full = |known: usize, all: usize| all.saturating_sub(known) >= self.most;
        let refuse = |kind: NameKind, name: &str| {
            Err(Refusal::TooManyNames { job: job.id, kind, name: name.to_owned(), most: self.most })
        };
        if !queues.contains(&job.queue)
            && !in_use.has_queue(&job.queue)
            && is_full(queues.iter().filter(|name| in_use.has_queue(name)).count(), in_use.queues())
        {
            return refuse(NameKind::Queue, job.queue.as_str());
        }
        if !tasks.contains(&job.task)
            && !in_use.has_task(&job.task)
            && is_full(tasks.iter().filter(|name| in_use.has_task(name)).count(), in_use.tasks())
        {
            return refuse(NameKind::Task, job.task.as_str());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{JobId, JobIdentity, JobRequest, Json, Submitter, Timestamp};

    struct InUse(&'static [&'static str]);

    impl NamesInUse for InUse {
        fn has_queue(&self, name: &QueueName) -> bool {
            self.0.contains(&name.as_str())
        }

        fn has_task(&self, name: &TaskName) -> bool {
            self.0.contains(&name.as_str())
        }

        fn queues(&self) -> usize {
            self.0.len()
        }

        fn tasks(&self) -> usize {
            self.0.len()
        }
    }

    fn refused(queue: &str, task: &str, in_use: &'static [&'static str]) -> Option<NameKind> {
        let now = Timestamp::from_millis(1);
        let request = JobRequest::new(task.parse().unwrap(), Json::empty_object());
        let id = JobId::from_bytes([0; 16]);
        let identity = JobIdentity {
            id,
            order: None,
            submitter: Submitter::default(),
            submitted_by: None,
            created_at: now,
        };
        let (spec, _) = request.into_job(identity, None);
        let known =
            KnownNames { queues: ["own".parse().unwrap()].into(), tasks: ["own".parse().unwrap()].into() };
        let limit = NameLimit { most: 2, known: Arc::new(known) };
        match limit.check(&JobSpec { queue: queue.parse().unwrap(), ..spec }, &InUse(in_use)) {
            Err(Refusal::TooManyNames { kind, .. }) => Some(kind),
            _ => None,
        }
    }

    #[test]
    fn a_new_name_is_refused_when_as_many_are_in_use_and_those_in_use_are_not() {
        assert_eq!(refused("new", "own", &["a"]), None);
        assert_eq!(refused("new", "own", &["a", "b"]), Some(NameKind::Queue));
        assert_eq!(refused("a", "new", &["a", "b"]), Some(NameKind::Task));
        assert_eq!(refused("a", "b", &["a", "b", "c"]), None);
    }

    #[test]
    fn names_of_plugins_do_not_count() {
        assert_eq!(refused("own", "own", &["a", "b"]), None);
        assert_eq!(refused("new", "own", &["a", "own"]), None);
        assert_eq!(refused("new", "own", &["a", "b", "own"]), Some(NameKind::Queue));
    }
}
