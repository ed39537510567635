//! Inputs are read when an attempt begins, and not again.

use super::super::super::keys;
use super::super::{act, rescue};
use super::{Bench, LEASE_END, NOW, SEED, TOKEN};
use crate::domain::{JobId, Outcome};
use crate::ports::{Action, Settled};

fn give_back(bench: &mut Bench, id: JobId) -> Settled {
    bench.settle(id, TOKEN, Outcome::Interrupted, "").unwrap()
}

#[test]
fn the_end_of_an_attempt_reads_no_input() {
    let mut bench = Bench::new();
    let (settled, rescued) = (bench.submit(), bench.submit());
    let claimed = bench.claim().jobs;
    for id in [settled, rescued] {
        bench.database.disk().rows().remove(keys::head(id)).unwrap();
    }
    bench.ask(|txn| act(txn, settled, Action::Cancel, NOW));
    assert_eq!(give_back(&mut bench, settled).job.spec, claimed[0].job.spec);
    let taken_back = bench.ask(|txn| rescue(txn, LEASE_END, SEED, 10)).jobs;
    assert_eq!(taken_back[0].job.spec, claimed[1].job.spec);
}

#[test]
fn an_input_is_forgotten_with_its_attempt() {
    let mut bench = Bench::new();
    let id = bench.submit();
    bench.claim();
    give_back(&mut bench, id);
    bench.database.disk().rows().remove(keys::head(id)).unwrap();
    assert_eq!(bench.claim().jobs, []);
}
