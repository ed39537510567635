//! Admission: whether jobs of a queue or of a task may start now, and when the next one may.
//!
//! A driver applies this rule and writes its result, in the transaction in which it takes the jobs. The rate is kept by
//! the generic cell rate algorithm, which needs one time per queue or task however many jobs start, and which survives
//! restarts.

use super::{GateChange, GateSettings, Rate, Timestamp};

/// When the next start is expected if the rate is used in full, in microseconds since the
/// epoch: milliseconds would round a rate above a thousand a second away. In the past, the queue or task
/// has rested. It may lie ahead of now by as much as one period, which is the burst.
///
/// A stretch of one period, wherever it lies, sees fewer than twice the count; any longer one tends to
/// the rate. After the clock stepped back the queue waits until the clock is there again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct RateState(u64);

impl RateState {
    /// The time of so many microseconds since the epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// In microseconds since the epoch.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Number of jobs that may start now.
    fn room(self, rate: Rate, now: Timestamp) -> usize {
        let ahead = self.0.saturating_sub(micros(now));
        usize::try_from(burst(rate).saturating_sub(ahead) / interval(rate)).unwrap_or(usize::MAX)
    }

    /// When the next one may start.
    fn opens_at(self, rate: Rate) -> Timestamp {
        let micros = (self.0 + interval(rate)).saturating_sub(burst(rate));
        Timestamp::from_millis(micros.div_ceil(1000))
    }

    /// After so many starts.
    fn after(self, rate: Rate, starts: usize, now: Timestamp) -> Self {
        let starts = u64::try_from(starts).unwrap_or(u64::MAX);
        Self(self.0.max(micros(now)).saturating_add(starts.saturating_mul(interval(rate))))
    }

    /// The same starts under another rate: one that is changed again and again lets no burst through
    /// each time, and a queue does not wait out an hour that holds no more.
    fn carried(self, from: Rate, to: Rate, now: Timestamp) -> Self {
        let starts = self.0.saturating_sub(micros(now)).div_ceil(interval(from));
        Self(micros(now) + starts.min(to.count().into()) * interval(to))
    }
}

fn micros(time: Timestamp) -> u64 {
    time.as_millis() * 1000
}

/// How far apart two starts are. Rounded up: the rate is never exceeded.
fn interval(rate: Rate) -> u64 {
    let per = u64::try_from(rate.per().as_micros()).unwrap_or(u64::MAX);
    per.div_ceil(rate.count().into()).max(1)
}

fn burst(rate: Rate) -> u64 {
    interval(rate) * u64::from(rate.count())
}

/// The gate of a queue or of a task: everything in it that decides whether jobs may start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Gate {
    /// Settings of the operator.
    pub settings: GateSettings,
    /// The state of the rate.
    pub rate_state: RateState,
    /// Number of running jobs.
    pub running: usize,
}

/// Whether jobs may start now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// So many may.
    Room(usize),
    /// None before this time, because of the rate.
    At(Timestamp),
    /// None before one that runs has ended.
    Full,
    /// None before an operator resumes the queue or task.
    Paused,
}

impl Admission {
    /// The admission of two gates together. The longest lasting one decides: a pause, which an operator ends, then a limit,
    /// which the end of another job ends, then a rate, which time ends.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Admission::Paused, _) | (_, Admission::Paused) => Admission::Paused,
            (Admission::Full, _) | (_, Admission::Full) => Admission::Full,
            (Admission::At(one), Admission::At(other)) => Admission::At(one.max(other)),
            (Admission::At(time), _) | (_, Admission::At(time)) => Admission::At(time),
            (Admission::Room(one), Admission::Room(other)) => Admission::Room(one.min(other)),
        }
    }

    /// The admission of so many free places.
    pub fn of_places(free: usize) -> Self {
        if free == 0 { Admission::Full } else { Admission::Room(free) }
    }

    /// Number of jobs that may start now.
    pub fn room(self) -> usize {
        match self {
            Admission::Room(count) => count,
            Admission::At(_) | Admission::Full | Admission::Paused => 0,
        }
    }

    /// When a job that is due then may start, as far as time alone decides it.
    pub fn next_start(self, due_at: Timestamp) -> Option<Timestamp> {
        match self {
            Admission::Room(_) => Some(due_at),
            Admission::At(time) => Some(time.max(due_at)),
            Admission::Full | Admission::Paused => None,
        }
    }
}

impl Gate {
    /// Whether jobs may start now.
    pub fn admission(&self, now: Timestamp) -> Admission {
        let GateSettings { paused, concurrency, rate } = &self.settings;
        if *paused {
            return Admission::Paused;
        }
        let places = concurrency.map_or(usize::MAX, |most| {
            usize::try_from(most.get()).unwrap_or(usize::MAX).saturating_sub(self.running)
        });
        if places == 0 {
            return Admission::Full;
        }
        match rate.map(|rate| (rate, self.rate_state.room(rate, now))) {
            Some((rate, 0)) => Admission::At(self.rate_state.opens_at(rate)),
            Some((_, starts)) => Admission::Room(starts.min(places)),
            None => Admission::Room(places),
        }
    }

    /// From when on the rate lets a job start, if there is one.
    pub fn opens_at(&self) -> Option<Timestamp> {
        self.settings.rate.map(|rate| self.rate_state.opens_at(rate))
    }

    /// The gate after so many jobs started.
    pub fn after(&self, starts: usize, now: Timestamp) -> Self {
        let rate_state = match self.settings.rate {
            Some(rate) if starts > 0 => self.rate_state.after(rate, starts, now),
            _ => self.rate_state,
        };
        Self { settings: self.settings, rate_state, running: self.running + starts }
    }

    /// The gate after an operator's change.
    pub fn changed(&self, change: &GateChange, now: Timestamp) -> Self {
        let settings = self.settings.changed(change);
        let rate_state = match (self.settings.rate, settings.rate) {
            (Some(from), Some(to)) if from == to => self.rate_state,
            (Some(from), Some(to)) => self.rate_state.carried(from, to, now),
            _ => RateState::default(),
        };
        Self { settings, rate_state, running: self.running }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn after_millis(millis: u64) -> Timestamp {
        NOW.plus(Duration::from_millis(millis))
    }

    fn rated(text: &str) -> Gate {
        let rate = Some(text.parse().unwrap());
        Gate { settings: GateSettings { rate, ..GateSettings::default() }, ..Gate::default() }
    }

    #[test]
    fn a_queue_of_which_nothing_is_said_lets_everything_start() {
        let gate = Gate { running: 1_000_000, ..Gate::default() };
        assert_eq!(gate.admission(NOW), Admission::Room(usize::MAX));
    }

    #[test]
    fn a_full_queue_waits_for_an_end_and_a_paused_one_for_a_person() {
        let settings = GateSettings { concurrency: NonZeroU32::new(2), ..GateSettings::default() };
        let mut gate = Gate { settings, ..Gate::default() };
        assert_eq!(gate.admission(NOW), Admission::Room(2));
        gate = gate.after(2, NOW);
        assert_eq!(gate.admission(NOW), Admission::Full);
        gate.settings.concurrency = NonZeroU32::new(1);
        assert_eq!(gate.admission(NOW), Admission::Full);
        gate.settings.paused = true;
        assert_eq!(gate.admission(NOW), Admission::Paused);
        assert_eq!((gate.admission(NOW).room(), gate.admission(NOW).next_start(NOW)), (0, None));
    }

    #[test]
    fn a_rested_queue_starts_a_burst_and_then_one_at_each_share_of_the_period() {
        let mut gate = rated("3/1m");
        assert_eq!(gate.admission(NOW), Admission::Room(3));
        gate = gate.after(3, NOW);
        assert_eq!(gate.admission(NOW), Admission::At(after_millis(20_000)));
        assert_eq!(gate.admission(after_millis(19_999)).room(), 0);
        assert_eq!(gate.admission(after_millis(20_000)), Admission::Room(1));
        assert_eq!(gate.admission(after_millis(59_999)), Admission::Room(2));
        assert_eq!(gate.admission(after_millis(3_600_000)), Admission::Room(3));
    }

    #[test]
    fn the_time_at_which_the_next_may_start_is_the_first_at_which_it_may() {
        for text in ["7/1m", "1/1s", "1000/1s", "1500/1s", "999999/1s", "13/17s"] {
            let gate = rated(text);
            let gate = gate.after(gate.admission(NOW).room(), NOW);
            let Admission::At(time) = gate.admission(NOW) else { panic!("{text}: the burst is used up") };
            assert!(gate.admission(time).room() >= 1, "{text}");
            assert_eq!(gate.admission(time.minus(Duration::from_millis(1))).room(), 0, "{text}");
        }
    }

    #[test]
    fn over_a_long_time_no_more_start_than_the_rate_allows() {
        for (text, most) in [("10/1s", 10 + 600), ("7/1m", 7 + 7), ("1500/1s", 1_500 + 90_000)] {
            let (mut gate, mut starts) = (rated(text), 0);
            for millis in 0..=60_000 {
                let room = gate.admission(after_millis(millis)).room();
                gate = gate.after(room, after_millis(millis));
                starts += room;
            }
            assert!(starts <= most && starts + 1 + most / 100 >= most, "{text}: {starts} of {most}");
        }
    }

    #[test]
    fn a_changed_rate_remembers_the_starts_and_lets_nobody_wait_out_the_old_one() {
        let slow = rated("2/1h").after(2, NOW);
        let change =
            |text: &str| GateChange { rate: Some(Some(text.parse().unwrap())), ..Default::default() };
        let fast = slow.changed(&change("10/1s"), NOW);
        assert_eq!(fast.admission(NOW), Admission::Room(8));
        assert_eq!(slow.changed(&change("1/1m"), NOW).admission(NOW), Admission::At(after_millis(60_000)));
        assert_eq!(slow.changed(&change("2/1h"), NOW), slow);
        let cleared = slow.changed(&GateChange { rate: Some(None), ..Default::default() }, NOW);
        assert_eq!(cleared, Gate { running: 2, ..Gate::default() });
    }

    #[test]
    fn behind_two_gates_the_one_that_lasts_longer_decides() {
        use Admission::{At, Full, Paused, Room};
        let kinds = [Paused, Full, At(after_millis(9)), At(after_millis(5)), Room(2), Room(3)];
        for (longer, one) in kinds.into_iter().enumerate() {
            for other in kinds.into_iter().skip(longer) {
                assert_eq!((one.and(other), other.and(one)), (one, one));
            }
        }
        assert_eq!((Admission::of_places(0), Admission::of_places(4)), (Full, Room(4)));
    }

    #[test]
    fn a_clock_that_steps_back_brings_no_second_burst() {
        let gate = rated("5/1m").after(5, NOW);
        assert_eq!(gate.admission(NOW.minus(Duration::from_secs(30))).room(), 0);
    }
}
