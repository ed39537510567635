//! The resolution of a conflict: a new job, and another of its task and unique key that counts.

use super::{Change, Facts, Interference, Refusal, Trespass, cancel, change_to, moved};
use crate::domain::{Caller, Job, JobSpec, JobState, OnConflict, Order, Phase, Timestamp, Unique};

/// The effect of a conflict on both jobs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resolution {
    /// The other does not count: the new job is stored.
    Apart,
    /// The other stays as it is, and the new job is not stored.
    Keep,
    /// The other is due at another time, and the new job is not stored.
    Move(Box<Change>),
    /// The other never began, and the new job waits for no other: it becomes what the new job says, under
    /// its own id.
    Rewrite(Box<Job>),
    /// The other has begun before and waits for another attempt: it is cancelled, and this job is
    /// stored. Third parties know the other by its id, and its checkpoints come from its old input,
    /// so another input needs another job. The same when the new job waits for others, for one of those
    /// may wait for the other; and when the other belongs to another submitter, whose id must not show it
    /// what was never its own.
    Supersede(Box<Change>, Box<Job>),
}

/// Resolves the conflict of a new job of this caller with another one, which is in one of the states that count, and its order.
/// One that would change a job which the caller may not act on is refused, whatever that job is doing.
pub fn resolve_conflict(
    new: &Job,
    (other, order): (&Job, Option<&Order>),
    caller: &Caller,
    now: Timestamp,
) -> Result<Resolution, Refusal> {
    let Some(unique) = new.spec.options.unique.as_ref().filter(|unique| counts(unique, other, now)) else {
        return Ok(Resolution::Apart);
    };
    if let Some(deed) = deed(unique.on_conflict) {
        let interference = Interference { job: other.spec.id, by: Some(new.spec.id), deed };
        interference.check(caller, &other.spec.submitter)?;
    }
    let debounced = unique.on_conflict == OnConflict::Debounce;
    let waits_for_event = other.state.waits_for_event().is_some();
    // Its time is the end of its wait, which another submission neither shortens nor extends.
    if !matches!(other.state.phase, Phase::Pending { .. }) || (debounced && waits_for_event) {
        return Ok(Resolution::Keep);
    }
    // A key that is submitted over and over, wanted at once, would never run if it lost its place each time.
    let due_at = moved(&other.state, new.spec.run_at, now);
    Ok(match unique.on_conflict {
        OnConflict::Existing => Resolution::Keep,
        OnConflict::Debounce => debounce(other, order, due_at, now),
        OnConflict::Replace => replace(new, other, order, due_at, now),
    })
}

fn deed(on_conflict: OnConflict) -> Option<Trespass> {
    match on_conflict {
        OnConflict::Existing => None,
        OnConflict::Replace => Some(Trespass::Replace),
        OnConflict::Debounce => Some(Trespass::Debounce),
    }
}

/// Whether a job of the same task and key counts, its state aside. One that has expired does not.
fn counts(unique: &Unique, other: &Job, now: Timestamp) -> bool {
    let young = unique.within.is_none_or(|within| now.since(other.spec.created_at) < within);
    young && !other.state.has_expired(now)
}

fn replace(new: &Job, other: &Job, order: Option<&Order>, due_at: Timestamp, now: Timestamp) -> Resolution {
    let state = JobState { phase: Phase::Pending { due_at }, ..new.state.clone() };
    let is_own = other.spec.submitter == new.spec.submitter;
    if is_own && other.state.attempted_at.is_none() && new.spec.after.is_none() {
        let (id, order, created_at) = (other.spec.id, other.spec.order, other.spec.created_at);
        let spec = JobSpec { id, order, created_at, ..new.spec.clone() };
        return Resolution::Rewrite(Box::new(Job { spec, state }));
    }
    match cancel(other, order, now) {
        Some(change) => Resolution::Supersede(Box::new(change), Box::new(Job { state, ..new.clone() })),
        None => Resolution::Keep,
    }
}

fn debounce(other: &Job, order: Option<&Order>, due_at: Timestamp, now: Timestamp) -> Resolution {
    let change = change_to(Phase::Pending { due_at }, other, order, Facts::default(), now);
    Resolution::Move(Box::new(change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::transition::tests::job;
    use crate::domain::{After, JobOptions, Reach, Submitter, Unique};

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const LATER: Timestamp = Timestamp::from_millis(1_002_000);

    fn submitter(job: &Job) -> Caller {
        Caller::new(job.spec.submitter.clone(), Reach::Own)
    }

    fn meets(new: &Job, other: &Job, now: Timestamp) -> Resolution {
        resolve_conflict(new, (other, None), &submitter(new), now).unwrap()
    }

    fn unique(on_conflict: OnConflict) -> Job {
        let job = job(3);
        let unique = Unique { on_conflict, ..Unique::new("k") };
        let options = JobOptions { unique: Some(unique), label: Some("new".to_owned()), ..job.spec.options };
        Job { spec: JobSpec { options, ..job.spec }, ..job }
    }

    #[test]
    fn a_job_without_a_key_meets_nobody() {
        assert_eq!(meets(&job(3), &unique(OnConflict::Replace), NOW), Resolution::Apart);
    }

    #[test]
    fn another_input_never_goes_under_an_id_that_third_parties_may_know() {
        let (new, mut other) = (unique(OnConflict::Replace), job(3));
        let Resolution::Rewrite(rewritten) = meets(&new, &other, NOW) else { panic!("it never began") };
        assert_eq!((rewritten.spec.id, &rewritten.spec.options), (other.spec.id, &new.spec.options));
        other.state.attempted_at = Some(NOW);
        let Resolution::Supersede(change, stored) = meets(&new, &other, NOW) else { panic!("it began") };
        assert_eq!((change.state.phase, *stored), (Phase::Cancelled { at: NOW }, new));
    }

    #[test]
    fn a_job_that_waits_for_others_never_takes_the_id_of_one_that_may_be_waited_for() {
        let mut new = unique(OnConflict::Replace);
        let parents = vec![job(3).spec.id];
        new.spec.after =
            Some(After { jobs: parents, when: Default::default(), on_failed: Default::default() });
        let met = meets(&new, &job(3), NOW);
        assert!(matches!(met, Resolution::Supersede(_, stored) if stored.spec == new.spec));
    }

    #[test]
    fn a_job_that_is_wanted_later_gives_up_its_place_in_the_line() {
        let mut new = unique(OnConflict::Replace);
        new.spec.run_at = LATER;
        let due = |now| match meets(&new, &job(3), now) {
            Resolution::Rewrite(job) => job.state.phase,
            other => panic!("{other:?}"),
        };
        assert_eq!(due(NOW), Phase::Pending { due_at: LATER });
        assert_eq!(due(LATER), Phase::Pending { due_at: NOW });
    }

    fn foreign(on_conflict: OnConflict) -> (Job, Job) {
        let (mut new, other) = (unique(on_conflict), job(3));
        new.spec.submitter = Submitter::token("mail");
        (new, other)
    }

    #[test]
    fn a_job_of_another_submitter_is_met_and_not_changed() {
        let (new, mut other) = foreign(OnConflict::Existing);
        assert_eq!(meets(&new, &other, NOW), Resolution::Keep);
        for (on_conflict, deed) in
            [(OnConflict::Replace, Trespass::Replace), (OnConflict::Debounce, Trespass::Debounce)]
        {
            let (new, _) = foreign(on_conflict);
            let interference = Interference { job: other.spec.id, by: Some(new.spec.id), deed };
            for phase in [Phase::Pending { due_at: NOW }, Phase::Completed { at: NOW }] {
                other.state.phase = phase;
                let met = resolve_conflict(&new, (&other, None), &submitter(&new), NOW);
                assert_eq!(met, Err(Refusal::Foreign(interference)));
            }
        }
    }

    #[test]
    fn an_operator_replaces_the_job_of_another_submitter_under_another_id() {
        let (new, other) = foreign(OnConflict::Replace);
        let operator = Caller::unrestricted(new.spec.submitter.clone());
        let met = resolve_conflict(&new, (&other, None), &operator, NOW).unwrap();
        assert!(matches!(met, Resolution::Supersede(_, stored) if stored.spec == new.spec));
    }
}
