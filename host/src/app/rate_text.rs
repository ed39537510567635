//! Rates in settings, such as `"100/1s"`.

use serde::{Deserialize, Serialize};

use crate::domain::Rate;

/// A rate such as `"100/1s"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RateText(pub Rate);

impl TryFrom<String> for RateText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

impl From<RateText> for String {
    fn from(rate: RateText) -> Self {
        rate.0.to_string()
    }
}
