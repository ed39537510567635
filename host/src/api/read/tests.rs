//! Arbitrary requests for everything that reads them: none causes a panic, and every error is reported.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::{Params, Read, Value};
use crate::api::wire;
use crate::domain::tests::nearly;
use crate::domain::{JobId, ScheduleSpec, Submitter, Timestamp, json_fingerprint, parse_age, parse_duration};

/// One body for each route, with every field.
const BODIES: &[&str] = &[
    r#"{"task":"a","input":{"n":[1.50,"\ud834\udd1e",1e400]},"delay":"18446744073709551615s 1000000000ns",
        "run_at":"2030-01-02T03:04:05Z","expires_at":"9999-12-31T23:59:60+23:59","timeout":"1h 30m","tags":["x"],
        "unique":{"key":"k","within":"584542046y 5000000ms","states":["available"],"on_conflict":"replace"},
        "after":["$0","019d0f5e-7c1a-7b3c-8d2e-1a2b3c4d5e6f"],"after_when":"any","callback_url":"https://[::1]:0/"}"#,
    r#"{"jobs":[{"task":"a","after":["$18446744073709551616"]}],"callback":{"task":"b"},"callback_when":"any"}"#,
    r#"{"action":"retry","filter":{"state":"discarded","tag":"\u0000"},"ids":["{019d0f5e7c1a7b3c8d2e1a2b3c4d5e6f}"]}"#,
    r#"{"user_id":"u_42","payment_intent_id":"pi_3MtwBwLkdIwHu7ix28a3tqPa"}"#,
    r#"{"hosts":[{"url":"https://*.xn--mnchen-3ya.de:0","methods":["GET"],"path":"/%2e%2e/"}],"networks":["::/0"],
        "secrets":[{"name":"k","hosts":["https://a"]}],"limits":{"memory":"17592186044416MiB","wall":"1ms"}}"#,
    r#"{"paused":true,"concurrency":4294967296,"rate":{"count":100,"per":"18446744073709551616s"}}"#,
    r#"{"version":-9223372036854775808}"#,
    r#"{"cron":"*/7 0-6 31 jan-dec sun","timezone":"Antarctica/Troll","missed":"all","until":"1969-12-31T23:59:59Z",
        "job":{"task":"a"}}"#,
    r#"{"every":"18446744073709551615ms","job":{"task":"a","input":null}}"#,
];

/// Reads a body like a route.
fn read<T>(text: &str, read: impl FnOnce(Value<'_>) -> Read<T>) -> Option<Read<T>> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    Some(read(Value::new(raw, String::new())))
}

/// Checks that every error of a body is reported.
fn ask<T>(text: &str, of: impl FnOnce(Value<'_>) -> Read<T>) -> Result<(), TestCaseError> {
    if let Some(Err(errors)) = read(text, of) {
        prop_assert!(
            !errors.is_empty() && errors.iter().all(|error| !error.detail.is_empty()),
            "{:?}",
            errors
        );
    }
    Ok(())
}

fn read_schedule(value: Value<'_>) -> Read<ScheduleSpec> {
    wire::read_schedule(value, Submitter::default())
}

proptest! {
    #[test]
    fn bodies(text in nearly(BODIES)) {
        ask(&text, wire::read_job_request)?;
        ask(&text, wire::read_batch)?;
        ask(&text, wire::read_bulk)?;
        ask(&text, wire::read_order_request)?;
        ask(&text, wire::read_grant)?;
        ask(&text, wire::read_queue_change)?;
        ask(&text, wire::read_task_change)?;
        ask(&text, wire::read_activation)?;
        ask(&text, wire::read_secret_value)?;
        ask(&text, read_schedule)?;
        if serde_json::from_str::<&RawValue>(&text).is_ok() {
            prop_assert_eq!(json_fingerprint(&text), json_fingerprint(&format!(" {text}\n")), "{}", text);
        }
    }

    #[test]
    fn what_a_schedule_is_asked_to_be_is_judged_at_any_time(text in nearly(BODIES), now in any::<u64>()) {
        if let Some(Ok(spec)) = read(&text, read_schedule) {
            let _ = spec.problems(Timestamp::from_millis(now));
        }
    }

    #[test]
    fn queries(text in nearly(&["limit=500&cursor=AZ0PXnwaezyNLhorPE1ebw&wait=30s", "a=%ff%zz&&=&completed=forever+"])) {
        let mut params = Params::of(text.as_bytes());
        let page = super::page::<JobId>(&mut params);
        prop_assert!((2..=501).contains(&page.limit));
        params.read("wait", parse_duration);
        params.read("completed", parse_age);
        if let Err(problem) = params.finish() {
            prop_assert!(problem.status().is_client_error());
        }
    }

    #[test]
    fn cursors_lead_to_the_row_that_they_were_made_of(bytes in any::<[u8; 16]>()) {
        let id = JobId::from_bytes(bytes);
        let query = format!("cursor={}", super::cursor_of(&id));
        prop_assert_eq!(super::page::<JobId>(&mut Params::of(query.as_bytes())).before, Some(id));
    }
}
