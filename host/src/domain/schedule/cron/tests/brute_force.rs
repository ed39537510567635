//! The search against the plainest reading of the rule: around a change of clocks, every second is
//! looked at, forward from moment to wall and never back.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::Cron;
use crate::domain::Timestamp;
use crate::domain::schedule::Zone;

/// How much time is looked at before and after a change: more than any hours that came twice since 1970.
const AROUND: SignedDuration = SignedDuration::from_hours(4);

/// Changes that are unlike the others: half an hour, two hours, midnight, a whole day, and in winter.
const ODD_ZONES: [&str; 7] = [
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Africa/Monrovia",
];

/// Every change of the clocks of every zone from 1970 to 2037.
static CHANGES: LazyLock<Vec<Change>> = LazyLock::new(|| {
    let rules = TimeZoneDatabase::bundled();
    rules.available().flat_map(|name| changes_of(name.as_str())).collect()
});

/// Those of [`ODD_ZONES`].
static ODD_CHANGES: LazyLock<Vec<Change>> =
    LazyLock::new(|| ODD_ZONES.into_iter().flat_map(changes_of).collect());

/// A moment at which the clocks of a zone are set.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Change {
    zone: String,
    at: jiff::Timestamp,
}

fn changes_of(name: &str) -> Vec<Change> {
    // Of the names, some are not known as zones of the domain, such as `Etc/Unknown`.
    if name.parse::<Zone>().is_err() {
        return Vec::new();
    }
    let zone = TimeZoneDatabase::bundled().get(name).unwrap();
    let last = "2038-01-01T00:00:00Z".parse().unwrap();
    let from_1970 = zone.following(jiff::Timestamp::UNIX_EPOCH).map(|change| change.timestamp());
    let early = jiff::Timestamp::UNIX_EPOCH + 1.hour() * 24;
    let times = from_1970.skip_while(|at| *at < early).take_while(|at| *at < last);
    times.map(|at| Change { zone: name.to_owned(), at }).collect()
}

/// One field of an expression, and what was meant by it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct FieldText {
    text: String,
    numbers: Vec<i8>,
    /// Whether it begins with `*`.
    starred: bool,
}

impl FieldText {
    fn step(step: usize, count: i8) -> Self {
        let text = if step == 1 { "*".to_owned() } else { format!("*/{step}") };
        Self { text, numbers: (0..count).step_by(step).collect(), starred: true }
    }

    fn list(numbers: Vec<i8>) -> Self {
        let texts: Vec<String> = numbers.iter().map(i8::to_string).collect();
        Self { text: texts.join(","), numbers, starred: false }
    }

    fn range(first: i8, last: i8) -> Self {
        let (first, last) = (first.min(last), first.max(last));
        Self { text: format!("{first}-{last}"), numbers: (first..=last).collect(), starred: false }
    }

    fn follows_clock(&self, count: i8) -> bool {
        self.starred || (0..count).all(|number| self.numbers.contains(&number))
    }
}

/// A field with the numbers below `count`.
fn field(count: i8) -> impl Strategy<Value = FieldText> {
    prop_oneof![
        2 => select(vec![1, 2, 5, 7, 20]).prop_map(move |step| FieldText::step(step, count)),
        3 => prop::collection::vec(0..count, 1..5).prop_map(FieldText::list),
        1 => (0..count, 0..count).prop_map(|(first, last)| FieldText::range(first, last)),
        1 => Just(FieldText::range(0, count - 1)),
    ]
}

/// Seconds: mostly those of an expression with five fields.
fn seconds() -> impl Strategy<Value = FieldText> {
    prop_oneof![3 => Just(FieldText::list(vec![0])), 1 => field(60)]
}

/// Hours: mostly few, and those in which most clocks are set.
fn hours() -> impl Strategy<Value = FieldText> {
    prop_oneof![
        2 => field(24),
        3 => prop::collection::vec(select(vec![0, 1, 2, 3, 23]), 1..4).prop_map(FieldText::list),
    ]
}

/// The times of day of an expression: seconds, minutes, hours.
#[derive(Clone, Debug)]
struct Expression([FieldText; 3]);

impl Expression {
    fn cron(&self) -> Cron {
        let [seconds, minutes, hours] = self.0.each_ref().map(|field_text| field_text.text.as_str());
        format!("{seconds} {minutes} {hours} * * *").parse().unwrap()
    }

    fn fits(&self, wall: DateTime) -> bool {
        let shown = [wall.second(), wall.minute(), wall.hour()];
        self.0.iter().zip(shown).all(|(field_text, number)| field_text.numbers.contains(&number))
    }

    fn follows_clock(&self) -> bool {
        self.0.iter().zip([60, 60, 24]).any(|(field_text, count)| field_text.follows_clock(count))
    }

    /// All seconds from `first` to `last` in which it is due.
    fn due(&self, zone: &TimeZone, first: jiff::Timestamp, last: jiff::Timestamp) -> Vec<jiff::Timestamp> {
        let mut latest = zone.to_datetime(first - 1.second());
        let (mut now, mut due) = (first, Vec::new());
        while now <= last {
            let wall = zone.to_datetime(now);
            let is_new = wall > latest;
            let is_due = if self.follows_clock() {
                self.fits(wall)
            } else {
                // The wall's seconds since the one before, which are many only behind a gap.
                is_new && seconds_between(latest, wall).any(|wall| self.fits(wall))
            };
            if is_due {
                due.push(now);
            }
            (latest, now) = (latest.max(wall), now + 1.second());
        }
        due
    }
}

/// The seconds after one, up to and with another.
fn seconds_between(before: DateTime, last: DateTime) -> impl Iterator<Item = DateTime> {
    let next = |wall: &DateTime| wall.checked_add(1.second()).ok();
    std::iter::successors(next(&before), next).take_while(move |wall| *wall <= last)
}

/// The result of the search between the same moments.
fn found(cron: &Cron, zone: &Zone, first: jiff::Timestamp, last: jiff::Timestamp) -> Vec<jiff::Timestamp> {
    let domain = |moment: jiff::Timestamp| Timestamp::from_millis(moment.as_millisecond().unsigned_abs());
    let next = |after: &Timestamp| cron.next_after(*after, zone);
    let times = std::iter::successors(next(&domain(first - 1.second())), next);
    let times = times.take_while(|time| *time <= domain(last));
    times.map(|time| time.to_string().parse().unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn around_every_change_of_clocks_the_search_finds_what_a_look_at_every_second_finds(
        change in prop_oneof![select(&**CHANGES), select(&**ODD_CHANGES)],
        expression in (seconds(), field(60), hours()).prop_map(|(s, m, h)| Expression([s, m, h])),
    ) {
        let rules = TimeZoneDatabase::bundled().get(&change.zone).unwrap();
        let (first, last) = (change.at - AROUND, change.at + AROUND);
        let (cron, zone) = (expression.cron(), change.zone.parse().unwrap());
        let due = expression.due(&rules, first, last);
        prop_assert_eq!(found(&cron, &zone, first, last), due, "{} in {}", cron, change.zone);
    }
}
