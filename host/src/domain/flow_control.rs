//! Flow control of a job: the jobs with which it shares a limit, an order and turns.

use serde::{Deserialize, Serialize};

use super::RequestProblem;

/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 255;
/// The largest weight.
const WEIGHT_MAX: u16 = 1000;

/// Flow control of a job: by its keys it shares a limit, an order and turns with other jobs. Most jobs have none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FlowControl {
    /// Key of 1 to 255 bytes, of which the queue limits the jobs that run at the same time.
    pub concurrency_key: Option<String>,
    /// Whether it starts only when every job of its queue and key that has `strict_order` and was submitted before it is
    /// final.
    pub strict_order: bool,
    /// Key of 1 to 255 bytes. Among due jobs of the same priority the keys take turns.
    pub fairness_key: Option<String>,
    /// Turns of its key for each turn of a key with weight 1: 1 to 1000.
    pub fairness_weight: u16,
}

impl Default for FlowControl {
    fn default() -> Self {
        Self { concurrency_key: None, strict_order: false, fairness_key: None, fairness_weight: 1 }
    }
}

impl FlowControl {
    /// The problems of all fields.
    pub fn problems(&self) -> Vec<RequestProblem> {
        let wrong = |wrong: bool, pointer: &str, detail: &str| {
            wrong.then(|| RequestProblem { pointer: pointer.to_owned(), detail: detail.to_owned() })
        };
        let no_key = |key: &Option<String>| {
            key.as_ref().is_some_and(|key| key.is_empty() || key.len() > KEY_BYTES_MAX)
        };
        [
            wrong(no_key(&self.concurrency_key), "/concurrency_key", "must have 1 to 255 bytes"),
            wrong(
                self.strict_order && self.concurrency_key.is_none(),
                "/strict_order",
                "requires a concurrency_key, whose jobs it orders",
            ),
            wrong(no_key(&self.fairness_key), "/fairness_key", "must have 1 to 255 bytes"),
            wrong(
                !(1..=WEIGHT_MAX).contains(&self.fairness_weight),
                "/fairness_weight",
                "must be from 1 to 1000",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = FlowControl {
            concurrency_key: None,
            strict_order: true,
            fairness_key: Some("x".repeat(256)),
            fairness_weight: 0,
        };
        let pointers: Vec<_> = wrong.problems().into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(pointers, ["/strict_order", "/fairness_key", "/fairness_weight"]);
        assert_eq!(FlowControl::default().problems(), []);
    }
}
