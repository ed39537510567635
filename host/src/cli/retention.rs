//! `taskbox retention`: how long final jobs are kept, and how many the next sweep deletes.

use clap::Args;
use url::form_urlencoded::Serializer;

use super::answer::{Answer, Part, text};
use super::client::Client;
use super::show;
use super::table::Heading;

const HEADINGS: [Heading; 5] = [
    Heading::of("STATE"),
    Heading::of("KEPT FOR"),
    Heading::of("AT MOST"),
    Heading::of("JOBS"),
    Heading::of("WOULD GO"),
];

/// Settings to try. The command deletes nothing; retention itself is a setting of the host.
#[derive(Debug, Args)]
pub(super) struct RetentionArgs {
    /// Age up to which completed jobs are kept, such as 12h, 7d or forever.
    #[arg(long, value_name = "AGE")]
    completed: Option<String>,
    /// Age up to which discarded jobs are kept.
    #[arg(long, value_name = "AGE")]
    discarded: Option<String>,
    /// Age up to which cancelled jobs are kept.
    #[arg(long, value_name = "AGE")]
    cancelled: Option<String>,
    /// Most jobs that are kept in each state.
    #[arg(long, value_name = "COUNT")]
    count: Option<u64>,
}

pub(super) async fn run(args: RetentionArgs, client: &Client, json: bool) -> anyhow::Result<()> {
    let RetentionArgs { completed, discarded, cancelled, count } = args;
    let said = [
        ("completed", completed),
        ("discarded", discarded),
        ("cancelled", cancelled),
        ("count", count.map(|count| count.to_string())),
    ];
    let mut query = Serializer::new(String::new());
    query.extend_pairs(said.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let answer = client.get(&format!("/v1/retention?{}", query.finish())).await?;
    match json {
        true => show::json(&answer),
        false => show::rows(&HEADINGS, rows(&answer)),
    }
    Ok(())
}

/// The states as rows, in the order of a table.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    let states = answer.at("/states").map(Part::fields).unwrap_or_default();
    let row = |(state, kept): (String, Part<'_>)| {
        let cells = ["age", "count", "jobs", "to_go"].map(|name| text(kept.get(name)));
        std::iter::once(state).chain(cells).collect()
    };
    states.into_iter().map(row).collect()
}
