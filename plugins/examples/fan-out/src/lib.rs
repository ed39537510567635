//! Splits work over many jobs: `word-count` submits a job of `word-count.text` for each text, and one of `word-count.total`
//! that starts when they are final and adds up their results.
//!
//! Each job is submitted in a step of its own. However often the first task is cut off and tried again, each text is counted
//! by one job.

#![forbid(unsafe_code)]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use taskbox_task::{Job, JobResult, TaskError, task};

taskbox_task::plugin!(word_count, text, total);

#[derive(Deserialize, JsonSchema)]
struct Texts {
    #[schemars(length(min = 1, max = 1000))]
    texts: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Submitted {
    /// The job that has the total as its result.
    total_job: String,
    texts: usize,
}

#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Total {
    words: u64,
    /// Texts whose job failed or was cancelled.
    uncounted: usize,
}

/// Counts the words of many texts, each in a job of its own.
#[task]
fn word_count(job: &Job, input: Texts) -> Result<Submitted, TaskError> {
    let texts = input.texts.len();
    let mut counting = Vec::with_capacity(texts);
    for (number, text) in (1..).zip(&input.texts) {
        job.stop_if_cancelled()?;
        counting.push(job.submit(&format!("text-{number}"), "word-count.text", text)?);
        job.progress(number, texts as u64, "Submitting");
    }
    // It starts when all others are final, also if some of them failed.
    let options = json!({ "after": counting, "after_failed": "run" });
    let total_job = job.submit_with("total", "word-count.total", &(), &options)?;
    Ok(Submitted { total_job, texts })
}

/// Counts the words of one text.
#[task(name = "word-count.text", max_attempts = 3)]
fn text(_: &Job, text: String) -> Result<u64, TaskError> {
    Ok(text.split_whitespace().count() as u64)
}

/// Adds up the words of the jobs that it waited for.
#[task(name = "word-count.total")]
fn total(job: &Job, _: ()) -> Result<Total, TaskError> {
    let (counted, failed): (Vec<_>, Vec<_>) = job.parents().partition(JobResult::is_completed);
    let words = counted.iter().map(JobResult::output::<u64>).sum::<Result<_, _>>()?;
    Ok(Total { words, uncounted: failed.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Texts {
        Texts { texts: vec!["one".to_owned(), "one two".to_owned(), String::new()] }
    }

    #[test]
    fn each_text_is_a_job_and_the_total_waits_for_all() {
        let job = Job::for_test();
        let submitted = word_count(&job, three()).expect("jobs");
        assert_eq!(submitted, Submitted { total_job: "job-of-total".to_owned(), texts: 3 });
        let jobs = job.submissions();
        assert_eq!((jobs[1].task.as_str(), &jobs[1].input), ("word-count.text", &json!("one two")));
        assert_eq!(jobs[3].options["after"], json!(["job-of-text-1", "job-of-text-2", "job-of-text-3"]));
    }

    #[test]
    fn another_attempt_submits_nothing_twice() {
        let job = Job::for_test();
        word_count(&job, three()).expect("jobs");
        let job = job.next_attempt();
        word_count(&job, three()).expect("the same jobs");
        assert_eq!(job.submissions().len(), 4);
    }

    #[test]
    fn the_total_leaves_out_what_failed() {
        assert_eq!(text(&Job::for_test(), " a  b\nc ".to_owned()), Ok(3));
        let job = Job::for_test()
            .with_parent(JobResult::completed(&3))
            .with_parent(JobResult::discarded("out of memory"))
            .with_parent(JobResult::completed(&4));
        assert_eq!(total(&job, ()), Ok(Total { words: 7, uncounted: 1 }));
    }
}
