//! Idempotency keys that have expired.

use std::time::Duration;

use super::super::super::keys;
use super::super::super::txn::Txn;
use super::super::{prepare, submit};
use super::{Bench, NOW};
use crate::domain::{Digest, Timestamp};
use crate::ports::{IdempotencyKey, Submission};

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// So many submissions in one group, each with a key that is kept for a minute.
fn submit_with_keys(bench: &mut Bench, count: usize, now: Timestamp) {
    let submission = |number: usize| Submission {
        idempotency: Some(IdempotencyKey {
            scope: now.to_string(),
            key: number.to_string(),
            fingerprint: Digest::of(b""),
            expires_at: now.plus(Duration::from_secs(60)),
        }),
        now,
        ..Bench::submission(vec![bench.job()])
    };
    let submissions: Vec<_> = (0..count).map(submission).collect();
    let request = |submission| move |txn: &mut Txn<'_>| submit(txn, prepare(submission)?);
    bench.group(submissions.into_iter().map(request).collect());
}

fn keys_kept(bench: &Bench) -> usize {
    bench.database.disk().rows().scan_prefix(keys::expiries()).count()
}

#[test]
fn expired_keys_go_faster_than_they_come_in_groups_of_any_size() {
    let mut bench = Bench::new();
    submit_with_keys(&mut bench, 200, NOW);
    assert_eq!(keys_kept(&bench), 200);
    submit_with_keys(&mut bench, 200, after(61));
    assert_eq!(keys_kept(&bench), 200);
}

#[test]
fn no_request_waits_for_many_expired_keys() {
    let mut bench = Bench::new();
    submit_with_keys(&mut bench, 200, NOW);
    submit_with_keys(&mut bench, 3, after(61));
    assert_eq!(keys_kept(&bench), 200 - (64 + 2 + 2) + 3);
}
