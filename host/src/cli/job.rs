//! `taskbox job`: submitting, watching and mending jobs.

use clap::Subcommand;
use serde_json::{Value, json};

use super::UsedWrongly;
use super::client::{Client, watched};
use super::paging::Paging;
use super::show::{self, Column};

const COLUMNS: [Column; 6] = [
    ("ID", "/id"),
    ("TASK", "/task"),
    ("STATE", "/state"),
    ("ATTEMPT", "/attempt"),
    ("QUEUE", "/queue"),
    ("SUBMITTED", "/created_at"),
];

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub(super) enum JobCommand {
    /// Submit a job.
    Submit {
        /// What to run.
        task: String,
        /// What to run it on, as JSON.
        #[arg(default_value = "null")]
        input: String,
        /// Further fields of the job as a JSON object, such as '{"delay":"5m","priority":10}'.
        #[arg(long, value_name = "JSON", default_value = "{}")]
        with: String,
        /// Wait for this job; give it several times to wait for several.
        #[arg(long, value_name = "JOB")]
        after: Vec<String>,
        /// Wait until all of them are final, or for the first.
        #[arg(long, value_name = "all|any", requires = "after")]
        after_when: Option<String>,
        /// What becomes of it when one of them is discarded, cancelled or deleted.
        #[arg(long, value_name = "discard|run|wait", requires = "after")]
        after_failed: Option<String>,
        /// Follow it until it is final.
        #[arg(long)]
        watch: bool,
    },
    /// Show a job.
    Show {
        /// Which.
        id: String,
    },
    /// List jobs, newest first.
    List {
        /// Only in this state.
        #[arg(long)]
        state: Option<String>,
        /// Only of this task.
        #[arg(long)]
        task: Option<String>,
        /// Only in this queue.
        #[arg(long)]
        queue: Option<String>,
        /// Only with this tag.
        #[arg(long)]
        tag: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Follow a job until it is final.
    Watch {
        /// Which.
        id: String,
    },
    /// Show what the attempts of a job printed.
    Logs {
        /// Which.
        id: String,
    },
    /// Stop a job: at once when it waits, after a grace when it runs.
    Cancel {
        /// Which.
        id: String,
    },
    /// Run a job again, with all its attempts before it.
    Retry {
        /// Which.
        id: String,
    },
    /// Forget a job that does not run.
    Delete {
        /// Which.
        id: String,
    },
}

pub(super) async fn run(command: JobCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        JobCommand::Submit { task, input, with, after, after_when, after_failed, watch: follow } => {
            let mut body = body(&task, &input, &with)?;
            let after = (!after.is_empty()).then(|| json!(after));
            let said = [
                ("after", after),
                ("after_when", after_when.map(Value::from)),
                ("after_failed", after_failed.map(Value::from)),
            ];
            said.into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .for_each(|(name, value)| body[name] = value);
            let job = client.post("/v1/jobs", &body).await?;
            show::one(&job, json);
            match job["id"].as_str() {
                Some(id) if follow => return watch(client, id, json).await,
                _ => {}
            }
        }
        JobCommand::Show { id } => show::one(&client.get(&format!("/v1/jobs/{id}")).await?, json),
        JobCommand::List { state, task, queue, tag, paging } => {
            let query = paging.query([("state", state), ("task", task), ("queue", queue), ("tag", tag)]);
            show::list(&client.get(&format!("/v1/jobs{query}")).await?, json, &COLUMNS);
        }
        JobCommand::Watch { id } => return watch(client, &id, json).await,
        JobCommand::Logs { id } => logs(&client.get(&format!("/v1/jobs/{id}/logs")).await?, json),
        JobCommand::Cancel { id } => {
            show::one(&client.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await?, json);
        }
        JobCommand::Retry { id } => {
            show::one(&client.post(&format!("/v1/jobs/{id}/retry"), &json!({})).await?, json);
        }
        JobCommand::Delete { id } => client.delete(&format!("/v1/jobs/{id}")).await?,
    }
    Ok(())
}

fn body(task: &str, input: &str, with: &str) -> anyhow::Result<Value> {
    let input: Value = serde_json::from_str(input).map_err(|error| not_json("the input", &error))?;
    let mut body: Value = serde_json::from_str(with).map_err(|error| not_json("--with", &error))?;
    let not_object = || UsedWrongly("--with must be a JSON object, such as '{\"delay\":\"5m\"}'".to_owned());
    let fields = body.as_object_mut().ok_or_else(not_object)?;
    fields.insert("task".to_owned(), task.into());
    fields.insert("input".to_owned(), input);
    Ok(body)
}

fn not_json(what: &str, error: &serde_json::Error) -> UsedWrongly {
    UsedWrongly(format!("{what} is not JSON: {error}; a text needs its quotes, such as '\"hello\"'"))
}

async fn watch(client: &Client, id: &str, json: bool) -> anyhow::Result<()> {
    let mut state = String::new();
    let see = |event: &str, news: Value| {
        if let ("state", Some(now)) = (event, news["state"].as_str()) {
            now.clone_into(&mut state);
        }
        tell(event, &news, json);
    };
    client.watch(&format!("/v1/jobs/{id}/events"), see).await?;
    watched("job", &state)
}

fn tell(event: &str, news: &Value, json: bool) {
    match event {
        _ if json => println!("{}", json!({ "event": event, "data": news })),
        "state" => {
            println!("{} (attempt {})", show::text(news.get("state")), show::text(news.get("attempt")))
        }
        "progress" => {
            let part = |name: &str| show::text(news.get(name));
            println!("{}/{}  {}", part("done"), part("total"), part("message"));
        }
        "log" => println!("| {}", show::text(news.get("line"))),
        _ => {}
    }
}

fn logs(answer: &Value, json: bool) {
    if json {
        return show::json(answer);
    }
    for attempt in answer["items"].as_array().into_iter().flatten() {
        println!("attempt {}", attempt["attempt"]);
        for line in attempt["lines"].as_array().into_iter().flatten() {
            println!("| {}", show::text(Some(line)));
        }
    }
}
