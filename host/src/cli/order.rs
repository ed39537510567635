//! `taskbox order`: place and watch orders.

use std::ops::ControlFlow;

use clap::Subcommand;
use clap_complete::engine::ArgValueCandidates;
use serde_json::json;

use super::answer::{Answer, Part};
use super::client::Client;
use super::ids;
use super::known;
use super::layouts;
use super::one_of::one_of;
use super::out::{json_line, painted};
use super::paging::Paging;
use super::paint::{Line, Style};
use super::screen::Screen;
use super::show::{self, Column, column};
use super::watch::{print_gap, print_json, watched};
use crate::api::StreamEventName;
use crate::domain::OrderStatusName;

const COLUMNS: [Column; 6] = [
    column("ID", "/id").whole(),
    column("STATUS", "/status").state(),
    column("USER", "/user_id"),
    column("PRICE", "/price").number(),
    column("CURRENCY", "/currency").rare(),
    column("PLACED", "/created_at").time(),
];

const SUBMIT_EXAMPLES: &str = "Examples:
  taskbox order submit u_42 pi_3MtwBwLkdIwHu7ix28a3tqPa
  taskbox order submit u_42 pi_3MtwBwLkdIwHu7ix28a3tqPa --watch";

const LIST_EXAMPLES: &str = "Examples:
  taskbox order list --status failed
  taskbox order list --user-id u_42 --json";

/// Commands on orders.
#[derive(Debug, Subcommand)]
pub(super) enum OrderCommand {
    /// Place an order.
    #[command(after_help = SUBMIT_EXAMPLES)]
    Submit {
        /// Id of the user who orders.
        #[arg(required_unless_present = "user_id", conflicts_with = "user_id")]
        user: Option<String>,
        /// Stripe PaymentIntent that pays for the order.
        #[arg(required_unless_present = "payment_intent_id", conflicts_with = "payment_intent_id")]
        payment: Option<String>,
        /// Id of the user, by a flag.
        #[arg(long)]
        user_id: Option<String>,
        /// PaymentIntent, by a flag.
        #[arg(long)]
        payment_intent_id: Option<String>,
        /// Watch the order until it is no longer loading.
        #[arg(long)]
        watch: bool,
    },
    /// Show an order.
    Show {
        /// Id of the order, or a unique beginning or ending of it.
        #[arg(add = ArgValueCandidates::new(known::orders))]
        id: String,
    },
    /// List orders, newest first.
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Only orders of this user.
        #[arg(long)]
        user_id: Option<String>,
        /// Only orders with this status.
        #[arg(long, value_parser = one_of::<OrderStatusName>())]
        status: Option<OrderStatusName>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Watch an order until it is no longer loading.
    Watch {
        /// Id of the order, or a unique beginning or ending of it.
        #[arg(add = ArgValueCandidates::new(known::orders))]
        id: String,
    },
}

pub(super) async fn run(command: OrderCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        OrderCommand::Submit { user, payment, user_id, payment_intent_id, watch: follow } => {
            let body = json!({
                "user_id": user.or(user_id), "payment_intent_id": payment.or(payment_intent_id),
            });
            let order = client.post("/v1/orders", &body).await?;
            show::one_as(&order, json, &layouts::ORDER);
            match order.str("id") {
                Some(id) if follow => watch(client, &id, json).await,
                _ => Ok(()),
            }
        }
        OrderCommand::Show { id } => {
            let id = ids::ORDER.one(client, id).await?;
            let order = client.get(&format!("/v1/orders/{id}")).await?;
            show::one_as(&order, json, &layouts::ORDER);
            Ok(())
        }
        OrderCommand::List { user_id, status, paging } => {
            let status = status.map(|status| status.to_string());
            let query = paging.query([("user_id", user_id), ("status", status)]);
            show::list(&client.get(&format!("/v1/orders{query}")).await?, json, &COLUMNS);
            Ok(())
        }
        OrderCommand::Watch { id } => watch(client, &ids::ORDER.one(client, id).await?, json).await,
    }
}

async fn watch(client: &Client, id: &str, json: bool) -> anyhow::Result<()> {
    let mut status = String::new();
    let see = |event: &str, data: &Answer| {
        let name = event.parse().ok();
        match name {
            Some(StreamEventName::Order) if json => json_line(data.root().json().get()),
            Some(StreamEventName::Order) => print_order(data),
            _ if json => print_json(event, data),
            Some(StreamEventName::Gap) => print_gap(data),
            _ => {}
        }
        if name == Some(StreamEventName::Order) {
            status = data.str("status").unwrap_or_default();
        }
        match status.as_str() {
            "" | "loading" => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    };
    client.watch(&format!("/v1/orders/{id}/events"), see).await?;
    watched("order", &status)
}

fn print_order(order: &Answer) {
    let part = |pointer: &str| order.at(pointer).filter(|value| !value.is_empty()).map(Part::text);
    let status = part("/status").unwrap_or_default();
    let mut line = Line::new(Screen::of_stdout().has_colours);
    line.push(Style::Quiet, &part("/updated_at").unwrap_or_default());
    line.push(Style::Plain, "  ");
    line.push(Style::of_state(&status), &status);
    if let (Some(price), Some(currency)) = (part("/price"), part("/currency")) {
        line.push(Style::Plain, &format!("  {price} {currency}"));
    }
    if let Some(error) = part("/error") {
        line.push(Style::Plain, &format!("  {error}"));
    }
    painted(&line);
}
