//! The stand-ins of the demo, at the pace of the real services.

use anyhow::Context;

use crate::stand_ins::{Options, Pace, Partner, Stripe};

/// Percentage of requests that fail with `--flaky`.
const FLAKY_RATE: f64 = 0.2;

/// Stripe and the partner, on loopback.
pub(super) struct Partners {
    pub(super) stripe: Stripe,
    pub(super) partner: Partner,
    pub(super) stripe_key: String,
    pub(super) partner_key: String,
}

impl Partners {
    pub(super) async fn start(speed: f64, flaky: bool) -> anyhow::Result<Self> {
        let stripe_key = format!("sk_test_{:032x}", rand::random::<u128>());
        let partner_key = format!("pk_{:032x}", rand::random::<u128>());
        let fault_rate = if flaky { FLAKY_RATE } else { 0.0 };
        let options = |key: &str, pace: Pace| Options {
            key: key.to_owned(),
            pace: pace.sped_up(speed),
            fault_rate,
            seed: rand::random(),
        };
        let loopback = ([127, 0, 0, 1], 0).into();
        let stripe = Stripe::start(loopback, options(&stripe_key, Pace::STRIPE)).await;
        let partner = Partner::start(loopback, options(&partner_key, Pace::PARTNER)).await;
        Ok(Self {
            stripe: stripe.context("cannot start the stand-in for Stripe")?,
            partner: partner.context("cannot start the stand-in for the partner")?,
            stripe_key,
            partner_key,
        })
    }

    pub(super) async fn stop(self) {
        self.stripe.stop().await;
        self.partner.stop().await;
    }
}
