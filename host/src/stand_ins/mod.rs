//! Stand-ins for Stripe and for the partner, so that the whole story runs on one machine without an account.
//!
//! They are servers on a loopback port that speak the real shapes, take as long as the real ones, fail as the
//! real ones do when asked to, and keep a ledger of what they were asked: `taskbox demo` shows orders with
//! them, and tests prove with them that nothing was ordered twice. They must never be needed to serve: no
//! other part of the host knows them but the demo.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use taskbox::stand_ins::{Options, Pace, Stripe};
//!
//! let options = Options { pace: Pace::STRIPE.sped_up(10.0), ..Options::new("sk_test_1") };
//! let stripe = Stripe::start(([127, 0, 0, 1], 0).into(), options).await?;
//! println!("{} was asked for {} payments", stripe.url(), stripe.ledger().asked.len());
//! stripe.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! How a single payment or customer behaves is chosen by its id, and written in the documentation of
//! [`Payment::of`] and [`Partner`].

mod bearer;
#[cfg(test)]
mod client;
mod conditions;
mod idempotency;
mod pace;
mod partner;
mod partner_books;
mod payment;
mod payment_intent;
mod server;
mod stripe;

pub use pace::Pace;
pub use partner::Partner;
pub use partner_books::{PartnerLedger, PlacedOrder, Registration};
pub use payment::Payment;
pub use stripe::{Stripe, StripeLedger};

/// How a stand-in behaves towards everybody.
#[derive(Debug, Clone)]
pub struct Options {
    /// The bearer key that callers must show.
    pub key: String,
    /// How long it takes to answer.
    pub pace: Pace,
    /// The share of requests that meet a fault, from 0 to 1: an error answer, a connection closed before the
    /// work, or one closed after the work and before the answer.
    pub fault_rate: f64,
    /// Makes delays and faults repeatable.
    pub seed: u64,
}

impl Options {
    /// Answers at once and never fails.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), pace: Pace::AT_ONCE, fault_rate: 0.0, seed: 0 }
    }
}
