//! One row that cannot be read.

use super::super::super::keys::{self, Key};
use super::super::super::lists;
use super::super::super::shared::Shared;
use super::super::{act_on_many, prune, renew, rescue};
use super::{Bench, LEASE_END, NOW, SEED, TOKEN};
use crate::domain::transition::Renewal;
use crate::domain::{JobId, Keep, Retention};
use crate::ports::{Action, Claimed, JobFilter, Page, RenewalAnswer};

fn damage(bench: &Bench, row: Key) {
    bench.database.rows().insert(row, &[99, 99]).unwrap();
}

fn ids(claimed: &Claimed) -> Vec<JobId> {
    claimed.jobs.iter().map(|job| job.spec.id).collect()
}

#[test]
fn a_job_that_cannot_be_read_keeps_no_other_from_being_claimed() {
    let mut bench = Bench::new();
    let (input, state, whole) = (bench.submit(), bench.submit(), bench.submit());
    damage(&bench, keys::spec(input));
    damage(&bench, keys::state(state));
    assert_eq!(ids(&bench.claim()), [whole]);
    assert_eq!(bench.claim(), Claimed::default());
}

#[test]
fn a_job_that_cannot_be_read_keeps_no_other_from_being_taken_back() {
    let mut bench = Bench::new();
    let (damaged, whole) = (bench.submit(), bench.submit());
    bench.claim();
    // What this process started it need not read again.
    let mut bench = bench.reopened();
    damage(&bench, keys::state(damaged));
    let rescued = bench.ask(|txn| rescue(txn, LEASE_END, SEED, 10));
    assert_eq!(rescued.jobs.iter().map(|settled| settled.job.spec.id).collect::<Vec<_>>(), [whole]);
    assert!(bench.database.index().running().is_empty());
}

#[test]
fn a_lease_that_cannot_be_read_is_lost_and_the_others_are_kept() {
    let mut bench = Bench::new();
    let (damaged, whole) = (bench.submit(), bench.submit());
    bench.claim();
    // What this process started it need not read again.
    let mut bench = bench.reopened();
    damage(&bench, keys::state(damaged));
    let renewal = || Renewal { token: TOKEN, expires_at: LEASE_END, progress: None };
    let answers = bench.ask(|txn| renew(txn, vec![(damaged, renewal()), (whole, renewal())]));
    assert_eq!(answers, [RenewalAnswer::Lost, RenewalAnswer::Kept]);
    assert_eq!(bench.database.index().running(), [whole]);
}

#[test]
fn a_job_that_cannot_be_read_keeps_no_other_from_being_forgotten() {
    let mut bench = Bench::new();
    let ids = vec![bench.submit(), bench.submit(), bench.submit()];
    bench.ask(|txn| act_on_many(txn, ids.clone(), &JobFilter::default(), Action::Cancel, NOW));
    damage(&bench, keys::spec(ids[0]));
    let nothing = Keep { age: None, count: 0 };
    let retention = Retention { completed: nothing, discarded: nothing, cancelled: nothing };
    bench.ask(|txn| prune(txn, &retention, NOW, 1));
    assert_eq!(bench.ask(|txn| prune(txn, &retention, NOW, 10)), 2);
    assert_eq!(bench.ask(|txn| prune(txn, &retention, NOW, 10)), 0);
    assert!(bench.database.rows().get(keys::spec(ids[2])).unwrap().is_none());
}

#[test]
fn a_job_that_cannot_be_read_keeps_no_other_from_being_acted_on() {
    let mut bench = Bench::new();
    let ids = vec![bench.submit(), bench.submit()];
    damage(&bench, keys::state(ids[0]));
    let done = bench.ask(|txn| act_on_many(txn, ids.clone(), &JobFilter::default(), Action::Cancel, NOW));
    assert_eq!((done.matched, done.acted.len()), (1, 1));
}

#[test]
fn a_job_that_cannot_be_read_hides_no_other_from_a_list() {
    let mut bench = Bench::new();
    let (older, damaged, newer) = (bench.submit(), bench.submit(), bench.submit());
    damage(&bench, keys::spec(damaged));
    let Bench { database, dir, .. } = bench;
    let shared = Shared::new(dir, database);
    let page = Page { limit: 3, before: None };
    let listed = lists::jobs(&shared, &JobFilter::default(), page, NOW).unwrap();
    assert_eq!(listed.jobs.iter().map(|job| job.spec.id).collect::<Vec<_>>(), [newer, older]);
}
