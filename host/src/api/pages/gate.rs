//! The settings that queues and tasks share, as a form.

use std::num::NonZeroU32;

use crate::api::read::Params;
use crate::domain::{GateChange, GateSettings};

/// The values of the form.
pub(super) struct GateForm {
    pub(super) concurrency: String,
    pub(super) rate: String,
}

impl GateForm {
    /// The form of these settings.
    pub(super) fn of(settings: &GateSettings) -> Self {
        let GateSettings { concurrency, rate, .. } = settings;
        Self { concurrency: text(concurrency), rate: text(rate) }
    }

    /// The change that a posted form asks for: a field that is empty clears its limit, one that is missing leaves it.
    pub(super) fn read(params: &mut Params) -> GateChange {
        GateChange {
            paused: params.parsed("paused"),
            concurrency: limit(params, "concurrency"),
            rate: params.read("rate", |text| empty_or(text, |text| text.parse())),
        }
    }
}

/// A limit of a form: a whole number above zero, or nothing.
pub(super) fn limit(params: &mut Params, name: &'static str) -> Option<Option<NonZeroU32>> {
    let number = |text: &str| text.parse().map_err(|_| "must be a whole number above 0, or empty".to_owned());
    params.read(name, |text| empty_or(text, number))
}

/// The text of a value that may be missing.
pub(super) fn text(value: &Option<impl ToString>) -> String {
    value.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn empty_or<T>(text: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_clears_a_limit_and_a_missing_one_leaves_it() {
        let mut params = Params::of(b"concurrency=&rate=5%2F1m");
        let change = GateForm::read(&mut params);
        assert_eq!((change.paused, change.concurrency), (None, Some(None)));
        assert_eq!(change.rate, Some("5/1m".parse().ok()));
        assert!(params.finish().is_ok());
        let mut params = Params::of(b"concurrency=0&rate=fast");
        GateForm::read(&mut params);
        assert_eq!(params.finish().unwrap_err().errors().len(), 2);
    }
}
