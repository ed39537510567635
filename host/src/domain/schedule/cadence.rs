//! Cadences: a cron expression in a timezone, or a period from a start.

use std::time::Duration;

use super::{Cron, Zone};
use crate::domain::Timestamp;

/// The first step back in the search for the latest tick of an expression.
const LOOK_BACK: Duration = Duration::from_secs(60);

/// The cadence of a schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cadence {
    /// The times of an expression.
    Cron {
        /// The expression.
        cron: Cron,
        /// The timezone.
        zone: Zone,
    },
    /// A period. The phase is that of the start, however long no host was running.
    Every {
        /// The period; not zero.
        period: Duration,
    },
}

impl Cadence {
    /// The first tick after this time, for a schedule that started at `since`. `None` at the end of time.
    pub fn next_after(&self, since: Timestamp, after: Timestamp) -> Option<Timestamp> {
        let next = match self {
            Cadence::Cron { cron, zone } => cron.next_after(after, zone)?,
            Cadence::Every { period } => nth(since, *period, periods(since, *period, after) + 1),
        };
        // At the end of time the next tick is no later than the previous one.
        (next > after).then_some(next)
    }

    /// The latest tick until `now`, if `due` is one of them. It costs no more after a year without a host.
    pub(super) fn latest(&self, since: Timestamp, due: Timestamp, now: Timestamp) -> Timestamp {
        match self {
            Cadence::Cron { cron, zone } => latest_of(cron, zone, due, now),
            Cadence::Every { period } => nth(since, *period, periods(since, *period, now)).max(due),
        }
    }
}

/// Searches back in growing steps until there is a tick, then forward from it.
fn latest_of(cron: &Cron, zone: &Zone, due: Timestamp, now: Timestamp) -> Timestamp {
    let in_time = |from: Timestamp| cron.next_after(from, zone).filter(|tick| *tick <= now);
    let (mut latest, mut back) = (due, LOOK_BACK);
    while now.minus(back) > due {
        if let Some(tick) = in_time(now.minus(back)) {
            latest = tick;
            break;
        }
        back = back.saturating_mul(2);
    }
    while let Some(tick) = in_time(latest) {
        latest = tick;
    }
    latest
}

/// The number of whole periods that have passed.
fn periods(since: Timestamp, period: Duration, now: Timestamp) -> u128 {
    now.since(since).as_millis() / period.as_millis().max(1)
}

/// The tick after this number of periods.
fn nth(since: Timestamp, period: Duration, count: u128) -> Timestamp {
    let millis = period.as_millis().saturating_mul(count);
    since.plus(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
}
