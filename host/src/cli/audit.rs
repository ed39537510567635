//! `taskbox audit`: who changed what.

use clap::{Args, Subcommand};

use super::client::Client;
use super::one_of::one_of;
use super::out;
use super::paging::Paging;
use super::show::{self, Column, column};
use crate::domain::AuditAction;

const COLUMNS: [Column; 5] = [
    column("NUMBER", "/number"),
    column("AT", "/at"),
    column("ACTOR", "/actor"),
    column("ACTION", "/action"),
    column("RESOURCE", "/resource"),
];

/// Entries of a page of an export.
const EXPORT_PAGE: u32 = 500;

/// Commands on the audit log.
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List changes, newest first. With `--json`, each has also what was before and after, and from where it came.
    List {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        paging: Paging,
    },
    /// Print all changes as JSON lines, newest first.
    Export {
        #[command(flatten)]
        filter: Filter,
    },
}

/// The changes to show.
#[derive(Debug, Clone, Args)]
pub(super) struct Filter {
    /// Only changes by the token of this name.
    #[arg(long, value_name = "TOKEN")]
    actor: Option<String>,
    /// Only changes of this kind.
    #[arg(long, value_parser = one_of::<AuditAction>(), hide_possible_values = true, value_name = "ACTION")]
    action: Option<AuditAction>,
    /// Only changes of this resource and of those below it, such as `queues` or `queues/mail`.
    #[arg(long)]
    resource: Option<String>,
}

impl Filter {
    fn path(self, paging: Paging) -> String {
        let action = self.action.map(|action| action.to_string());
        let filters = [("actor", self.actor), ("action", action), ("resource", self.resource)];
        format!("/v1/audit{}", paging.query(filters))
    }
}

pub(super) async fn run(command: AuditCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        AuditCommand::List { filter, paging } => {
            show::list(&client.get(&filter.path(paging)).await?, json, &COLUMNS);
            Ok(())
        }
        AuditCommand::Export { filter } => export(&filter, client).await,
    }
}

async fn export(filter: &Filter, client: &Client) -> anyhow::Result<()> {
    let mut paging = Paging::of(EXPORT_PAGE, None);
    loop {
        let page = client.get(&filter.clone().path(paging)).await?;
        for entry in page.items() {
            out::json_line(entry.json().get());
        }
        match page.str("next_cursor") {
            Some(cursor) => paging = Paging::of(EXPORT_PAGE, Some(cursor.to_string())),
            None => return Ok(()),
        }
    }
}
