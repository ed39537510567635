//! Stand-ins for Stripe and for the partner, so that orders run on one machine without an account.
//!
//! They are servers on a loopback port that use the real formats, take as long as the real servers, fail like them on
//! demand, and keep a ledger of their requests: `taskbox demo` shows orders with them, and tests prove with them that
//! nothing is ordered twice. A host never needs them: only the demo uses them.
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
//! The id of a payment or customer selects its behaviour: see [`Payment::of`] and [`Partner`].

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

/// The options of a stand-in.
#[derive(Debug, Clone)]
pub struct Options {
    /// The bearer key that requests must carry.
    pub key: String,
    /// The delays of its responses.
    pub pace: Pace,
    /// The share of requests with a fault, from 0 to 1: an error response, a connection closed before the work, or one
    /// closed between the work and the response.
    pub fault_rate: f64,
    /// The seed of delays and faults.
    pub seed: u64,
}

impl Options {
    /// Options without delays and faults.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), pace: Pace::AT_ONCE, fault_rate: 0.0, seed: 0 }
    }
}
