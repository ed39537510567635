//! Groups that are decided while others are on their way, and claims that are half settled.

use std::time::Duration;

use super::super::super::keys;
use super::super::super::view::Look;
use super::super::{act, claim, prepare, renew, rescue, submit};
use super::{Bench, LEASE_END, NOW, SEED, TOKEN};
use crate::domain::transition::{Action, Renewal};
use crate::domain::{Holder, JobId, Json, LeaseToken, Outcome, StateName, Unique};
use crate::ports::{ClaimRequest, StorageError, Submitted};

const OTHER_TOKEN: LeaseToken = LeaseToken::from_bytes([4; 16]);

fn end(bench: &mut Bench, id: JobId, token: LeaseToken, outcome: Outcome) {
    bench.settle(id, token, outcome, "said\n").unwrap();
}

fn done() -> Outcome {
    Outcome::Succeeded(Json::parse("1").unwrap())
}

fn state(bench: &Bench, id: JobId) -> StateName {
    bench.database.index().state_name(id, NOW).unwrap()
}

fn claims_kept(bench: &Bench) -> usize {
    bench.database.disk().rows().scan_prefix(keys::claims()).count()
}

#[test]
fn a_whole_job_writes_two_rows_and_a_claim_goes_with_its_last_job() {
    let mut bench = Bench::new();
    let ids = [bench.submit(), bench.submit()];
    let rows = |bench: &Bench| bench.database.disk().rows().len();
    let before = rows(&bench);
    bench.claim();
    assert_eq!((rows(&bench) - before, claims_kept(&bench)), (1, 1));
    ids.into_iter().for_each(|id| end(&mut bench, id, TOKEN, done()));
    assert_eq!((rows(&bench) - before, claims_kept(&bench)), (2, 0));
    let read = |id| bench.database.snapshot().details(id).unwrap().unwrap().output;
    assert_eq!(ids.map(read), [1, 1].map(|_| Some(Json::parse("1").unwrap())));
}

#[test]
fn a_claim_of_any_size_goes_without_a_rest() {
    let mut bench = Bench::new();
    let ids: Vec<_> = (0..300).map(|_| bench.submit()).collect();
    let jobs = bench.database.disk().rows().len();
    // More than one row holds.
    let request = ClaimRequest { limit: ids.len(), ..bench.claim_request(TOKEN) };
    bench.ask(|txn| claim(txn, &request));
    assert!(bench.database.disk().rows().len() > jobs + 1);
    for id in ids {
        bench.ask(|txn| act(txn, id, Action::Cancel, NOW));
        end(&mut bench, id, TOKEN, Outcome::Cancelled);
        bench.ask(|txn| act(txn, id, Action::Delete, NOW));
    }
    assert_eq!(bench.database.disk().rows().len(), 0);
}

#[test]
fn of_a_claim_that_is_half_settled_the_other_half_runs_when_the_directory_is_opened() {
    let mut bench = Bench::new();
    let (settled, running) = (bench.submit(), bench.submit());
    bench.claim();
    end(&mut bench, settled, TOKEN, done());
    let mut bench = bench.reopened();
    assert_eq!((state(&bench, settled), state(&bench, running)), (StateName::Completed, StateName::Running));
    let taken_back = bench.ask(|txn| rescue(txn, LEASE_END, SEED, 9)).jobs;
    assert_eq!(taken_back.iter().map(|settled| settled.job.spec.id).collect::<Vec<_>>(), [running]);
    assert_eq!((state(&bench, running), claims_kept(&bench)), (StateName::Retryable, 0));
}

#[test]
fn leases_of_hosts_end_when_the_directory_is_opened_and_those_of_remote_workers_go_on_as_they_were_renewed() {
    let mut bench = Bench::new();
    let hosted = bench.submit();
    bench.claim();
    let remote = [bench.submit(), bench.submit()];
    let request = ClaimRequest { holder: Holder::Remote, ..bench.claim_request(OTHER_TOKEN) };
    bench.ask(|txn| claim(txn, &request));
    let renewed_until = LEASE_END.plus(Duration::from_secs(60));
    let renewal = |token| Renewal { token, expires_at: renewed_until, progress: None };
    bench.ask(|txn| renew(txn, vec![(hosted, renewal(TOKEN)), (remote[0], renewal(OTHER_TOKEN))]));
    let mut bench = bench.reopened();
    bench.database.end_leases(NOW);
    let taken_back = |bench: &mut Bench, now| {
        let rescued = bench.ask(|txn| rescue(txn, now, SEED, 9));
        let ids: Vec<_> = rescued.jobs.iter().map(|settled| settled.job.spec.id).collect();
        (ids, rescued.next_expiry)
    };
    assert_eq!(taken_back(&mut bench, NOW), (vec![hosted], Some(LEASE_END)));
    assert_eq!(taken_back(&mut bench, LEASE_END), (vec![remote[1]], Some(renewed_until)));
    end(&mut bench, remote[0], OTHER_TOKEN, done());
    assert_eq!((state(&bench, remote[0]), claims_kept(&bench)), (StateName::Completed, 0));
}

#[test]
fn an_old_claim_brings_no_job_back_that_has_left_it() {
    let ways = [Outcome::Snoozed(Duration::from_secs(60)), Outcome::Interrupted, done()];
    for outcome in ways {
        let mut bench = Bench::new();
        let (left, running) = (bench.submit(), bench.submit());
        bench.claim();
        end(&mut bench, left, TOKEN, outcome);
        bench.ask(|txn| act(txn, left, Action::Retry, NOW));
        let mut bench = bench.reopened();
        assert_eq!((state(&bench, left), state(&bench, running)), (StateName::Available, StateName::Running));
        let again = bench.claim_with(OTHER_TOKEN).jobs;
        assert_eq!(again.iter().map(|full| full.job.spec.id).collect::<Vec<_>>(), [left]);
        // It runs by the second claim, whatever the first one, which is still there, says of it.
        let mut bench = bench.reopened();
        assert_eq!((state(&bench, left), claims_kept(&bench)), (StateName::Running, 2));
        let refused = bench.settle(left, TOKEN, done(), "");
        assert!(matches!(refused, Err(StorageError::Refused(_))), "{refused:?}");
        end(&mut bench, left, OTHER_TOKEN, done());
        assert_eq!((state(&bench.reopened(), left)), StateName::Completed);
    }
}

#[test]
fn a_group_decides_on_what_the_group_before_it_wrote_and_the_disk_has_not() {
    let mut bench = Bench::new();
    let keyed = |bench: &Bench| {
        let mut new = bench.job();
        new.job.spec.options.unique = Some(Unique::new("k"));
        new
    };
    let (first, second) = (keyed(&bench), keyed(&bench));
    let id = first.job.spec.id;
    let first = prepare(Bench::submission(vec![first])).unwrap();
    bench.database.handle(|txn| submit(txn, first)).unwrap();
    let written = bench.database.seal();
    let second = prepare(Bench::submission(vec![second])).unwrap();
    let answer = bench.database.handle(|txn| submit(txn, second)).unwrap();
    assert!(matches!(answer, Submitted::Admitted(admitted) if admitted[0].job.spec.id == id));
    bench.database.handle(|txn| act(txn, id, Action::Cancel, NOW)).unwrap();
    assert!(bench.database.disk().write(&written.writes).is_ok());
    bench.database.arrived();
    bench.write();
    assert_eq!(state(&bench.reopened(), id), StateName::Cancelled);
}

#[test]
fn a_reader_waits_for_the_group_that_wrote_its_job_and_for_no_other() {
    let mut bench = Bench::new();
    let (old, new) = (bench.submit(), bench.job());
    let id = new.job.spec.id;
    let prepared = prepare(Bench::submission(vec![new])).unwrap();
    bench.database.handle(|txn| submit(txn, prepared)).unwrap();
    let sealed = bench.database.seal();
    let request = bench.claim_request(OTHER_TOKEN);
    let saw = |bench: &Bench, id| {
        let snapshot = bench.database.snapshot();
        assert!(snapshot.details(id).unwrap().is_some());
        snapshot.saw()
    };
    assert_eq!((saw(&bench, old), saw(&bench, id)), (0, sealed.number));
    bench.database.handle(|txn| claim(txn, &request)).unwrap();
    // Both run by a claim of the group behind it.
    assert_eq!((saw(&bench, old), saw(&bench, id)), (sealed.number + 1, sealed.number + 1));
}
