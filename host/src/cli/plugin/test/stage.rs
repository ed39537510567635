//! What is around a plugin that is tried: the servers that it meets, and what it is granted.

use std::path::PathBuf;

use clap::Args;

use super::case::{self, Case, origins};
use super::values;

/// Flags of trials and of hosts on which a plugin is developed.
#[derive(Debug, Clone, Args)]
pub(in crate::cli::plugin) struct StageArgs {
    /// Mock file, which answers requests. Every request that it answers is allowed, unless there is a grant.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli::plugin) http: Option<PathBuf>,
    /// Host whose requests are sent, such as api.stripe.com or http://localhost:8000; repeat the option for several.
    #[arg(long, value_name = "HOST")]
    pub(in crate::cli::plugin) allow_http: Vec<String>,
    /// Grant of the plugin, as a host has it.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli::plugin) grant: Option<PathBuf>,
    /// Value of the plugin's config; repeat the option for several.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(in crate::cli::plugin) config: Vec<String>,
    /// Secret; the value may be @FILE. Without a grant it may go to every server that answers.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(in crate::cli::plugin) secret: Vec<String>,
}

impl StageArgs {
    /// A case that begins with what these flags and their files say.
    pub(in crate::cli::plugin) async fn case(&self) -> anyhow::Result<Case> {
        let mut case = Case { http: self.http.clone(), ..Case::default() };
        if let Some(file) = &self.grant {
            case.grant = Some(case::grant(file, values::read_text(file).await?)?);
        }
        for argument in &self.allow_http {
            case.allow_http.extend(origins(argument)?);
        }
        for argument in &self.config {
            case.config.extend([values::named_value("--config", argument)?]);
        }
        for argument in &self.secret {
            case.secrets.extend([case::secret(argument).await?]);
        }
        Ok(case)
    }
}
