//! Jobs in the model: submitting, claiming, settling.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use taskbox::domain::submission::{Decision, SubmissionPlan, is_repeated};
use taskbox::domain::transition::{self, Change, Consequences, Deed, Dependency, OutputChange, Renewal};
use taskbox::domain::{
    AttemptError, Awaited, FullJob, InboxEvent, JitterSeed, Job, JobDetails, JobGates, JobId, Json,
    LeaseToken, Order, Phase, SubmissionStep, SubmittedStep, Timestamp, WaitRequest,
};
use taskbox::ports::{
    Acted, Action, AttemptLog, ClaimRequest, Claimed, EndedAttempt, Expired, FirstAnswer, FollowedOn,
    IdempotencyKey, JobFilter, JobPage, JobStore, LOGS_KEPT_MAX, NewJob, PageRequest, RenewalAnswer, Rescued,
    Settled, StepTaken, StorageError, StorageResult, Submission, Submitted,
};

use super::{Everything, ModelStorage, Row};

#[async_trait]
impl JobStore for ModelStorage {
    async fn submit(&self, submission: Submission) -> StorageResult<Submitted> {
        self.write(|all| all.submit(submission))
    }

    async fn submit_step(&self, step: SubmissionStep, submission: Submission) -> StorageResult<StepTaken> {
        self.write(|all| all.submit_step(step, submission))
    }

    async fn steps(&self, id: JobId) -> StorageResult<Vec<SubmittedStep>> {
        Ok(self.read(|all| all.jobs.get(&id).map(|row| row.steps.clone()).unwrap_or_default()))
    }

    async fn first_answer(&self, key: IdempotencyKey, now: Timestamp) -> StorageResult<Option<FirstAnswer>> {
        self.read(|all| all.first_answer(&key, now))
    }

    async fn claim(&self, request: ClaimRequest) -> StorageResult<Claimed> {
        let claimed = self.write(|all| all.claim(&request))?;
        self.claims.0.acquire().await.expect("it is never closed").forget();
        Ok(claimed)
    }

    async fn renew(&self, renewals: Vec<(JobId, Renewal)>) -> StorageResult<Vec<RenewalAnswer>> {
        self.write(|all| Ok(renewals.into_iter().map(|(id, renewal)| all.renew(id, renewal)).collect()))
    }

    async fn settle(
        &self,
        ended: Vec<EndedAttempt>,
        now: Timestamp,
    ) -> StorageResult<Vec<StorageResult<Settled>>> {
        self.write(|all| Ok(ended.into_iter().map(|ended| all.settle(ended, now)).collect()))
    }

    async fn follow_on(&self, now: Timestamp) -> StorageResult<FollowedOn> {
        self.write(|all| all.follow_on(now))
    }

    async fn note_late(&self, id: JobId, error: AttemptError) -> StorageResult<()> {
        self.write(|all| {
            all.jobs.get_mut(&id).into_iter().for_each(|row| row.errors.push(error.clone()));
            Ok(())
        })
    }

    async fn rescue(&self, now: Timestamp, seed: JitterSeed, limit: usize) -> StorageResult<Rescued> {
        self.write(|all| {
            let due = all.leases().into_iter().take_while(|(expires_at, _)| *expires_at <= now).take(limit);
            let mut rescued = Rescued::default();
            for (_, id) in due {
                let (job, order) = all.job_and_order(id)?;
                let change = transition::rescue(&job, order.as_ref(), seed, now)?;
                rescued.jobs.push(all.apply(id, change, now)?);
            }
            rescued.next_expiry = all.leases().first().map(|(expires_at, _)| *expires_at);
            Ok(rescued)
        })
    }

    async fn expire(&self, now: Timestamp, limit: usize) -> StorageResult<Expired> {
        self.write(|all| all.expire(now, limit))
    }

    async fn act(&self, id: JobId, action: Action, now: Timestamp) -> StorageResult<Acted> {
        self.write(|all| all.act(id, action, now))
    }

    async fn save_checkpoint(
        &self,
        id: JobId,
        token: LeaseToken,
        name: String,
        value: Json,
    ) -> StorageResult<()> {
        self.write(|all| {
            let row = all.row(id)?;
            transition::check_lease(&row.job.state, token)?;
            row.checkpoints.insert(name, value);
            Ok(())
        })
    }

    async fn checkpoints(&self, id: JobId) -> StorageResult<BTreeMap<String, Json>> {
        Ok(self.read(|all| all.jobs.get(&id).map(|row| row.checkpoints.clone()).unwrap_or_default()))
    }

    async fn job(&self, id: JobId) -> StorageResult<Option<JobDetails>> {
        let details = |row: &Row| JobDetails {
            job: row.job.clone(),
            payload: row.payload.clone(),
            output: row.output.clone(),
            errors: row.errors.clone(),
        };
        Ok(self.read(|all| all.jobs.get(&id).map(details)))
    }

    async fn jobs(
        &self,
        filter: JobFilter,
        page: PageRequest<JobId>,
        now: Timestamp,
    ) -> StorageResult<JobPage> {
        self.read(|all| JobPage::cut(all.list_jobs(&filter, page, now).into_iter().map(Ok)))
    }

    async fn gates(&self, ids: Vec<JobId>) -> StorageResult<Vec<Option<JobGates>>> {
        Ok(self.read(|all| ids.iter().map(|id| all.gates(*id)).collect()))
    }

    async fn logs(&self, id: JobId) -> StorageResult<Vec<AttemptLog>> {
        Ok(self.read(|all| all.jobs.get(&id).map(|row| row.logs.clone()).unwrap_or_default()))
    }
}

impl Everything {
    pub(super) fn row(&mut self, id: JobId) -> StorageResult<&mut Row> {
        let missing = || StorageError::NotFound { what: "job", id: id.to_string() };
        self.jobs.get_mut(&id).ok_or_else(missing)
    }

    pub(super) fn job_and_order(&mut self, id: JobId) -> StorageResult<(Job, Option<Order>)> {
        let job = self.row(id)?.job.clone();
        Ok((job, self.order_of(id)))
    }

    pub(super) fn order_of(&self, id: JobId) -> Option<Order> {
        self.orders.values().find(|order| order.job_id == id).cloned()
    }

    pub(super) fn submit(&mut self, submission: Submission) -> StorageResult<Submitted> {
        let shows_results = submission.shows_results();
        let Submission { jobs, idempotency, caller, held, names, now } = submission;
        if let Some(key) = &idempotency {
            if let Some(first) = self.first_answer(key, now)? {
                return Ok(Submitted::Replayed(first));
            }
            self.forget_keys(now);
        }
        let mut plan = SubmissionPlan::new(&caller, names.as_ref(), now, self.known(&jobs, now));
        let mut admitted = Vec::new();
        for NewJob { job, payload, order, webhook } in jobs {
            let mut one = match plan.admit(job, order.as_ref(), webhook, self)? {
                Decision::Insert(insertion) => self.insert(*insertion, payload, order)?,
                Decision::Duplicate { of, effect } => self.duplicate(of, effect, payload)?,
            };
            if one.duplicate && shows_results {
                let row = self.row(one.job.spec.id)?;
                (one.output, one.errors) = (row.output.clone(), row.errors.clone());
            }
            admitted.push(one);
        }
        for FullJob { job, payload } in plan.webhooks() {
            self.insert(plan.admit_webhook(job)?, payload, None)?;
        }
        let followed = self.propagate(now)?;
        let superseded = admitted.iter_mut().rev().find_map(|one| one.superseded.as_mut());
        superseded.into_iter().for_each(|settled| settled.followed = followed.clone());
        self.keys.extend(idempotency.map(|key| (key, FirstAnswer::new(now, &admitted, held))));
        Ok(if plan.is_as_submitted() { Submitted::New } else { Submitted::Admitted(admitted) })
    }

    fn submit_step(&mut self, step: SubmissionStep, submission: Submission) -> StorageResult<StepTaken> {
        let SubmissionStep { by, token, name, fingerprint } = step;
        let row = self.row(by)?;
        transition::check_lease(&row.job.state, token)?;
        if let Some(taken) = row.steps.iter().find(|taken| taken.name == name) {
            let job = transition::repeat_step(taken, &fingerprint)?;
            return Ok(StepTaken { job, submitted: None });
        }
        let own = submission.jobs[0].job.spec.id;
        let submitted = self.submit(submission)?;
        let job = match &submitted {
            Submitted::Admitted(admitted) => admitted[0].job.spec.id,
            Submitted::New | Submitted::Replayed(_) => own,
        };
        self.row(by)?.steps.push(SubmittedStep { name, job, is_own: job == own, fingerprint });
        Ok(StepTaken { job, submitted: Some(submitted) })
    }

    fn settle(&mut self, ended: EndedAttempt, now: Timestamp) -> StorageResult<Settled> {
        let EndedAttempt { job: id, settlement, log } = ended;
        let (job, order) = self.job_and_order(id)?;
        let awaited = settlement.outcome.wait().map(|wait| self.awaited(id, wait)).unwrap_or_default();
        let change = transition::settle(&job, order.as_ref(), settlement, awaited, now)?;
        let logs = &mut self.row(id)?.logs;
        if !log.is_empty() {
            logs.push(AttemptLog { attempt: job.state.attempt, text: log });
            let too_many = logs.len().saturating_sub(LOGS_KEPT_MAX as usize);
            logs.drain(..too_many);
        }
        self.apply(id, change, now)
    }

    fn awaited(&self, id: JobId, wait: &WaitRequest) -> Awaited {
        let steps = self.jobs[&id].steps.iter().filter(|step| wait.steps.contains(&step.name));
        let is_open = |id: &JobId| self.jobs.get(id).is_some_and(|row| !row.job.state.phase.is_final());
        let jobs: BTreeSet<_> = steps.map(|step| step.job).filter(is_open).collect();
        Awaited { arrived: self.event(id, &wait.event).is_some(), jobs: jobs.into_iter().collect() }
    }

    fn first_answer(&self, key: &IdempotencyKey, now: Timestamp) -> StorageResult<Option<FirstAnswer>> {
        let same = |(known, _): &&(IdempotencyKey, _)| same_key(known, key) && known.expires_at > now;
        let found = self.keys.iter().find(same);
        let stored = found.map(|(known, _)| (&known.fingerprint, known.expires_at));
        let is_repeated = is_repeated(stored, &key.fingerprint, now)?;
        Ok(found.filter(|_| is_repeated).map(|(_, first)| first.clone()))
    }

    /// Forgets idempotency keys that expired.
    pub(super) fn forget_keys(&mut self, now: Timestamp) {
        self.keys.retain(|(known, _)| known.expires_at > now);
    }

    pub(super) fn act(&mut self, id: JobId, action: Action, now: Timestamp) -> StorageResult<Acted> {
        let (job, order) = self.job_and_order(id)?;
        self.carry_out(id, transition::act(&job, order.as_ref(), action, now)?, now)
    }

    pub(super) fn carry_out(&mut self, id: JobId, deed: Deed, now: Timestamp) -> StorageResult<Acted> {
        let (job, order) = self.job_and_order(id)?;
        match deed {
            Deed::Nothing => Ok(Acted::alone(job, order)),
            Deed::Change(change) => self.apply(id, *change, now),
            Deed::Delete(cancelled) => {
                self.jobs.remove(&id);
                self.follow_fairness();
                self.orders.extend(cancelled.map(|order| (order.id, *order)));
                self.propagation.mark(id);
                Ok(Acted { job, order: self.order_of(id), followed: self.propagate(now)? })
            }
        }
    }

    fn renew(&mut self, id: JobId, renewal: Renewal) -> RenewalAnswer {
        let Some(row) = self.jobs.get_mut(&id) else { return RenewalAnswer::Lost };
        match transition::renew(&row.job.state, renewal) {
            Ok(state) => {
                row.job.state = state;
                if row.job.state.cancel_requested {
                    RenewalAnswer::CancelRequested
                } else {
                    RenewalAnswer::Kept
                }
            }
            Err(_) => RenewalAnswer::Lost,
        }
    }

    pub(super) fn apply(&mut self, id: JobId, change: Change, now: Timestamp) -> StorageResult<Settled> {
        let settled = self.write_change(id, change)?;
        Ok(Settled { followed: self.propagate(now)?, ..settled })
    }

    fn expire(&mut self, now: Timestamp, limit: usize) -> StorageResult<Expired> {
        let mut expired = Expired::default();
        let due = |(expiry, _): &(Timestamp, JobId)| *expiry <= now;
        for (_, id) in self.unstarted().into_iter().filter(due).take(limit) {
            let (job, order) = self.job_and_order(id)?;
            let Some(change) = transition::expire(&job, order.as_ref(), now) else { continue };
            expired.jobs.push(self.apply(id, change, now)?);
        }
        expired.next_expiry = self.unstarted().first().map(|(expiry, _)| *expiry);
        Ok(expired)
    }

    /// Jobs that never started, by when they must have.
    fn unstarted(&self) -> Vec<(Timestamp, JobId)> {
        let jobs = self.jobs.values().map(|row| &row.job);
        let mut unstarted: Vec<_> =
            jobs.filter_map(|job| Some((job.state.must_start_by()?, job.spec.id))).collect();
        unstarted.sort();
        unstarted
    }

    pub(super) fn write_change(&mut self, id: JobId, change: Change) -> StorageResult<Settled> {
        let row = self.row(id)?;
        let consequences = Consequences::of(&row.job.state, Some(&change.state));
        row.job.state = change.state;
        row.errors.extend(change.error);
        row.events.extend(change.arrives.map(|event| (event, InboxEvent::Value(Json::null()))));
        match change.output {
            OutputChange::Keep => {}
            OutputChange::Set(output) => row.output = Some(output),
            OutputChange::Clear => row.output = None,
        }
        let job = row.job.clone();
        let awaits = change.awaits.into_iter().map(|awaited| ((awaited, id), Dependency::ON_SUBMITTED));
        self.dependencies.extend(awaits);
        self.orders.extend(change.order.map(|order| (order.id, order)));
        self.follow_fairness();
        if consequences.notifies_children {
            self.propagation.mark(id);
        }
        Ok(Settled::alone(job, self.order_of(id)))
    }

    /// All leases, the first to run out first.
    fn leases(&self) -> Vec<(Timestamp, JobId)> {
        let leased = |row: &Row| match &row.job.state.phase {
            Phase::Running { lease } => Some((lease.expires_at, row.job.spec.id)),
            _ => None,
        };
        let mut leases: Vec<_> = self.jobs.values().filter_map(leased).collect();
        leases.sort();
        leases
    }
}

fn same_key(one: &IdempotencyKey, other: &IdempotencyKey) -> bool {
    one.scope == other.scope && one.key == other.key
}
