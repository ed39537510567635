//! Asks a person to approve a refund, and waits for the answer: for days, over restarts of the host, without a sandbox.
//!
//! The person gets a message with a one-time URL, to which the button of a chat or a form POSTs the answer.

use std::time::Duration;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use taskbox_task::{Job, TaskError, task};

/// The time for an answer.
const PATIENCE: Duration = Duration::from_secs(3 * 24 * 3600);

/// The name of the event that is the answer.
const ANSWER: &str = "answer";

taskbox_task::plugin!(refund);

#[derive(Deserialize, JsonSchema)]
struct Refund {
    order_id: String,
    amount: Decimal,
}

/// What the person answers.
#[derive(Deserialize)]
struct Answer {
    approved: bool,
    by: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approved { by: String },
    Refused { by: String },
    Unanswered,
}

/// Asks a person to approve a refund, and waits three days for the answer.
#[task(max_attempts = 10, timeout = "1m")]
fn refund(job: &Job, refund: Refund) -> Result<Decision, TaskError> {
    job.step("asked", || ask(job, &refund))?;
    job.progress(1, 2, "Waiting for an answer");
    Ok(match job.wait_for::<Answer>(ANSWER, PATIENCE)? {
        Some(Answer { approved: true, by }) => Decision::Approved { by },
        Some(Answer { approved: false, by }) => Decision::Refused { by },
        None => Decision::Unanswered,
    })
}

fn ask(job: &Job, refund: &Refund) -> Result<(), TaskError> {
    let message = json!({
        "text": format!("Refund {} for the order {}?", refund.amount, refund.order_id),
        "answer_url": job.event_url(ANSWER, PATIENCE)?,
    });
    let request = job.http().post(job.config("chat-url")?).bearer(&job.secret("chat-key")?).json(&message);
    let request = request.header("idempotency-key", job.idempotency_key_of("ask"));
    request.send()?.error_for_status()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use taskbox_task::testing::{Reply, TestJob};

    use super::*;

    fn job() -> TestJob {
        Job::for_test().with_config("chat-url", "https://chat.test/messages").with_secret("chat-key", "<key>")
    }

    fn fifty() -> Refund {
        Refund { order_id: "o_1".to_owned(), amount: Decimal::new(5_000, 2) }
    }

    #[test]
    fn a_person_is_asked_once_and_answers() {
        let job = job().with_reply(Reply::post("https://chat.test/messages").status(201));
        assert!(matches!(refund(&job, fifty()), Err(TaskError::WaitForEvent { .. })));
        let message: serde_json::Value = job.requests()[0].json().expect("JSON");
        assert_eq!(message["text"], "Refund 50.00 for the order o_1?");
        assert!(message["answer_url"].as_str().is_some_and(|url| url.starts_with("https://")));

        let job = job.run_again().with_event(ANSWER, &json!({ "approved": true, "by": "Ada" }));
        assert_eq!(refund(&job, fifty()), Ok(Decision::Approved { by: "Ada".to_owned() }));
        assert!(job.requests().is_empty());
    }

    #[test]
    fn without_an_answer_nothing_is_refunded() {
        let job = job().with_checkpoint("asked", &()).with_timed_out_event(ANSWER);
        assert_eq!(refund(&job, fifty()), Ok(Decision::Unanswered));
    }

    #[test]
    fn a_chat_that_is_down_is_asked_again() {
        let job = job().with_reply(Reply::post("https://chat.test/messages").status(503));
        assert!(matches!(refund(&job, fifty()), Err(TaskError::Retryable(_))));
        assert_eq!(job.checkpoint("asked"), None);
    }
}
