//! The setup by an operator: store secrets, grant, upload.

use serde_json::{Value, json};

use super::super::client::Client;
use super::partners::Partners;

/// Sets the order plugin up on the host at this URL.
pub(super) async fn upload(url: &str, component: Vec<u8>, partners: &Partners) -> anyhow::Result<()> {
    let client = Client::new(url)?;
    client.put("/v1/secrets/stripe-key", &json!({ "value": partners.stripe_key })).await?;
    client.put("/v1/secrets/partner-key", &json!({ "value": partners.partner_key })).await?;
    client.put("/v1/plugins/create-order/grant", &grant(partners)).await?;
    client.put_bytes("/v1/plugins/create-order", component).await?;
    Ok(())
}

/// The least that the order plugin needs.
fn grant(partners: &Partners) -> Value {
    let (stripe, partner) = (partners.stripe.url(), partners.partner.url());
    json!({
        "hosts": [
            { "url": stripe, "methods": ["GET"], "path": "/v1/payment_intents/" },
            { "url": partner, "methods": ["POST"] },
        ],
        "networks": ["127.0.0.0/8"],
        "config": { "stripe-base-url": stripe, "partner-base-url": partner },
        "secrets": [
            { "name": "stripe-key", "hosts": [stripe] },
            { "name": "partner-key", "hosts": [partner] },
        ],
    })
}
