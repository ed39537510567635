//! Holds what is seen against what was answered.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::{Asked, KnownJob, Ledger, Pruning};
use super::seen::{Seen, SeenJob, SeenOrder};

/// Checks everything, and remembers what became final. Nobody may act meanwhile; the host may work.
///
/// # Panics
/// When something that was promised does not hold.
pub fn check(ledger: &mut Ledger, seen: &Seen) {
    let pruning = ledger.pruning;
    for (id, known) in &mut ledger.jobs {
        let taken = check_job(id, known, seen.jobs.get(id), pruning);
        ledger.tally.pruned += usize::from(taken == Found::Taken);
        ledger.tally.compared += usize::from(taken == Found::StillEnded);
    }
    check_orders(ledger, seen);
    check_sent(ledger, seen);
    check_batches(ledger, seen);
    check_unique(seen);
    super::ticks::collect(ledger, seen);
    for known in ledger.jobs.values_mut() {
        known.retrying = false;
    }
}

/// Whether a job that was acknowledged may be gone.
pub(super) fn may_be_gone(job: &KnownJob, pruning: Pruning) -> bool {
    let may_be_completed = job.ended.as_ref().is_none_or(|(state, _)| state == "completed") || job.retrying;
    let may_be_pruned = match pruning {
        Pruning::Nothing => false,
        Pruning::Completed => !job.lasting && may_be_completed,
        Pruning::AllButFew => !job.lasting || job.stopping != Asked::No,
    };
    job.gone || job.deleting != Asked::No || may_be_pruned
}

#[derive(PartialEq, Eq)]
enum Found {
    As,
    StillEnded,
    Taken,
    Gone,
}

fn check_job(id: &str, known: &mut KnownJob, seen: Option<&SeenJob>, pruning: Pruning) -> Found {
    let Some(seen) = seen else {
        assert!(may_be_gone(known, pruning), "job {id} is lost: {known:?}");
        let taken = !known.gone && known.deleting == Asked::No;
        known.gone = true;
        return if taken { Found::Taken } else { Found::Gone };
    };
    assert!(!known.gone && known.deleting != Asked::Done, "job {id} is back: {known:?} {seen:?}");
    // What was asked and not done by now is not done any more.
    known.deleting = Asked::No;
    assert!(known.input.is_null() || known.input == seen.input, "job {id}: {known:?} {seen:?}");
    assert!(known.input.is_null() || known.order == seen.order, "job {id}: {known:?} {seen:?}");
    let stays = known.lasting && known.stopping == Asked::No;
    assert!(!stays || seen.state == "scheduled", "job {id}: {known:?} {seen:?}");
    let ended = seen.finalized_at.as_ref().map(|at| (seen.state.clone(), at.clone()));
    let mut found = Found::As;
    if known.ended.is_some() && !known.retrying {
        assert_eq!(known.ended, ended, "the final state of job {id} changed: {known:?} {seen:?}");
        found = Found::StillEnded;
    }
    known.ended = ended;
    found
}

/// Every order fits its job: loading exactly while the job is there and not final.
fn check_orders(ledger: &mut Ledger, seen: &Seen) {
    for (id, known) in &ledger.jobs {
        let Some(order) = &known.order else { continue };
        // An order stays, whoever forgets its job.
        assert!(seen.orders.contains_key(order), "order {order} of job {id} is lost: {known:?}");
    }
    for (id, order) in &seen.orders_before {
        if order.status != "loading" {
            check_fit(id, order, seen.jobs.get(&order.job));
        }
    }
    for (id, order) in &seen.orders {
        let job = seen.jobs.get(&order.job);
        // An order that was placed after the jobs were read is not in question.
        if job.is_none_or(|job| job.finalized_at.is_some()) && seen.orders_before.contains_key(id) {
            check_fit(id, order, job);
        }
        let retried = ledger.jobs.get(&order.job).is_some_and(|known| known.retrying);
        if let Some(ended) = ledger.ended_orders.get(id).filter(|_| !retried) {
            assert_eq!(ended, order, "order {id} changed after its end");
        }
        if order.status == "loading" {
            ledger.ended_orders.remove(id);
        } else {
            ledger.ended_orders.insert(id.clone(), order.clone());
        }
    }
}

fn check_fit(id: &str, order: &SeenOrder, job: Option<&SeenJob>) {
    let fits = match job.map(|job| job.state.as_str()) {
        None => order.status != "loading",
        Some("completed") => order.status == "completed",
        Some("discarded") => order.status == "failed",
        Some("cancelled") => order.status == "cancelled",
        Some(_) => order.status == "loading",
    };
    assert!(fits, "order {id} does not fit its job: {order:?} {job:?}");
}

/// However often a request was repeated, there is one job.
fn check_sent(ledger: &Ledger, seen: &Seen) {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let of_jobs = seen.jobs.values().flat_map(|job| &job.tags).map(String::as_str);
    let of_orders = seen.orders.values().map(|order| order.user.as_str());
    for key in of_jobs.chain(of_orders).filter(|key| ledger.sent.contains_key(*key)) {
        assert!(found.insert(key), "{key} was done twice");
    }
}

/// All jobs of a batch are there, or none.
fn check_batches(ledger: &Ledger, seen: &Seen) {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in seen.jobs.values().flat_map(|job| &job.tags) {
        *found.entry(tag).or_default() += 1;
    }
    for (tag, batch) in &ledger.batches {
        let count = found.get(tag.as_str()).copied().unwrap_or(0);
        let whole = count == batch.count || (count == 0 && !batch.acknowledged);
        assert!(whole, "{tag}: {count} jobs of {batch:?}");
    }
}

/// Of each unique key at most one job is not final.
fn check_unique(seen: &Seen) {
    let mut waiting = BTreeMap::new();
    for (id, job) in seen.jobs.iter().filter(|(_, job)| job.finalized_at.is_none()) {
        for tag in job.tags.iter().filter(|tag| tag.starts_with("unique-")) {
            let other = waiting.insert(tag, id);
            assert_eq!(other, None, "two jobs of {tag} are not final, one of them {id}");
        }
    }
}
