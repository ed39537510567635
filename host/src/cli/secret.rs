//! `taskbox secret`: store, list and remove secrets. No command shows a value.

use std::io::{IsTerminal, Read};

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::client::Client;
use super::out::note;
use super::show::{self, Column, column};

const COLUMNS: [Column; 3] = [
    column("NAME", "/name"),
    column("CREATED", "/created_at").time(),
    column("UPDATED", "/updated_at").time(),
];

const SET_EXAMPLES: &str = "Examples:
  taskbox secret set stripe-key < stripe-key.txt
  pass show stripe | taskbox secret set stripe-key";

/// Commands on secrets.
#[derive(Debug, Subcommand)]
pub(super) enum SecretCommand {
    /// Store a secret. Its value is read from standard input, which keeps it out of the shell history.
    #[command(after_help = SET_EXAMPLES)]
    Set {
        /// Name of the secret.
        name: String,
    },
    /// List the names and dates of secrets.
    List,
    /// Remove a secret.
    Rm {
        /// Name of the secret.
        name: String,
    },
}

pub(super) async fn run(command: SecretCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        SecretCommand::Set { name } => {
            let value = tokio::task::spawn_blocking(read_value).await.context("cannot read the value")??;
            show::one(&client.put(&format!("/v1/secrets/{name}"), &json!({ "value": value })).await?, json);
        }
        SecretCommand::List => show::list(&client.get("/v1/secrets").await?, json, &COLUMNS),
        SecretCommand::Rm { name } => client.delete(&format!("/v1/secrets/{name}")).await?,
    }
    Ok(())
}

fn read_value() -> anyhow::Result<String> {
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        note!("Type the value, then Enter and Ctrl-D:");
    }
    let mut value = String::new();
    stdin.read_to_string(&mut value).context("the value is not text")?;
    Ok(value.trim_end_matches(['\r', '\n']).to_owned())
}
