//! The main job, whole: a host, a stand-in Stripe and a stand-in partner, and the order plugin uploaded.

use std::path::Path;

use serde_json::{Value, json};
use taskbox::stand_ins::{Options, Pace, Partner, Stripe};

use crate::binaries;
use crate::host::TestHost;

const STRIPE_KEY: &str = "sk_test_of_the_story";
const PARTNER_KEY: &str = "pk_test_of_the_story";

/// Everybody who takes part in an order.
pub struct Story {
    /// The host.
    pub host: TestHost,
    /// Stripe.
    pub stripe: Stripe,
    /// The third party.
    pub partner: Partner,
}

impl Story {
    /// Begins with third parties that answer at this pace.
    pub async fn begin(data: &Path, pace: Pace) -> Self {
        Self::begin_with(data, pace, &[]).await
    }

    /// Begins with further arguments for the host.
    pub async fn begin_with(data: &Path, pace: Pace, arguments: &[&str]) -> Self {
        Self::begin_on(TestHost::start(data, arguments).await, pace).await
    }

    /// Begins on a host that is up.
    pub async fn begin_on(host: TestHost, pace: Pace) -> Self {
        let options = |key: &str| Options { pace, ..Options::new(key) };
        let loopback = ([127, 0, 0, 1], 0).into();
        let stripe = Stripe::start(loopback, options(STRIPE_KEY)).await.expect("stripe listens");
        let partner = Partner::start(loopback, options(PARTNER_KEY)).await.expect("the partner listens");
        let story = Self { host, stripe, partner };
        story.set_up(binaries::plugin("create-order")).await;
        story
    }

    /// Keeps the secrets, grants, and uploads this build of the order plugin.
    pub async fn set_up(&self, component: Vec<u8>) {
        self.host.put("/v1/secrets/stripe-key", &json!({ "value": STRIPE_KEY })).await;
        self.host.put("/v1/secrets/partner-key", &json!({ "value": PARTNER_KEY })).await;
        self.host.put("/v1/plugins/create-order/grant", &self.grant()).await;
        let (status, answer) = self.host.upload("create-order", component).await;
        assert!(status.is_success(), "{status} {answer}");
    }

    /// The least that the order plugin needs.
    pub fn grant(&self) -> Value {
        let (stripe, partner) = (self.stripe.url(), self.partner.url());
        json!({
            "hosts": [{ "url": stripe, "methods": ["GET"], "path": "/v1/" }, { "url": partner, "methods": ["POST"] }],
            "networks": ["127.0.0.0/8"],
            "config": { "stripe-base-url": stripe, "partner-base-url": partner },
            "secrets": [
                { "name": "stripe-key", "hosts": [stripe] },
                { "name": "partner-key", "hosts": [partner] },
            ],
        })
    }

    /// Places an order.
    pub async fn place(&self, user_id: &str, payment_intent_id: &str) -> Value {
        let order = json!({ "user_id": user_id, "payment_intent_id": payment_intent_id });
        self.host.post("/v1/orders", &order).await
    }

    /// The order once it is no longer loading.
    pub async fn finished(&self, order: &Value) -> Value {
        self.host.wait_final(order["job_id"].as_str().expect("an order has a job")).await;
        self.host.get(&format!("/v1/orders/{}", order["id"].as_str().expect("an order has an id"))).await
    }

    /// Ends the host at once and starts it again on the same data.
    pub async fn kill_and_restart(self) -> Self {
        let Self { host, stripe, partner } = self;
        let data = host.data.clone();
        host.kill().await;
        Self { host: TestHost::start(&data, &[]).await, stripe, partner }
    }
}
