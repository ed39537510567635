//! Times, ids and numbers for tests.

use crate::domain::{JobId, Timestamp};

/// So many seconds after the epoch.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

/// The id of a job; those of higher numbers are younger.
pub(crate) fn id(number: u64) -> JobId {
    JobId::from_bytes(u128::from(number).to_be_bytes())
}

/// Numbers of a fixed sequence (Knuth's MMIX constants), the high bits of each.
pub(crate) fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let step = |number: &u64| {
        Some(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(seed), step).skip(1).map(|number| number >> 20)
}
