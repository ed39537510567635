//! The failed attempts of a job, for people: what went wrong, and indented below it where and with which last words.

use super::answer::{Answer, Part, text};
use super::layouts;
use super::out::say;
use super::show;

/// Prints a job with its failed attempts.
pub(super) fn show_job(job: &Answer, json: bool) {
    if json {
        return show::json(job);
    }
    show::one_as(job, false, &layouts::JOB);
    for error in errors(job) {
        say!("");
        print(error);
    }
}

/// Prints the latest failed attempt of a job.
pub(super) fn print_latest(job: &Answer) {
    if let Some(error) = errors(job).last() {
        print(*error);
    }
}

fn errors(job: &Answer) -> Vec<Part<'_>> {
    job.at("/errors").map(Part::items).unwrap_or_default()
}

fn print(error: Part<'_>) {
    let part = |name: &str| text(error.get(name));
    let (kind, at, message) = (part("kind"), part("at"), part("message"));
    match error.get("attempt").and_then(Part::number) {
        Some(0) => say!("not started ({kind}, {at})"),
        _ => say!("attempt {} failed ({kind}, {at})", part("attempt")),
    }
    say!("  {message}");
    for line in error.get("detail").and_then(Part::str).unwrap_or_default().lines() {
        say!("    {line}");
    }
}
