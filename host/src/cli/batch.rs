//! `taskbox job submit --batch FILE`: a job in each line of a file, submitted in batches of bounded size.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use reqwest::Method;
use serde_json::json;
use serde_json::value::RawValue;

use super::client::{Client, Refusal};
use super::object::Object;
use super::out::{self, say};
use super::progress_bar::Bar;
use crate::domain::Digest;

/// The jobs of one request, and about the bytes; the host takes 10,000 and 16 MiB.
const BATCH_JOBS: usize = 500;
const BATCH_BYTES: usize = 4 << 20;

/// The longest line: an input has at most 1 MiB.
const LINE_BYTES_MAX: usize = 2 << 20;

/// The file, and the run that it is submitted in.
#[derive(Debug, clap::Args)]
pub(super) struct BatchArgs {
    /// Submit a job for each line of this file, a JSON object such as {"task":"mail","input":{}}; - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["task", "watch"])]
    batch: Option<PathBuf>,
    /// Name of the run. Within 24 hours a second run of the same file and name submits nothing twice.
    #[arg(long, value_name = "NAME", requires = "batch", default_value = "1")]
    run: String,
}

impl BatchArgs {
    /// The submission, if there is a file.
    pub(super) fn submission(self) -> Option<Submission> {
        Some(Submission { file: self.batch?, run: self.run })
    }
}

/// The jobs of a file.
pub(super) struct Submission {
    file: PathBuf,
    run: String,
}

/// The numbers of jobs.
#[derive(Debug, Default, Clone, Copy)]
struct Done {
    submitted: u64,
    /// Those that an earlier run had submitted.
    before: u64,
}

impl Submission {
    /// Submits them. Where it fails, all batches before are submitted, and a second run goes on from there.
    pub(super) async fn run(self, client: &Client, as_json: bool) -> anyhow::Result<()> {
        let (bar, mut done) = (Bar::new(), Done::default());
        let total = if bar.is_hidden() { 0 } else { count_lines(&self.file)? };
        let mut lines = Some(Lines::open(&self.file)?);
        for number in 0_u64.. {
            let Some(mut reader) = lines.take() else { break };
            let reading = move || reader.next_batch().map(|batch| (reader, batch));
            let (reader, batch) = tokio::task::spawn_blocking(reading).await.context("cannot read")??;
            if batch.jobs.is_empty() {
                break;
            }
            lines = Some(reader);
            let sent = self.send(client, number, &batch).await.with_context(|| {
                format!(
                    "{} of its jobs are submitted; run the command again to go on",
                    done.submitted + done.before
                )
            });
            match sent? {
                true => done.before += batch.jobs.len() as u64,
                false => done.submitted += batch.jobs.len() as u64,
            }
            bar.show(done.submitted + done.before, total, "jobs submitted");
        }
        drop(bar);
        done.print(as_json);
        Ok(())
    }

    /// Submits a batch, whose key is made of what is in it. Whether an earlier run had submitted it.
    async fn send(&self, client: &Client, number: u64, batch: &Batch) -> anyhow::Result<bool> {
        let mut body = Object::default();
        body.set("jobs", &batch.jobs);
        let body = serde_json::to_vec(&body)?;
        let digest = Digest::of(&[self.run.as_bytes(), b"\n", body.as_slice()].concat()).to_hex();
        let request = client.request(Method::POST, "/v1/jobs/batch");
        let request = request.header("idempotency-key", format!("batch-{number}-{digest}"));
        let request = request.header("content-type", "application/json").body(body);
        match client.send(request).await {
            Ok(response) => Ok(response.headers().contains_key("idempotent-replayed")),
            Err(error) => Err(self.with_line(error, batch)),
        }
    }

    /// The error, and the line that it is about.
    fn with_line(&self, error: anyhow::Error, batch: &Batch) -> anyhow::Error {
        let pointers = error.downcast_ref::<Refusal>().map(|refusal| refusal.pointers.as_slice());
        let line = |pointer: &String| {
            let index = pointer.strip_prefix("/jobs/")?.split('/').next()?.parse::<usize>().ok()?;
            batch.line_numbers.get(index)
        };
        match pointers.unwrap_or_default().iter().find_map(line) {
            Some(line) => error.context(format!("{}, line {line}", self.file.display())),
            None => error,
        }
    }
}

impl Done {
    fn print(self, as_json: bool) {
        let Self { submitted, before } = self;
        if as_json {
            return out::json(&json!({ "submitted": submitted, "submitted_before": before }).to_string());
        }
        say!("{submitted} {} submitted", if submitted == 1 { "job" } else { "jobs" });
        if before > 0 {
            say!(
                "{before} more were submitted by an earlier run; give --run another name to submit them again"
            );
        }
    }
}

/// Jobs of one request.
#[derive(Default)]
struct Batch {
    jobs: Vec<Box<RawValue>>,
    /// The line of each.
    line_numbers: Vec<u64>,
}

/// The lines of a file.
struct Lines {
    file: PathBuf,
    reader: Box<dyn BufRead + Send>,
    number: u64,
}

impl Lines {
    fn open(file: &Path) -> anyhow::Result<Self> {
        let reader: Box<dyn BufRead + Send> = match file == Path::new("-") {
            true => Box::new(BufReader::new(stdin())),
            false => Box::new(BufReader::new(opened(file)?)),
        };
        Ok(Self { file: file.to_owned(), reader, number: 0 })
    }

    /// The jobs of the next lines; none at the end.
    fn next_batch(&mut self) -> anyhow::Result<Batch> {
        let (mut batch, mut bytes) = (Batch::default(), 0);
        while batch.jobs.len() < BATCH_JOBS && bytes < BATCH_BYTES {
            let Some(line) = self.next_line()? else { break };
            if line.trim().is_empty() {
                continue;
            }
            bytes += line.len();
            batch.jobs.push(self.job(&line)?);
            batch.line_numbers.push(self.number);
        }
        Ok(batch)
    }

    fn next_line(&mut self) -> anyhow::Result<Option<String>> {
        let mut line = String::new();
        let mut bounded = self.reader.by_ref().take(LINE_BYTES_MAX as u64);
        let read = bounded.read_line(&mut line);
        self.number += 1;
        read.with_context(|| self.place())?;
        if line.len() == LINE_BYTES_MAX && !line.ends_with('\n') {
            bail!("{}: the line is longer than {} MiB", self.place(), LINE_BYTES_MAX >> 20);
        }
        Ok((!line.is_empty()).then_some(line))
    }

    /// The job of a line, as it was written.
    fn job(&self, line: &str) -> anyhow::Result<Box<RawValue>> {
        let example = r#"such as {"task":"mail","input":{"to":"ada@example.com"}}"#;
        Object::parse(line)
            .with_context(|| format!("{}: each line is a job as a JSON object, {example}", self.place()))?;
        RawValue::from_string(line.trim().to_owned()).with_context(|| self.place())
    }

    fn place(&self) -> String {
        format!("{}, line {}", self.file.display(), self.number)
    }
}

fn opened(file: &Path) -> anyhow::Result<File> {
    File::open(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The lines of a file, for the length of a bar; 0 where it can be read but once.
fn count_lines(file: &Path) -> anyhow::Result<u64> {
    if !file.is_file() {
        return Ok(0);
    }
    let (mut reader, mut part, mut count) = (opened(file)?, vec![0; 64 << 10], 0_u64);
    loop {
        let read = reader.read(&mut part).with_context(|| format!("cannot read {}", file.display()))?;
        if read == 0 {
            return Ok(count);
        }
        count += part[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Lines {
        let reader = Box::new(std::io::Cursor::new(text.to_owned().into_bytes()));
        Lines { file: PathBuf::from("jobs.jsonl"), reader, number: 0 }
    }

    #[test]
    fn a_batch_is_bounded_and_knows_its_lines() {
        let mut lines = lines(&"{\"task\":\"a\",\"input\":1.50}\n\n".repeat(BATCH_JOBS + 1));
        let first = lines.next_batch().unwrap();
        assert_eq!((first.jobs.len(), first.line_numbers[1]), (BATCH_JOBS, 3));
        assert_eq!(first.jobs[0].get(), r#"{"task":"a","input":1.50}"#);
        assert_eq!(lines.next_batch().unwrap().jobs.len(), 1);
        assert!(lines.next_batch().unwrap().jobs.is_empty());
    }

    #[test]
    fn a_line_that_is_no_job_is_named() {
        let error = lines("{\"task\":\"a\"}\n[]\n").next_batch().err().unwrap();
        assert!(error.to_string().starts_with("jobs.jsonl, line 2: each line is a job"), "{error}");
    }
}
