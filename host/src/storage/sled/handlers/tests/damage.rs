//! One row that cannot be read.

use super::super::super::keys::{self, Key};
use super::super::{renew, rescue};
use super::{Bench, LEASE_END, TOKEN};
use crate::domain::transition::Renewal;
use crate::domain::{Jitter, JobId};
use crate::ports::{Claimed, RenewalAnswer};

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
    damage(&bench, keys::state(damaged));
    let rescued = bench.ask(|txn| rescue(txn, LEASE_END, Jitter::NONE, 10));
    assert_eq!(rescued.jobs.iter().map(|settled| settled.job.spec.id).collect::<Vec<_>>(), [whole]);
    assert!(bench.database.index().running().is_empty());
}

#[test]
fn a_lease_that_cannot_be_read_is_lost_and_the_others_are_kept() {
    let mut bench = Bench::new();
    let (damaged, whole) = (bench.submit(), bench.submit());
    bench.claim();
    damage(&bench, keys::state(damaged));
    let renewal = || Renewal { token: TOKEN, expires_at: LEASE_END, progress: None };
    let answers = bench.ask(|txn| renew(txn, vec![(damaged, renewal()), (whole, renewal())]));
    assert_eq!(answers, [RenewalAnswer::Lost, RenewalAnswer::Kept]);
    assert_eq!(bench.database.index().running(), [whole]);
}
