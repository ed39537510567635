//! `taskbox token`: create access tokens.

use anyhow::Context;
use clap::Subcommand;
use serde::Serialize;

use crate::app::TokenSetting;
use crate::domain::{Digest, Scope};

use super::one_of::one_of;
use super::out::{note, say};

/// Commands on tokens.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Create a token, and print it with the lines for the settings file of the host.
    New {
        /// Name of the token.
        #[arg(long, default_value = "default")]
        name: String,
        /// Scopes of the token.
        #[arg(long, value_delimiter = ',', value_parser = one_of::<Scope>(), default_value = "submit,read")]
        scopes: Vec<Scope>,
    },
}

#[derive(Serialize)]
struct TokensSection {
    tokens: [TokenSetting; 1],
}

pub(super) fn run(command: &TokenCommand) -> anyhow::Result<()> {
    let TokenCommand::New { name, scopes } = command;
    let token = format!("taskbox_{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
    let digest = Digest::of(token.as_bytes()).to_string();
    let setting = TokenSetting { name: name.clone(), digest, scopes: scopes.clone() };
    let section = toml::to_string(&TokensSection { tokens: [setting] }).context("a token is plain text")?;
    say!("{token}\n");
    note!(
        "The token above is shown only once. Add these lines to the settings file of the host:\n\n{section}"
    );
    Ok(())
}
