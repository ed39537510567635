//! Conversion of Stripe's amounts to prices of orders. Money is never a float.

use std::fmt;

use rust_decimal::Decimal;

/// A price has seven digits, two of them decimals: 99999.99 is the largest. Counted in hundredths.
const HUNDREDTHS_MAX: i64 = 9_999_999;

/// Currencies whose amounts Stripe counts in whole units: 500 means 500 yen
/// (<https://docs.stripe.com/currencies#zero-decimal>).
///
/// Stripe's special cases are not among them. UGX and ISK have no decimals any more, but their amounts are still
/// written with two, so that 500 is 5 shillings; HUF and TWD lack decimals only in payouts.
const WITHOUT_DECIMALS: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];

/// Currencies whose smallest unit is a thousandth: 5120 means 5.120 dinars.
const WITH_THREE_DECIMALS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// The reason why an amount is not a price.
#[derive(Debug, PartialEq, Eq)]
pub enum NoPrice {
    /// Nothing was paid, or all was refunded.
    NotPositive,
    /// More than a price can hold.
    TooLarge { paid: String },
    /// Thousandths that two decimals cannot hold.
    TooFine { paid: String },
}

impl fmt::Display for NoPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPositive => f.write_str("Stripe says that nothing was received for this payment"),
            Self::TooLarge { paid } => {
                write!(f, "the payment of {paid} is too large: an order costs 99999.99 at most")
            }
            Self::TooFine { paid } => write!(
                f,
                "the payment of {paid} has three decimals and a price has two: rounding it would order \
                 something else than what was paid"
            ),
        }
    }
}

/// The price, with two decimals, of an amount in minor units.
///
/// `currency` is upper-case. An amount in thousandths is a price if its last digit is zero, which Stripe itself
/// requires; it is never rounded.
pub fn from_minor_units(amount: i64, currency: &str) -> Result<Decimal, NoPrice> {
    let decimals = decimals_of(currency);
    if amount <= 0 {
        return Err(NoPrice::NotPositive);
    }
    let paid = || format!("{} {currency}", Decimal::new(amount, decimals));
    let hundredths = match decimals {
        0 => amount.checked_mul(100),
        2 => Some(amount),
        _ if amount % 10 != 0 => return Err(NoPrice::TooFine { paid: paid() }),
        _ => Some(amount / 10),
    };
    match hundredths {
        Some(hundredths) if hundredths <= HUNDREDTHS_MAX => Ok(Decimal::new(hundredths, 2)),
        _ => Err(NoPrice::TooLarge { paid: paid() }),
    }
}

fn decimals_of(currency: &str) -> u32 {
    if WITHOUT_DECIMALS.contains(&currency) {
        0
    } else if WITH_THREE_DECIMALS.contains(&currency) {
        3
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(amount: i64, currency: &str) -> Result<String, NoPrice> {
        from_minor_units(amount, currency).map(|price| price.to_string())
    }

    #[test]
    fn cents_become_two_decimals() {
        assert_eq!(price(4_999, "USD"), Ok("49.99".into()));
        assert_eq!(price(5_000, "EUR"), Ok("50.00".into()));
        assert_eq!(price(1, "EUR"), Ok("0.01".into()));
    }

    #[test]
    fn a_currency_without_decimals_is_not_divided() {
        assert_eq!(price(500, "JPY"), Ok("500.00".into()));
        for currency in WITHOUT_DECIMALS {
            assert_eq!(price(7, currency), Ok("7.00".into()), "{currency}");
        }
    }

    #[test]
    fn stripes_special_cases_have_two_decimals() {
        for currency in ["UGX", "ISK", "HUF", "TWD"] {
            assert_eq!(price(500, currency), Ok("5.00".into()), "{currency}");
        }
    }

    #[test]
    fn thousandths_are_a_price_only_when_they_divide_evenly() {
        for currency in WITH_THREE_DECIMALS {
            assert_eq!(price(5_120, currency), Ok("5.12".into()), "{currency}");
        }
        let too_fine = NoPrice::TooFine { paid: "5.124 KWD".into() };
        assert_eq!(price(5_124, "KWD"), Err(too_fine));
    }

    #[test]
    fn the_largest_price_is_seven_digits() {
        assert_eq!(price(9_999_999, "USD"), Ok("99999.99".into()));
        assert_eq!(price(99_999, "JPY"), Ok("99999.00".into()));
        assert_eq!(price(99_999_990, "KWD"), Ok("99999.99".into()));
        for (amount, currency) in [(10_000_000, "USD"), (100_000, "JPY"), (100_000_000, "KWD")] {
            let result = price(amount, currency);
            assert!(matches!(result, Err(NoPrice::TooLarge { .. })), "{amount} {currency}");
        }
    }

    #[test]
    fn no_amount_wraps_round() {
        for currency in ["USD", "JPY", "KWD"] {
            let amount = i64::MAX - i64::MAX % 10;
            assert!(price(amount, currency).is_err(), "{currency}");
        }
    }

    #[test]
    fn nothing_is_no_price() {
        assert_eq!(price(0, "USD"), Err(NoPrice::NotPositive));
        assert_eq!(price(-1, "USD"), Err(NoPrice::NotPositive));
    }
}
