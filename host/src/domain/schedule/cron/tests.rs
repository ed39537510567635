mod brute_force;

use super::*;
use crate::domain::Timestamp;
use crate::domain::schedule::Zone;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The next times after one, as UTC.
fn next(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let (cron, zone): (Cron, Zone) = (cron.parse().unwrap(), zone.parse().unwrap());
    let following = |after: &Timestamp| cron.next_after(*after, &zone);
    let times = std::iter::successors(following(&at(after)), following);
    times.take(count).map(|time| time.to_string().replace(":00.000Z", "Z")).collect()
}

fn utc(cron: &str, after: &str, count: usize) -> Vec<String> {
    next(cron, "UTC", after, count)
}

fn refused(cron: &str) -> (usize, String) {
    let error = cron.parse::<Cron>().unwrap_err();
    (error.position, error.to_string())
}

#[test]
fn lists_ranges_steps_and_names_mean_what_they_say() {
    let from = "2026-01-01T00:00:00Z";
    assert_eq!(utc("30 8 * * *", from, 2), ["2026-01-01T08:30Z", "2026-01-02T08:30Z"]);
    assert_eq!(utc("0,40 9 * * *", from, 3), ["2026-01-01T09:00Z", "2026-01-01T09:40Z", "2026-01-02T09:00Z"]);
    assert_eq!(utc("*/25 0 * * *", from, 3), ["2026-01-01T00:25Z", "2026-01-01T00:50Z", "2026-01-02T00:00Z"]);
    assert_eq!(
        utc("10-20/5 0 1 * *", from, 3),
        ["2026-01-01T00:10Z", "2026-01-01T00:15Z", "2026-01-01T00:20Z"]
    );
    assert_eq!(utc("50/5 0 1 1 *", from, 2), ["2026-01-01T00:50Z", "2026-01-01T00:55Z"]);
    assert_eq!(
        utc("0 0 1 MAR-apr,Dec *", from, 3),
        ["2026-03-01T00:00Z", "2026-04-01T00:00Z", "2026-12-01T00:00Z"]
    );
    assert_eq!(utc("0 0 * * mon", from, 2), ["2026-01-05T00:00Z", "2026-01-12T00:00Z"]);
}

#[test]
fn sunday_is_0_and_7_and_the_end_of_a_week() {
    let from = "2026-01-01T00:00:00Z";
    for sunday in ["0", "7", "sun", "*/7"] {
        assert_eq!(utc(&format!("0 0 * * {sunday}"), from, 1), ["2026-01-04T00:00Z"], "{sunday}");
    }
    for weekend in ["6-7", "sat-sun", "sat,sun"] {
        let times = utc(&format!("0 0 * * {weekend}"), from, 3);
        assert_eq!(times, ["2026-01-03T00:00Z", "2026-01-04T00:00Z", "2026-01-10T00:00Z"], "{weekend}");
    }
}

#[test]
fn six_fields_begin_with_seconds() {
    let times = utc("*/30 59 23 31 12 *", "2025-12-31T23:58:00Z", 3);
    assert_eq!(times, ["2025-12-31T23:59Z", "2025-12-31T23:59:30.000Z", "2026-12-31T23:59Z"]);
    assert_eq!(utc("* * * * * *", "2026-01-01T00:00:00.250Z", 1), ["2026-01-01T00:00:01.000Z"]);
}

#[test]
fn names_stand_for_their_expressions() {
    let first = |cron| utc(cron, "2026-01-01T00:00:00Z", 1)[0].clone();
    assert_eq!([first("@yearly"), first("@annually")], ["2027-01-01T00:00Z", "2027-01-01T00:00Z"]);
    assert_eq!([first("@monthly"), first("@weekly")], ["2026-02-01T00:00Z", "2026-01-04T00:00Z"]);
    assert_eq!([first("@daily"), first("@midnight")], ["2026-01-02T00:00Z", "2026-01-02T00:00Z"]);
    assert_eq!([first("@hourly"), first(" @Hourly ")], ["2026-01-01T01:00Z", "2026-01-01T01:00Z"]);
}

#[test]
fn of_two_restricted_days_one_is_enough_and_a_star_restricts_nothing() {
    let from = "2026-01-01T12:00:00Z";
    assert_eq!(utc("0 0 13 * fri", from, 3), ["2026-01-02T00:00Z", "2026-01-09T00:00Z", "2026-01-13T00:00Z"]);
    assert_eq!(utc("0 0 13 * *", from, 2), ["2026-01-13T00:00Z", "2026-02-13T00:00Z"]);
    // Begins with a star, so both must be right: Fridays of odd date.
    assert_eq!(utc("0 0 */2 * fri", from, 2), ["2026-01-09T00:00Z", "2026-01-23T00:00Z"]);
}

#[test]
fn rare_dates_come_when_they_exist() {
    assert_eq!(utc("0 0 29 2 *", "2026-01-01T00:00:00Z", 2), ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]);
    assert_eq!(utc("0 0 29 2 *", "2096-03-01T00:00:00Z", 1), ["2104-02-29T00:00Z"]);
    assert_eq!(utc("0 0 31 * *", "2026-01-31T00:00:00Z", 2), ["2026-03-31T00:00Z", "2026-05-31T00:00Z"]);
    // A Sunday: 40 years without one, because 2100 has no 29th of February.
    assert_eq!(utc("0 0 29 2 */7", "2088-03-01T00:00:00Z", 1), ["2128-02-29T00:00Z"]);
    assert_eq!(utc("0 0 1 1 *", "9999-06-01T00:00:00Z", 1), [""; 0]);
}

#[test]
fn dates_that_never_come_are_refused_at_their_day() {
    for (cron, position) in [("0 0 30 2 *", 5), ("0 0 31 2,4,6,9,11 *", 5), ("0 0 0 30-31 feb *", 7)] {
        let (at, text) = refused(cron);
        assert_eq!(at, position, "{cron}");
        assert!(text.contains("never run"), "{text}");
    }
    // A weekday is enough, so this one comes.
    assert_eq!(utc("0 0 30 2 mon", "2026-01-01T00:00:00Z", 1), ["2026-02-02T00:00Z"]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (cron, position, words) in [
        ("61 * * * *", 1, "the minute must be from 0 to 59, not \"61\""),
        ("0 24 * * *", 3, "the hour must be from 0 to 23, not \"24\""),
        ("0 0 0 * *", 5, "from 1 to 31"),
        ("0 0 * 13 *", 7, "or jan to dec"),
        ("0 0 * * 1,8", 11, "the day of the week must be from 0 to 7"),
        ("0 0 * * mon,fry", 13, "the day of the week must be from 0 to 7, or sun to sat, not \"fry\""),
        ("0 0 L * *", 5, "the day of the month must be from 1 to 31, not \"L\""),
        ("5-1 * * * *", 1, "5-1 runs backward"),
        ("*/0 * * * *", 3, "the step of the minute must be from 1 to 60, not \"0\""),
        ("*/90 * * * *", 3, "from 1 to 60"),
        ("1,,2 * * * *", 3, "the minute is missing"),
        ("1- * * * *", 3, "the minute is missing"),
        ("+5 * * * *", 1, "not \"+5\""),
        ("* * * *", 8, "4 fields; there must be five"),
        ("", 1, "0 fields"),
        ("0 0 0 * * * 2026", 13, "7 fields"),
        ("  0 0 x * *", 7, "\"x\""),
        ("@noon", 1, "@daily"),
        ("0 0 ü * *", 5, "ASCII"),
    ] {
        let (at, text) = refused(cron);
        assert_eq!(at, position, "{cron:?}: {text}");
        assert!(text.contains(words), "{cron:?}: {text}");
    }
    assert_eq!(refused(&"*".repeat(300)).0, 257);
}

#[test]
fn a_time_that_clocks_skip_is_due_once_right_after() {
    // Berlin goes from 02:00 to 03:00 on 2026-03-29, at 01:00 UTC.
    let berlin = |cron| next(cron, "Europe/Berlin", "2026-03-28T12:00:00Z", 2);
    assert_eq!(berlin("30 2 * * *"), ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]);
    assert_eq!(berlin("0,20,40 2 * * *"), ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]);
    assert_eq!(berlin("0 2,3 * * *"), ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]);
    // Midnight itself is skipped in Beirut, half an hour on Lord Howe, and a whole day was in Samoa.
    let times = next("0 0 * * *", "Asia/Beirut", "2026-03-28T12:00:00Z", 2);
    assert_eq!(times, ["2026-03-28T22:00Z", "2026-03-29T21:00Z"]);
    assert_eq!(next("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 1), ["2026-10-03T15:30Z"]);
    assert_eq!(next("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 1), ["2011-12-30T10:00Z"]);
}

#[test]
fn a_time_that_comes_twice_is_due_the_first_time() {
    // Berlin goes from 03:00 back to 02:00 on 2026-10-25, at 01:00 UTC.
    let berlin = |cron, after| next(cron, "Europe/Berlin", after, 2);
    assert_eq!(berlin("30 2 * * *", "2026-10-24T12:00:00Z"), ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]);
    // Asked between the two, and within the second.
    assert_eq!(berlin("30 2 * * *", "2026-10-25T00:45:00Z")[0], "2026-10-26T01:30Z");
    assert_eq!(berlin("30 2 * * *", "2026-10-25T01:10:00Z")[0], "2026-10-26T01:30Z");
    assert_eq!(berlin("0 2,4 * * *", "2026-10-24T22:30:00Z"), ["2026-10-25T00:00Z", "2026-10-25T03:00Z"]);
}

#[test]
fn what_follows_the_clock_is_not_made_up_for_in_a_gap() {
    // Berlin goes from 02:00 to 03:00 on 2027-03-28, at 01:00 UTC.
    let berlin = |cron, count| next(cron, "Europe/Berlin", "2027-03-28T00:00:00Z", count);
    assert_eq!(berlin("30 * 28 3 *", 2), ["2027-03-28T00:30Z", "2027-03-28T01:30Z"]);
    assert_eq!(
        berlin("0-59/30 0-23 * * *", 3),
        ["2027-03-28T00:30Z", "2027-03-28T01:00Z", "2027-03-28T01:30Z"]
    );
    assert_eq!(berlin("10 */2 * * *", 2), ["2027-03-28T02:10Z", "2027-03-28T04:10Z"]);
    assert_eq!(berlin("*/30 2 * * *", 1), ["2027-03-29T00:00Z"]);
    let half_minutes = next("30 * * * * *", "Europe/Berlin", "2027-03-28T00:59:00Z", 2);
    assert_eq!(half_minutes, ["2027-03-28T00:59:30.000Z", "2027-03-28T01:00:30.000Z"]);
    // Lord Howe skips half an hour, Samoa skipped a day.
    let times = next("15,45 * * * *", "Australia/Lord_Howe", "2026-10-03T15:00:00Z", 2);
    assert_eq!(times, ["2026-10-03T15:15Z", "2026-10-03T15:45Z"]);
    assert_eq!(next("0 * 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 1), ["2012-12-29T10:00Z"]);
}

#[test]
fn what_follows_the_clock_is_due_in_both_of_a_repeated_hour() {
    let both = ["2026-10-25T00:10Z", "2026-10-25T01:10Z"];
    for cron in ["10 * * * *", "10 */2 * * *", "10 0-23 * * *", "*/60 10 2 * * *"] {
        assert_eq!(next(cron, "Europe/Berlin", "2026-10-24T23:30:00Z", 2), both, "{cron}");
    }
    let times = next("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 6);
    let each = ["2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-25T01:00Z", "2026-10-25T01:30Z"];
    assert_eq!(times[..4], each);
    assert_eq!(times[4..], ["2026-10-25T02:00Z", "2026-10-25T02:30Z"]);
    let seconds = next("* * * * * *", "America/New_York", "2026-11-01T05:59:58.500Z", 3);
    assert_eq!(seconds, ["2026-11-01T05:59:59.000Z", "2026-11-01T06:00Z", "2026-11-01T06:00:01.000Z"]);
}

#[test]
fn times_only_go_on_whatever_clocks_do() {
    for zone in
        ["Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu"]
    {
        for cron in ["*/7 * * * *", "13 1,2,3 * * *", "0 0 * * *", "59 23 * * 0"] {
            let (parsed, rules): (Cron, Zone) = (cron.parse().unwrap(), zone.parse().unwrap());
            let mut last = at("2026-01-01T00:00:00Z");
            while last < at("2026-12-31T00:00:00Z") {
                let next = parsed.next_after(last, &rules).unwrap();
                assert!(next > last, "{cron} in {zone} after {last}");
                let longest = if cron.ends_with('0') { 7 * 86_400 + 3_600 } else { 90_000 };
                assert!(next.since(last).as_secs() <= longest, "{cron} in {zone} after {last} is {next}");
                last = next;
            }
        }
    }
}

#[test]
fn timezones_are_known_by_their_names() {
    assert_eq!("europe/berlin".parse::<Zone>().unwrap().as_str(), "Europe/Berlin");
    assert_eq!(Zone::default().as_str(), "UTC");
    for wrong in ["", "Europe/Berln", "+02:00", "Etc/Unknown"] {
        assert!(wrong.parse::<Zone>().unwrap_err().contains("IANA"), "{wrong}");
    }
}
