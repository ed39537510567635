//! Retention ages in settings: a duration, or `"forever"`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{format_age, parse_age};

/// A duration such as `"7d"`; `None` for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgeText(pub Option<Duration>);

impl TryFrom<String> for AgeText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_age(&text).map(Self)
    }
}

impl From<AgeText> for String {
    fn from(age: AgeText) -> Self {
        format_age(age.0)
    }
}
