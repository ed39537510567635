//! `taskbox token`: make, list and revoke access tokens.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::Remote;
use super::answer::{Answer, Part};
use super::client::Client;
use super::one_of::one_of;
use super::out::{note, say};
use super::show::{self, Column, column, computed};
use crate::app::TokenSetting;
use crate::domain::{Digest, Scope};

const COLUMNS: [Column; 5] = [
    column("ID", "/id"),
    column("NAME", "/name"),
    computed("SCOPES", scopes),
    column("LAST USE", "/last_used_at"),
    column("EXPIRES", "/expires_at"),
];

/// Commands on tokens.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token on a running host, and print it. The first one closes an open host.
    Create(CreateArgs),
    /// List the tokens of a host: those of its settings, and those that were made.
    List,
    /// Revoke a token at once.
    Revoke {
        /// Id of the token, or its name if it is the only one of that name.
        #[arg(value_name = "ID|NAME")]
        which: String,
    },
    /// Create a token without a host, and print it with the lines for the settings file of one.
    New {
        /// Name of the token.
        #[arg(long, default_value = "default")]
        name: String,
        /// Scopes of the token.
        #[arg(long, value_delimiter = ',', value_parser = one_of::<Scope>(), default_value = "submit,read")]
        scopes: Vec<Scope>,
    },
}

/// A token to make.
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Name of the token, to which its jobs belong.
    name: String,
    /// Scopes of the token.
    #[arg(long, value_delimiter = ',', value_parser = one_of::<Scope>(), required = true)]
    scopes: Vec<Scope>,
    /// Queues that it is bound to; all when left out.
    #[arg(long, value_delimiter = ',', value_name = "QUEUE")]
    queues: Vec<String>,
    /// Tasks that it is bound to, such as `mail.*`; all when left out.
    #[arg(long, value_delimiter = ',', value_name = "TASK")]
    tasks: Vec<String>,
    /// Time for which it is valid, such as 90d; for ever when left out.
    #[arg(long, value_name = "TIME")]
    expires_in: Option<String>,
}

#[derive(Serialize)]
struct TokensSection {
    tokens: [TokenSetting; 1],
}

pub(super) async fn run(command: TokenCommand, remote: &Remote) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create(args) => create(args, &remote.client()?, remote.json).await,
        TokenCommand::List => {
            show::list(&remote.client()?.get("/v1/tokens").await?, remote.json, &COLUMNS);
            Ok(())
        }
        TokenCommand::Revoke { which } => revoke(&which, &remote.client()?).await,
        TokenCommand::New { name, scopes } => new(name, scopes),
    }
}

async fn create(args: CreateArgs, client: &Client, json: bool) -> anyhow::Result<()> {
    let CreateArgs { name, scopes, queues, tasks, expires_in } = args;
    let body =
        json!({ "name": name, "scopes": scopes, "queues": queues, "tasks": tasks, "expires_in": expires_in });
    let made = client.post("/v1/tokens", &body).await?;
    if json {
        show::json(&made);
        return Ok(());
    }
    say!("{}", made.str("token").context("the host returned no token")?);
    note!("\nThe token above is shown only once. Revoke it with `taskbox token revoke {}`.", id(&made));
    if made.at("/closes_host").is_some_and(|closes| closes.text() == "true") {
        note!("It is the first token: the host answers only requests with a token from now on.");
    }
    Ok(())
}

fn id(made: &Answer) -> String {
    made.str("id").unwrap_or_default()
}

async fn revoke(which: &str, client: &Client) -> anyhow::Result<()> {
    let all = client.get("/v1/tokens").await?;
    let is = |part: &Part<'_>, field| part.get(field).and_then(Part::str).is_some_and(|text| text == which);
    let of = |field| all.items().into_iter().filter(move |part| is(part, field)).collect::<Vec<_>>();
    let found = [of("id"), of("name")].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    let ids: Vec<String> = found.iter().filter_map(|part| part.get("id").and_then(Part::str)).collect();
    match ids.as_slice() {
        [] => bail!("there is no token {which}; `taskbox token list` shows all"),
        [id] => client.delete(&format!("/v1/tokens/{id}")).await,
        several => {
            bail!("{} tokens are named {which}; revoke one by its id: {}", several.len(), several.join(", "))
        }
    }
}

fn scopes(row: Part<'_>) -> String {
    let scopes = row.get("scopes").map(Part::items).unwrap_or_default();
    scopes.into_iter().filter_map(Part::str).collect::<Vec<_>>().join(",")
}

fn new(name: String, scopes: Vec<Scope>) -> anyhow::Result<()> {
    let token = format!("taskbox_{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
    let digest = Digest::of(token.as_bytes()).to_string();
    let setting = TokenSetting { name, digest, scopes, queues: Vec::new(), tasks: Vec::new() };
    let section = toml::to_string(&TokensSection { tokens: [setting] }).context("a token is plain text")?;
    say!("{token}\n");
    note!(
        "The token above is shown only once. Add these lines to the settings file of the host:\n\n{section}"
    );
    Ok(())
}
