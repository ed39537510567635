//! One row that cannot be read.

use super::super::super::keys::{self, Key};
use super::super::super::lists;
use super::super::super::shared::Shared;
use super::super::{act_on_many, prune};
use super::{Bench, NOW};
use crate::domain::{JobId, Retention, RetentionRule};
use crate::ports::{Action, Claimed, JobFilter, PageRequest};

fn damage(bench: &Bench, row: Key) {
    bench.database.disk().rows().insert(row, &[99, 99]).unwrap();
}

fn ids(claimed: &Claimed) -> Vec<JobId> {
    claimed.jobs.iter().map(|job| job.job.spec.id).collect()
}

#[test]
fn a_job_that_cannot_be_read_keeps_no_other_from_being_claimed() {
    let mut bench = Bench::new();
    let (input, state, whole) = (bench.submit(), bench.submit(), bench.submit());
    damage(&bench, keys::head(input));
    damage(&bench, keys::state(state));
    assert_eq!(ids(&bench.claim()), [whole]);
    assert_eq!(bench.claim(), Claimed::default());
}

#[test]
fn a_job_that_cannot_be_read_keeps_the_directory_from_nothing_but_that_job() {
    let mut bench = Bench::new();
    let (head, state, whole) = (bench.submit(), bench.submit(), bench.submit());
    damage(&bench, keys::head(head));
    damage(&bench, keys::state(state));
    assert_eq!(ids(&bench.reopened().claim()), [whole]);
}

#[test]
fn a_job_that_cannot_be_read_keeps_no_other_from_being_forgotten() {
    let mut bench = Bench::new();
    let ids = vec![bench.submit(), bench.submit(), bench.submit()];
    bench.ask(|txn| act_on_many(txn, ids.clone(), &JobFilter::default(), Action::Cancel, NOW));
    damage(&bench, keys::head(ids[0]));
    let nothing = RetentionRule { age: None, count: 0 };
    let retention = Retention { completed: nothing, discarded: nothing, cancelled: nothing };
    bench.ask(|txn| prune(txn, &retention.cutoffs(NOW), NOW, 1));
    assert_eq!(bench.ask(|txn| prune(txn, &retention.cutoffs(NOW), NOW, 10)), 2);
    assert_eq!(bench.ask(|txn| prune(txn, &retention.cutoffs(NOW), NOW, 10)), 0);
    assert!(bench.database.disk().rows().get(keys::head(ids[2])).unwrap().is_none());
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
    damage(&bench, keys::head(damaged));
    let Bench { database, dir, .. } = bench;
    let shared = Shared::new(dir, database);
    let page = PageRequest { limit: 3, before: None };
    let listed = lists::jobs(&shared, &JobFilter::default(), page, NOW).unwrap();
    assert_eq!(listed.jobs.iter().map(|job| job.job.spec.id).collect::<Vec<_>>(), [newer, older]);
}
