//! One row that cannot be read.

use super::super::super::keys::{self, Key};
use super::super::super::shared::Shared;
use super::super::super::{check, chunks, lists};
use super::super::{act_on_many, prune};
use super::{Bench, NOW, TOKEN};
use crate::domain::{JobId, Json, Outcome, Retention, RetentionRule};
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

/// What a check finds in the directory of a bench.
fn checked(bench: Bench) -> check::Checked {
    let Bench { database, dir, _place: place, .. } = bench;
    // One that was never finished counts as empty.
    dir.finish().unwrap();
    drop((database, dir));
    check::check(place.path()).unwrap()
}

#[test]
fn a_check_counts_what_is_whole() {
    let mut bench = Bench::new();
    let (one, other) = (bench.submit(), bench.submit());
    bench.claim();
    bench.settle(one, TOKEN, Outcome::Succeeded(Json::parse("[1]").unwrap()), "a line\n").unwrap();
    let large = "x".repeat(3 * chunks::CHUNK_BYTES_MAX);
    bench.settle(other, TOKEN, Outcome::Succeeded(Json::parse(format!("{large:?}")).unwrap()), "").unwrap();
    let found = checked(bench);
    assert_eq!((found.fault_count, &found.faults), (0, &Vec::new()));
    assert_eq!((found.rows["jobs"], found.rows["states"], found.rows["outputs"]), (2, 2, 1));
    assert!(found.rows["parts of large values"] >= 3, "{found:?}");
}

#[test]
fn a_check_finds_what_cannot_be_read_what_is_gone_and_what_belongs_to_nothing() {
    let mut bench = Bench::new();
    let (unread, gone, _) = (bench.submit(), bench.submit(), bench.submit());
    bench.claim();
    bench.settle(gone, TOKEN, Outcome::Cancelled, "").unwrap();
    damage(&bench, keys::head(unread));
    bench.database.disk().rows().remove(keys::head(gone)).unwrap();
    bench.database.disk().rows().insert([0xff, 1], &[1]).unwrap();
    bench.database.disk().rows().insert(keys::chunk(&keys::output(gone), 0), &[1]).unwrap();
    let found = checked(bench);
    let names = |text: &str| found.faults.iter().any(|fault| fault.contains(text));
    assert!(names(&format!("jobs {unread}: a job has format 99")), "{found:?}");
    assert!(names(&format!("there is no job {gone}")), "{found:?}");
    assert!(names("no row has such a key") && names("a value that is gone"), "{found:?}");
    assert_eq!(found.fault_count, 4, "{found:?}");
}
