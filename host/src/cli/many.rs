//! Actions on jobs: one, some, or all that match a filter.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use serde_json::json;
use url::form_urlencoded::Serializer;

use super::UsageError;
use super::answer::text;
use super::ask;
use super::client::Client;
use super::ids;
use super::known;
use super::layouts;
use super::object::Object;
use super::one_of::one_of;
use super::out::{note, say};
use super::progress_bar::Bar;
use super::show;
use crate::domain::StateName;
use crate::domain::transition::Action;

/// Matching jobs that are counted; the question says "more than" beyond it.
const COUNTED_MAX: usize = 5_000;

/// Jobs on one page of a list.
const PART_MAX: usize = 500;

/// The jobs of an action: ids, or all that match every filter.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Ids of the jobs, or unique beginnings or endings of them.
    #[arg(value_name = "ID", add = ArgValueCandidates::new(known::jobs))]
    ids: Vec<String>,
    /// All jobs in this state.
    #[arg(long, value_parser = one_of::<StateName>())]
    state: Option<StateName>,
    /// All jobs of this task.
    #[arg(long, add = ArgValueCandidates::new(known::tasks))]
    task: Option<String>,
    /// All jobs in this queue.
    #[arg(long, add = ArgValueCandidates::new(known::queues))]
    queue: Option<String>,
    /// All jobs with this tag.
    #[arg(long)]
    tag: Option<String>,
    /// All jobs.
    #[arg(long, conflicts_with_all = ["ids", "state", "task", "queue", "tag"])]
    all: bool,
    /// Do not count the jobs and ask for confirmation.
    #[arg(long, short)]
    yes: bool,
}

impl Selection {
    /// Acts on these jobs.
    pub(super) async fn act(mut self, action: Action, client: &Client, json: bool) -> anyhow::Result<()> {
        self.ids = ids::JOB.whole(client, self.ids).await?;
        let filters = self.filters();
        if self.ids.is_empty() && filters.is_empty() && !self.all {
            let words = "name the jobs: by ids, by a filter such as --state discarded, or by --all";
            return Err(UsageError(words.to_owned()).into());
        }
        if let ([id], true) = (self.ids.as_slice(), filters.is_empty()) {
            return act_on_one(id, action, client, json).await;
        }
        if self.ids.is_empty() && !self.yes {
            let count = count(client, &filters).await?;
            if !confirmed(action, &count).await? {
                note!("No job was changed.");
                return Ok(());
            }
        }
        client.confirm_change().await?;
        let bar = Bar::waiting(&format!("{action}: the host goes through the jobs"));
        let done = client.post("/v1/jobs/bulk", &self.request(action, filters)).await?;
        drop(bar);
        if json {
            show::json(&done);
        } else {
            let count = |pointer: &str| text(done.at(pointer));
            say!("{} of {} jobs changed", count("/changed"), count("/matched"));
        }
        Ok(())
    }

    /// Cancels each of these jobs with the jobs that it submitted.
    pub(super) async fn cancel_with_submitted(self, client: &Client, json: bool) -> anyhow::Result<()> {
        for id in ids::JOB.whole(client, self.ids).await? {
            let path = format!("/v1/jobs/{id}/cancel?submitted=true");
            show::one_as(&client.post(&path, &json!({})).await?, json, &layouts::JOB);
        }
        Ok(())
    }

    fn filters(&self) -> Vec<(&'static str, String)> {
        let state = self.state.map(|state| state.to_string());
        let filters = [("state", &state), ("task", &self.task), ("queue", &self.queue), ("tag", &self.tag)];
        filters.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }

    fn request(&self, action: Action, filters: Vec<(&'static str, String)>) -> Object {
        let mut request = Object::default();
        request.set("action", &action);
        if self.all {
            request.set("all", &true);
            return request;
        }
        let mut filter = Object::default();
        filters.iter().for_each(|(name, value)| filter.set(name, value));
        filter.set_list("ids", &self.ids);
        request.set("filter", &filter);
        request
    }
}

async fn act_on_one(id: &str, action: Action, client: &Client, json: bool) -> anyhow::Result<()> {
    if action == Action::Delete {
        return client.delete(&format!("/v1/jobs/{id}")).await;
    }
    let job = client.post(&format!("/v1/jobs/{id}/{action}"), &json!({})).await?;
    show::one_as(&job, json, &layouts::JOB);
    Ok(())
}

/// The number of jobs that match the filters, in words.
async fn count(client: &Client, filters: &[(&'static str, String)]) -> anyhow::Result<String> {
    let (mut count, mut cursor) = (0, None);
    loop {
        let mut query = Serializer::new(String::new());
        query.append_pair("limit", &PART_MAX.to_string());
        query.extend_pairs(filters);
        query.extend_pairs(cursor.as_ref().map(|cursor: &String| ("cursor", cursor)));
        let part = client.get(&format!("/v1/jobs?{}", query.finish())).await?;
        count += part.items().len();
        cursor = part.str("next_cursor");
        match cursor {
            Some(_) if count >= COUNTED_MAX => return Ok(format!("more than {count} jobs match")),
            Some(_) => {}
            None if count == 1 => return Ok("1 job matches".to_owned()),
            None => return Ok(format!("{count} jobs match")),
        }
    }
}

/// Asks for confirmation. Without a terminal, `--yes` is required.
async fn confirmed(action: Action, count: &str) -> anyhow::Result<bool> {
    if !ask::can_ask() {
        let words = format!("{count}; to {action} without confirmation, add --yes");
        return Err(UsageError(words).into());
    }
    let line = ask::line(format!("{count}. Really {action}? [y/N] ")).await?;
    Ok(matches!(line.to_ascii_lowercase().as_str(), "y" | "yes"))
}
