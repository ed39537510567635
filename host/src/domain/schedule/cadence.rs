//! How often: by a cron expression on the wall of a timezone, or every so often from a beginning.

use std::time::Duration;

use super::{Cron, Zone};
use crate::domain::Timestamp;

/// The first step back in the search for the latest tick of an expression.
const LOOK_BACK: Duration = Duration::from_secs(60);

/// How often a schedule ticks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cadence {
    /// When the expression says so.
    Cron {
        /// When.
        cron: Cron,
        /// On whose wall.
        zone: Zone,
    },
    /// Every so often. The phase is that of the beginning, however long nobody was there to tick.
    Every {
        /// How often; not zero.
        period: Duration,
    },
}

impl Cadence {
    /// The first tick after this moment, for a schedule that began at `since`. None at the end of times.
    pub fn next_after(&self, since: Timestamp, after: Timestamp) -> Option<Timestamp> {
        let next = match self {
            Cadence::Cron { cron, zone } => cron.next_after(after, zone)?,
            Cadence::Every { period } => nth(since, *period, periods(since, *period, after) + 1),
        };
        // At the end of times the next tick is no later than the one before.
        (next > after).then_some(next)
    }

    /// The latest tick until `now`, when `due` is one of them. It costs no more for a host that was
    /// away for a year.
    pub(super) fn latest(&self, since: Timestamp, due: Timestamp, now: Timestamp) -> Timestamp {
        match self {
            Cadence::Cron { cron, zone } => latest_of(cron, zone, due, now),
            Cadence::Every { period } => nth(since, *period, periods(since, *period, now)).max(due),
        }
    }
}

/// Looks back further and further until there is a tick, then walks forward from it.
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

/// How many whole periods have passed.
fn periods(since: Timestamp, period: Duration, now: Timestamp) -> u128 {
    now.since(since).as_millis() / period.as_millis().max(1)
}

/// The tick after so many periods.
fn nth(since: Timestamp, period: Duration, count: u128) -> Timestamp {
    let millis = period.as_millis().saturating_mul(count);
    since.plus(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
}
