//! Payments, which follow from their ids alone, so that a test that knows the id knows the price.

use sha2::{Digest, Sha256};

/// A payment of the stand-in for Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Stripe's status.
    pub status: &'static str,
    /// The amount requested, in the currency's smallest unit.
    pub amount: i64,
    /// The amount received.
    pub amount_received: i64,
    /// The amount refunded.
    pub amount_refunded: i64,
    /// ISO 4217, lower-case.
    pub currency: String,
}

/// One cent more than the largest price of an order.
const HUGE_AMOUNT: i64 = 10_000_000;

impl Payment {
    /// The final payment of this id, or `None` if there is none.
    ///
    /// By default it is a payment in US dollars that succeeded, of an amount from 1.00 to 999.99 derived from the id. The
    /// word of an id `pi_<word>_<anything>` selects another one:
    ///
    /// | word | payment |
    /// |---|---|
    /// | `unpaid`, `unconfirmed`, `action`, `capture`, `canceled`, `processing` | has not succeeded, and never will |
    /// | `settling` | is `processing` at the first request, and has succeeded afterwards |
    /// | a currency such as `eur`, `jpy`, `kwd` | is in this currency, with an amount that follows from the id |
    /// | a currency, then an amount: `pi_kwd_5124_x` | is of this amount, in the currency's smallest unit |
    /// | `huge` | is one cent larger than an order may cost |
    /// | `partial` | was paid by half |
    /// | `refunded` | was given back in full |
    /// | `refundedhalf` | was given back by half |
    /// | `missing` | does not exist |
    /// | `429`, `500`, `503`, `closed` | gets this status at the first request (`closed`: no response) |
    /// | `down` | gets 503 every time |
    /// | `silent` | gets no response |
    /// | `garbled` | gets a page that is not JSON |
    pub fn of(id: &str) -> Option<Self> {
        let mut words = id.strip_prefix("pi_")?.split('_');
        let word = words.next().unwrap_or_default();
        let payment = Self::succeeded(amount_from(id), "usd");
        Some(match word {
            "missing" => return None,
            "unpaid" => payment.stuck_in("requires_payment_method"),
            "unconfirmed" => payment.stuck_in("requires_confirmation"),
            "action" => payment.stuck_in("requires_action"),
            "capture" => payment.stuck_in("requires_capture"),
            "canceled" => payment.stuck_in("canceled"),
            "processing" => payment.stuck_in("processing"),
            "huge" => Self::succeeded(HUGE_AMOUNT, "usd"),
            "partial" => Self { amount: payment.amount * 2, ..payment },
            "refunded" => Self { amount_refunded: payment.amount, ..payment },
            "refundedhalf" => Self { amount_refunded: payment.amount / 2, ..payment },
            currency if is_currency(currency) => {
                let amount = words.next().and_then(|amount| amount.parse().ok());
                Self::succeeded(amount.unwrap_or(payment.amount), currency)
            }
            _ => payment,
        })
    }

    fn succeeded(amount: i64, currency: &str) -> Self {
        let currency = currency.to_owned();
        Self { status: "succeeded", amount, amount_received: amount, amount_refunded: 0, currency }
    }

    /// The same payment before any money has moved.
    pub(super) fn stuck_in(self, status: &'static str) -> Self {
        Self { status, amount_received: 0, ..self }
    }
}

/// Whether a word is a currency: three lower-case letters, which no other word is.
fn is_currency(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// An amount from 100 to 99,999, the same for the same id on every machine.
fn amount_from(id: &str) -> i64 {
    let digest = Sha256::digest(id);
    let number = digest.iter().take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    i64::from(100 + number % 99_900)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_follows_from_its_id() {
        let payment = Payment::of("pi_3Mtw").expect("a payment");
        assert_eq!(payment, Payment::of("pi_3Mtw").expect("the same payment"));
        assert_eq!((payment.status, payment.currency.as_str()), ("succeeded", "usd"));
        assert!((100..100_000).contains(&payment.amount_received));
        assert_ne!(payment.amount, Payment::of("pi_4Mtw").expect("another payment").amount);
    }

    #[test]
    fn a_word_chooses_currency_and_amount() {
        let payment = Payment::of("pi_kwd_5124_x").expect("a payment");
        assert_eq!((payment.amount_received, payment.currency.as_str()), (5_124, "kwd"));
        assert_eq!(Payment::of("pi_jpy_x").expect("a payment").currency, "jpy");
    }

    #[test]
    fn nothing_was_received_for_a_payment_that_did_not_succeed() {
        let payment = Payment::of("pi_unpaid_x").expect("a payment");
        assert_eq!((payment.status, payment.amount_received), ("requires_payment_method", 0));
    }

    #[test]
    fn some_payments_do_not_exist() {
        assert_eq!(Payment::of("pi_missing_x"), None);
        assert_eq!(Payment::of("ch_1"), None);
    }
}
