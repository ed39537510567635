//! Money is a decimal, never a float.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};

/// A text that is no price or currency, and what would be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a decimal number at all, or negative.
    #[error("{0:?} is not a price such as \"49.99\"")]
    NotAPrice(String),
    /// More than two decimals.
    #[error("the price {0} has more than 2 decimals")]
    TooFine(Decimal),
    /// More than seven digits.
    #[error("the price {0} has more than 7 digits; the largest price is 99999.99")]
    TooLarge(Decimal),
    /// Not three letters.
    #[error("{0:?} is not a currency code of three letters (ISO 4217)")]
    NotACurrency(String),
}

/// A price: at most seven digits, two of them decimals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Price(Decimal);

impl Price {
    /// Checks range and precision; the price is always written with two decimals.
    pub fn new(amount: Decimal) -> Result<Self, MoneyError> {
        let mut amount = amount.normalize();
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(MoneyError::NotAPrice(amount.to_string()));
        }
        if amount.scale() > 2 {
            return Err(MoneyError::TooFine(amount));
        }
        if amount >= Decimal::ONE_HUNDRED * Decimal::ONE_THOUSAND {
            return Err(MoneyError::TooLarge(amount));
        }
        amount.rescale(2);
        Ok(Self(amount))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Price {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let amount = Decimal::from_str_exact(text).map_err(|_| MoneyError::NotAPrice(text.to_owned()))?;
        Self::new(amount)
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A currency code (ISO 4217), three upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct Currency([u8; 3]);

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match *text.as_bytes() {
            [a, b, c] if text.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(Self([a, b, c])),
            _ => Err(MoneyError::NotACurrency(text.to_owned())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&letter| write!(f, "{}", char::from(letter)))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_written_with_two_decimals() {
        for (text, shown) in
            [("49.99", "49.99"), ("5", "5.00"), ("0", "0.00"), ("99999.99", "99999.99"), ("1.500", "1.50")]
        {
            assert_eq!(text.parse::<Price>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_price_is_refused_with_the_reason() {
        assert!("100000".parse::<Price>().unwrap_err().to_string().contains("7 digits"));
        assert!("1.999".parse::<Price>().unwrap_err().to_string().contains("2 decimals"));
        for nonsense in ["-1", "", "1e3x", "NaN"] {
            assert!(nonsense.parse::<Price>().unwrap_err().to_string().contains("not a price"), "{nonsense}");
        }
    }

    #[test]
    fn currencies_are_three_capitals() {
        assert_eq!("USD".parse::<Currency>().unwrap().to_string(), "USD");
        assert!("usd".parse::<Currency>().is_err() && "EURO".parse::<Currency>().is_err());
    }
}
