//! `taskbox order`: what a customer does.

use clap::Subcommand;
use serde_json::json;

use super::client::{Client, watched};
use super::out::say;
use super::paging::Paging;
use super::show::{self, Column};

const COLUMNS: [Column; 6] = [
    ("ID", "/id"),
    ("STATUS", "/status"),
    ("USER", "/user_id"),
    ("PRICE", "/price"),
    ("CURRENCY", "/currency"),
    ("PLACED", "/created_at"),
];

/// What to do with orders.
#[derive(Debug, Subcommand)]
pub(super) enum OrderCommand {
    /// Place an order.
    Submit {
        /// Who orders.
        #[arg(long)]
        user_id: String,
        /// The Stripe PaymentIntent that pays for it.
        #[arg(long)]
        payment_intent_id: String,
        /// Wait until it is no longer loading.
        #[arg(long)]
        watch: bool,
    },
    /// Show an order.
    Show {
        /// Which.
        id: String,
    },
    /// List orders, newest first.
    List {
        /// Only of this user.
        #[arg(long)]
        user_id: Option<String>,
        /// Only with this status: loading, completed, failed or cancelled.
        #[arg(long)]
        status: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Follow an order until it is no longer loading.
    Watch {
        /// Which.
        id: String,
    },
}

pub(super) async fn run(command: OrderCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        OrderCommand::Submit { user_id, payment_intent_id, watch: follow } => {
            let body = json!({ "user_id": user_id, "payment_intent_id": payment_intent_id });
            let order = client.post("/v1/orders", &body).await?;
            show::one(&order, json);
            match order["id"].as_str() {
                Some(id) if follow => watch(client, id, json).await,
                _ => Ok(()),
            }
        }
        OrderCommand::Show { id } => {
            show::one(&client.get(&format!("/v1/orders/{id}")).await?, json);
            Ok(())
        }
        OrderCommand::List { user_id, status, paging } => {
            let query = paging.query([("user_id", user_id), ("status", status)]);
            show::list(&client.get(&format!("/v1/orders{query}")).await?, json, &COLUMNS);
            Ok(())
        }
        OrderCommand::Watch { id } => watch(client, &id, json).await,
    }
}

async fn watch(client: &Client, id: &str, json: bool) -> anyhow::Result<()> {
    let mut status = String::new();
    let see = |_: &str, order: serde_json::Value| {
        order["status"].as_str().unwrap_or_default().clone_into(&mut status);
        if json {
            say!("{order}");
        } else {
            let part = |name: &str| show::text(order.get(name));
            say!(
                "{}  {}  {} {}  {}",
                part("updated_at"),
                part("status"),
                part("price"),
                part("currency"),
                part("error")
            );
        }
    };
    client.watch(&format!("/v1/orders/{id}/events"), see).await?;
    watched("order", &status)
}
