//! The limits of one attempt. A limit is one row of the table below: from it follow what a grant may name, its default
//! and range, its form in requests, records and the OpenAPI document, and its line on the page of plugins. What
//! enforces a limit reads its field in [`Limits`].

mod quantity;
mod table;

use std::time::Duration;

use super::ByteSize;
use table::limits;

pub use quantity::LimitReader;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

limits! {
    /// Linear memory of all instances of an attempt together.
    memory: ByteSize, "Memory" { default: ByteSize::mib(64), min: ByteSize(1), max: ByteSize::mib(512) }
    /// Wall time of an attempt.
    wall: Duration, "Wall time" { default: Duration::from_secs(5 * 60), min: Duration::from_millis(1), max: WEEK }
    /// CPU time of an attempt.
    cpu: Duration, "CPU time" { default: Duration::from_secs(10), min: Duration::from_millis(1), max: WEEK }
    /// Outbound requests of an attempt.
    requests: u32, "Requests" { default: 100, min: 0, max: u32::MAX }
    /// Bytes in the body of a response.
    response_bytes: ByteSize, "Response" { default: ByteSize::mib(8), min: ByteSize(1), max: ByteSize::mib(1024) }
    /// Bytes of the task's result.
    output_bytes: ByteSize, "Result" { default: ByteSize::mib(1), min: ByteSize(1), max: ByteSize::mib(16) }
    /// Bytes of stdout and stderr that are kept; an attempt that prints more than twice as many is ended.
    log_bytes: ByteSize, "Log" { default: ByteSize::kib(256), min: ByteSize(1), max: ByteSize::mib(4) }
    /// Attempts of the plugin that run at the same time on one host.
    concurrency: u32, "At the same time" { default: 10_000, min: 1, max: u32::MAX }
}

/// A row of the table, for what shows or describes limits.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The name in grants.
    pub name: &'static str,
    /// The name on pages.
    pub title: &'static str,
    /// Its docs, on one line, with white space around them.
    pub docs: &'static str,
    /// The value among these limits, as it stands in JSON: a text or a number.
    pub json: fn(&Limits) -> serde_json::Value,
    /// The value among these limits, as people read it.
    pub text: fn(&Limits) -> String,
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_out_of_range_is_named_with_its_range() {
        let spec = LimitsSpec {
            memory: Some(ByteSize::mib(4096)),
            cpu: Some(Duration::ZERO),
            requests: Some(0),
            concurrency: Some(0),
            ..LimitsSpec::default()
        };
        let expected = [
            ("memory", "must be from 1B to 512MiB"),
            ("cpu", "must be from 1ms to 7d"),
            ("concurrency", "must be from 1 to 4294967295"),
        ];
        assert_eq!(spec.problems(), expected.map(|(name, problem)| (name, problem.to_owned())));
    }

    #[test]
    fn a_limit_that_is_named_holds_and_the_others_have_their_defaults() {
        let spec = LimitsSpec { wall: Some(Duration::from_secs(90)), ..LimitsSpec::default() };
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(json, r#"{"wall":"1m30s"}"#);
        let read: LimitsSpec = serde_json::from_str(&json).unwrap();
        assert_eq!(read.resolve(), Limits { wall: Duration::from_secs(90), ..Limits::DEFAULT });
        for wrong in [r#"{"wall":90}"#, r#"{"wall":"90"}"#, r#"{"requests":-1}"#, r#"{"fuel":1}"#] {
            assert!(serde_json::from_str::<LimitsSpec>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_default_of_every_limit_is_within_its_range() {
        let every = LimitsSpec::read(&mut Defaults);
        assert_eq!((every.resolve(), every.problems()), (Limits::DEFAULT, Vec::new()));
    }

    /// Names every limit, with its default.
    struct Defaults;

    impl LimitReader for Defaults {
        fn size(&mut self, name: &'static str) -> Option<ByteSize> {
            shown(name).parse().ok()
        }

        fn duration(&mut self, name: &'static str) -> Option<Duration> {
            crate::domain::parse_duration(&shown(name)).ok()
        }

        fn count(&mut self, name: &'static str) -> Option<u32> {
            shown(name).parse().ok()
        }
    }

    fn shown(name: &str) -> String {
        let row = Limits::TABLE.into_iter().find(|limit| limit.name == name).unwrap();
        (row.text)(&Limits::DEFAULT)
    }
}
