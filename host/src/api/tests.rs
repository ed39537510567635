//! Requests of any kind, held against everything that reads them: none panics, and whatever is wrong with
//! one is an answer that says so.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use futures::FutureExt;
use proptest::prelude::*;

use super::read::{Body, Params, Read, Value};
use super::wire;
use crate::domain::tests::nearly;
use crate::domain::{JobId, ScheduleSpec, Submitter, Timestamp, parse_age, parse_duration};

/// One body for each route, with every field there is.
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

/// The body of a request that says it is JSON.
fn body(text: String) -> Body {
    let request = Request::builder().header(CONTENT_TYPE, "application/json").body(text.into()).unwrap();
    Body::from_request(request, &()).now_or_never().unwrap().unwrap()
}

/// Reads a body as a route does.
fn ask<T>(body: &Body, read: impl FnOnce(Value<'_>) -> Read<T>) -> Result<(), TestCaseError> {
    if let Err(problem) = body.read(read) {
        prop_assert!(problem.status().is_client_error() && !problem.detail().is_empty(), "{:?}", problem);
    }
    Ok(())
}

fn read_schedule(value: Value<'_>) -> Read<ScheduleSpec> {
    wire::read_schedule(value, Submitter::default())
}

proptest! {
    #[test]
    fn bodies(text in nearly(BODIES)) {
        let body = body(text);
        ask(&body, wire::read_job_request)?;
        ask(&body, wire::read_batch)?;
        ask(&body, wire::read_bulk)?;
        ask(&body, wire::read_order_request)?;
        ask(&body, wire::read_grant)?;
        ask(&body, wire::read_queue_change)?;
        ask(&body, wire::read_gate_change)?;
        ask(&body, wire::read_activation)?;
        ask(&body, wire::read_secret_value)?;
        ask(&body, read_schedule)?;
        prop_assert_eq!(body.fingerprint(), body.fingerprint());
    }

    #[test]
    fn what_a_schedule_is_asked_to_be_is_judged_at_any_time(text in nearly(BODIES), now in any::<u64>()) {
        let read = body(text).read(read_schedule);
        if let Ok(spec) = read {
            let _ = spec.problems(Timestamp::from_millis(now));
        }
    }

    #[test]
    fn queries(text in nearly(&["limit=500&cursor=AZ0PXnwaezyNLhorPE1ebw&wait=30s", "a=%ff%zz&&=&completed=forever+"])) {
        let mut params = Params::of(text.as_bytes());
        let page = super::read::page::<JobId>(&mut params);
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
        let query = format!("cursor={}", super::read::cursor_of(&id));
        prop_assert_eq!(super::read::page::<JobId>(&mut Params::of(query.as_bytes())).before, Some(id));
    }
}
