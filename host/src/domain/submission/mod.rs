//! A submission as a plan without I/O.
//!
//! A driver asks the jobs of a submission for their [`Reads`], reads them in sets, and gives what it found to a
//! [`SubmissionPlan`] as [`Known`]. The plan then decides about each job in turn and says what to write. It
//! sees its own decisions: a later job may conflict with an earlier one by its unique key, or wait for it.
//!
//! ```text
//!  Reads::of(jobs) --> driver reads --> Known --> SubmissionPlan::admit(job) --> Decision --> driver writes
//! ```
//!
//! Jobs that waited for one that is cancelled here are notified behind the plan, as behind any other change.

mod dependencies;
mod idempotency;
mod known;
mod reads;

#[cfg(test)]
mod tests;

pub use dependencies::Dependencies;
pub use idempotency::{KeyReused, is_repeated};
pub use known::Known;
pub use reads::{Reads, UniqueRead};

use super::transition::{Change, Refusal, Resolution, resolve_conflict};
use super::{AttemptError, Caller, FullJob, Job, JobId, NameLimit, NamesInUse, Order, StandIns, Timestamp};

/// Decides about the jobs of a submission, one after the other.
pub struct SubmissionPlan<'a> {
    caller: &'a Caller,
    names: Option<&'a NameLimit>,
    now: Timestamp,
    known: Known,
    stand_ins: StandIns,
    webhooks: Vec<FullJob>,
    changes_jobs: bool,
}

/// The write of a job of a submission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The job is new.
    Insert(Box<Insertion>),
    /// Another job of its unique key stands for it, and it is not stored.
    Duplicate {
        /// The other job.
        of: JobId,
        /// The effect on that one.
        effect: Option<Effect>,
    },
}

/// A job to insert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Insertion {
    /// The job in its first state.
    pub job: Job,
    /// Its order, if that is not as it was submitted.
    pub order: Option<Order>,
    /// Its dependencies.
    pub dependencies: Dependencies,
    /// Why it was discarded at once, if it was.
    pub error: Option<AttemptError>,
    /// Whether it waits for other jobs than it was submitted with, because those are duplicates.
    pub is_redirected: bool,
    /// The job that is cancelled for it.
    pub superseded: Option<(JobId, Change)>,
}

/// The effect of a duplicate on the job that stands for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It changes: it becomes due at another time.
    Change(Box<Change>),
    /// It becomes this one, with the payload of the duplicate, and keeps its order and its history. It waits for no
    /// other from then on.
    Rewrite(Box<Job>),
}

impl<'a> SubmissionPlan<'a> {
    /// A plan for the jobs of this caller, of which `names` limits the names that they bring into use.
    pub fn new(caller: &'a Caller, names: Option<&'a NameLimit>, now: Timestamp, known: Known) -> Self {
        let (stand_ins, webhooks) = Default::default();
        Self { caller, names, now, known, stand_ins, webhooks, changes_jobs: false }
    }

    /// Decides about the next job. Its webhook is kept for [`webhooks`](Self::webhooks), unless the job that stands
    /// for it delivers one of its own.
    ///
    /// Fails if the job would touch one that the caller may not act on, wait for one that does not exist, or
    /// bring a name too many into use.
    pub fn admit(
        &mut self,
        mut job: Job,
        order: Option<&Order>,
        webhook: Option<Box<FullJob>>,
        in_use: &impl NamesInUse,
    ) -> Result<Decision, Refusal> {
        let is_redirected = job.redirect(&self.stand_ins);
        let (mut superseded, mut job) = (None, job);
        if let Some((other, its_order)) = self.known.newest(&job.spec, self.now).cloned() {
            let (new, of) = (job.spec.id, other.spec.id);
            match resolve_conflict(&job, (&other, its_order.as_ref()), self.caller, self.now)? {
                Resolution::Apart => {}
                Resolution::Keep => return Ok(self.duplicate(new, &other, its_order, None)),
                Resolution::Move(change) => {
                    let moved = Job { state: change.state.clone(), ..other };
                    let order = change.order.clone().or(its_order);
                    return Ok(self.duplicate(new, &moved, order, Some(Effect::Change(change))));
                }
                Resolution::Rewrite(rewritten) => {
                    self.check_names(&rewritten, in_use)?;
                    if other.spec.options.callback_url.is_none() {
                        self.webhooks.extend(webhook.map(|webhook| *webhook));
                    }
                    let effect = Some(Effect::Rewrite(rewritten.clone()));
                    return Ok(self.duplicate(new, &rewritten, its_order, effect));
                }
                Resolution::Supersede(change, replacing) => {
                    let cancelled = Job { state: change.state.clone(), ..other };
                    self.known.note(&cancelled, change.order.as_ref().or(its_order.as_ref()));
                    superseded = Some((of, *change));
                    job = *replacing;
                }
            }
        }
        self.check_names(&job, in_use)?;
        self.webhooks.extend(webhook.map(|webhook| *webhook));
        let inserted = Insertion { is_redirected, superseded, ..self.insert(job, order)? };
        self.changes_jobs |= !inserted.is_as_submitted();
        Ok(Decision::Insert(Box::new(inserted)))
    }

    /// The webhooks to insert behind the jobs.
    pub fn webhooks(&mut self) -> Vec<FullJob> {
        std::mem::take(&mut self.webhooks)
    }

    /// Decides about a webhook, which names no names of a submitter and has no unique key.
    pub fn admit_webhook(&mut self, mut job: Job) -> Result<Insertion, Refusal> {
        let is_redirected = job.redirect(&self.stand_ins);
        Ok(Insertion { is_redirected, ..self.insert(job, None)? })
    }

    /// Whether each job so far was inserted as it was submitted, so that the submitter knows what was stored.
    pub fn is_as_submitted(&self) -> bool {
        !self.changes_jobs
    }

    fn check_names(&self, job: &Job, in_use: &impl NamesInUse) -> Result<(), Refusal> {
        self.names.map_or(Ok(()), |names| names.check(&job.spec, in_use))
    }

    fn insert(&mut self, job: Job, order: Option<&Order>) -> Result<Insertion, Refusal> {
        let inserted = dependencies::resolve(job, order, self.caller, &self.known, self.now)?;
        self.known.note(&inserted.job, inserted.order.as_ref().or(order));
        Ok(inserted)
    }

    fn duplicate(
        &mut self,
        new: JobId,
        other: &Job,
        order: Option<Order>,
        effect: Option<Effect>,
    ) -> Decision {
        self.changes_jobs = true;
        self.stand_ins.insert(new, other.spec.id);
        self.known.note_stand_in(new, other);
        self.known.note(other, order.as_ref());
        Decision::Duplicate { of: other.spec.id, effect }
    }
}

impl Insertion {
    fn is_as_submitted(&self) -> bool {
        let is_waiting = self.job.state.waits_for as usize == self.dependencies.parents().len();
        !self.is_redirected && self.superseded.is_none() && self.error.is_none() && is_waiting
    }
}
