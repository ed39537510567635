//! Text from outside, held against everything that reads it. Most of it is read by crates, and one of
//! them once panicked: so the same is asked of all of ours. No text panics, and what is accepted is
//! written in a form that reads back as the same.

pub(crate) mod samples;

use std::fmt::{Debug, Display};
use std::str::FromStr;

use ipnet::IpNet;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::egress_policy::{OriginPattern, Target, prefix_as_sent};
use super::*;

/// Characters at which parsers turn.
const TURNS: &[char] = &[
    '0',
    '9',
    '-',
    '+',
    '.',
    ',',
    ':',
    ';',
    '/',
    '\\',
    '*',
    '@',
    '#',
    '?',
    '%',
    '_',
    '=',
    '[',
    ']',
    '{',
    '}',
    '"',
    ' ',
    '\t',
    '\n',
    '\0',
    'e',
    'Z',
    '\u{e9}',
    '\u{301}',
    '\u{ff11}',
    '\u{1f600}',
];

/// Any text, and more often one that is nearly one of these: with some characters changed, put in or left
/// out, or a part of it repeated.
pub(crate) fn nearly(samples: &'static [&'static str]) -> impl Strategy<Value = String> {
    let character = prop_oneof![3 => select(TURNS), 1 => any::<char>()];
    let edit = (0..4_u8, any::<Index>(), character);
    let edited = (select(samples), prop::collection::vec(edit, 0..4)).prop_map(|(sample, edits)| {
        let mut text: Vec<char> = sample.chars().collect();
        for (kind, at, character) in edits {
            let at = at.index(text.len() + 1);
            match kind {
                0 => text.insert(at, character),
                1 if at < text.len() => text[at] = character,
                2 if at < text.len() => drop(text.remove(at)),
                _ => text.extend_from_within(at..),
            }
        }
        text.into_iter().collect::<String>()
    });
    prop_oneof![1 => any::<String>(), 4 => edited]
}

/// What is accepted reads back from the form in which it is shown.
fn reads_back<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(value) = text.parse::<T>() {
        let shown = value.to_string();
        let again =
            shown.parse::<T>().map_err(|error| TestCaseError::fail(format!("{shown:?}: {error:?}")))?;
        prop_assert_eq!(again, value, "{:?} was shown as {:?}", text, shown);
    }
    Ok(())
}

proptest! {
    #[test]
    fn times(text in nearly(&["2026-01-31T08:00:00.000Z", "2026-01-31T09:00:00+01:00", "9999-12-31t23:59:60z"])) {
        reads_back::<Timestamp>(&text)?;
    }

    #[test]
    fn ids(text in nearly(&["019d0f5e-7c1a-7b3c-8d2e-1a2b3c4d5e6f", "{019d0f5e7c1a7b3c8d2e1a2b3c4d5e6f}", "urn:uuid:"])) {
        reads_back::<JobId>(&text)?;
        reads_back::<OrderId>(&text)?;
        let _ = text.parse::<ParentName>();
    }

    #[test]
    fn names(text in nearly(&["create-order", "taskbox.webhook", "a", "v2"])) {
        reads_back::<TaskName>(&text)?;
        reads_back::<PluginName>(&text)?;
        reads_back::<QueueName>(&text)?;
        reads_back::<SecretName>(&text)?;
        reads_back::<ScheduleName>(&text)?;
    }

    #[test]
    fn sizes_and_rates(text in nearly(&["64MiB", "18446744073709551615B", "18014398509481984KiB", "100/1m", "5/36600d"])) {
        reads_back::<ByteSize>(&text)?;
        reads_back::<Rate>(&text)?;
    }

    #[test]
    fn ages(text in nearly(&["forever", "12h", "7d 3 hours", "18446744073709551615s 1000000000ms"])) {
        if let Ok(age) = parse_age(&text) {
            prop_assert_eq!(parse_age(&format_age(age)), Ok(age));
        }
    }

    #[test]
    fn money(text in nearly(&["49.99", "99999.99", "0.005", "79228162514264337593543950335", "1e5", "USD"])) {
        reads_back::<Price>(&text)?;
        reads_back::<Currency>(&text)?;
    }

    #[test]
    fn digests(text in nearly(&["sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"])) {
        reads_back::<Digest>(&text)?;
    }

    #[test]
    fn timezones_and_expressions(
        zone in nearly(&["Europe/Berlin", "utc", "Etc/GMT+12"]),
        cron in nearly(&["30 8 * * mon-fri", "*/15 0-6,22 1 jan,dec 7", "0 0 0 29 2 */7", "@daily"]),
        after in any::<u64>(),
    ) {
        reads_back::<Zone>(&zone)?;
        reads_back::<Cron>(&cron)?;
        if let Ok(cron) = cron.parse::<Cron>() {
            let (zone, after) = (zone.parse().unwrap_or_default(), Timestamp::from_millis(after));
            prop_assert!(cron.next_after(after, &zone).is_none_or(|next| next > after));
        }
    }

    #[test]
    fn networks(text in nearly(&["10.0.0.0/8", "fe80::/10", "::ffff:10.1.2.3/128", "127.0.0.1"])) {
        reads_back::<IpNet>(&text)?;
    }

    #[test]
    fn origins_of_a_grant(text in nearly(&["https://api.stripe.com", "http://*.example.com:8080", "http://[::1]:9", "https://0x7f.1"])) {
        if let Ok(pattern) = text.parse::<OriginPattern>() {
            prop_assert!(pattern.covers(&pattern), "{:?}", pattern);
        }
    }

    #[test]
    fn paths_of_a_grant(text in nearly(&["/v1/", "/a%2fb/\u{e4}", "/..;x/%2e%2e%2f"])) {
        if let Ok(sent) = prefix_as_sent(&text) {
            prop_assert_eq!(prefix_as_sent(&sent), Ok(sent.clone()));
        }
    }

    #[test]
    fn urls(text in nearly(&["https://api.stripe.com/v1/x?a=b#c", "http://user:pass@host:80/%2e%2e/", "https://xn--mnchen-3ya.de./", "HTTP://[::ffff:7f00:1]:0/"])) {
        if let Ok(target) = Target::parse(&text) {
            prop_assert_eq!(Target::parse(target.url().as_str()), Ok(target.clone()));
        }
        let _ = callback_url_problem(&text);
    }

    #[test]
    fn keys_of_webhooks(text in nearly(&["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_ whsec_AAAA"])) {
        if let Ok(keys) = text.parse::<WebhookKeys>() {
            let signature = keys.sign("id", Timestamp::MAX, "body");
            prop_assert!(signature.starts_with("v1,"), "{}", signature);
        }
    }

    #[test]
    fn json(text in nearly(&[r#"{"a":[1.50,-0,1e999],"b":"\ud800\u0000"}"#, "[[[[[[[[]]]]]]]]", "123456789012345678901234"])) {
        if let Ok(json) = Json::parse(text.as_str()) {
            prop_assert_eq!(json.as_str(), text.as_str());
            prop_assert_eq!(Json::parse(json.as_str()), Ok(json.clone()));
        }
    }

    #[test]
    fn choices(text in nearly(&["skip", "allow", "available", "cpu-limit", "debounce", "discard", "any"])) {
        reads_back::<StateName>(&text)?;
        let _ = (text.parse::<Missed>(), text.parse::<Overlap>(), text.parse::<OnConflict>());
        let _ = (text.parse::<FailureKind>(), text.parse::<AfterWhen>(), text.parse::<AfterFailed>());
    }
}
