//! The trace that a job belongs to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The parts of a value: the version, the ids of the trace and of the parent, and flags.
const PARTS: usize = 4;

/// A `traceparent` (W3C Trace Context, section 3.2): the trace of the submitter, which the job continues.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceParent(String);

/// What a text that is no `traceparent` should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a traceparent of W3C Trace Context, such as \"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\""
)]
pub struct NoTraceParent;

impl TraceParent {
    /// The parent of what belongs below this span of this trace, which is recorded.
    pub fn sampled(trace: u128, span: u64) -> Self {
        Self(format!("00-{trace:032x}-{span:016x}-01"))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of its trace: 32 hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        self.part(1)
    }

    /// The id of the span that it was made in: 16 hexadecimal digits.
    pub fn span_id(&self) -> &str {
        self.part(2)
    }

    /// Whether whoever made it may have recorded the trace.
    pub fn is_sampled(&self) -> bool {
        u8::from_str_radix(self.part(3), 16).is_ok_and(|flags| flags & 1 == 1)
    }

    fn part(&self, index: usize) -> &str {
        self.0.split('-').nth(index).unwrap_or_default()
    }
}

impl FromStr for TraceParent {
    type Err = NoTraceParent;

    fn from_str(text: &str) -> Result<Self, NoTraceParent> {
        let is_hex = |part: &str, length| {
            part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_id = |part: &str, length| is_hex(part, length) && part.bytes().any(|byte| byte != b'0');
        let parts: Vec<_> = text.split('-').take(PARTS + 1).collect();
        let [version, trace, parent, flags] = parts[..] else { return Err(NoTraceParent) };
        let fits = is_hex(version, 2) && version != "ff" && is_id(trace, 32) && is_id(parent, 16);
        (fits && is_hex(flags, 2)).then(|| Self(text.to_owned())).ok_or(NoTraceParent)
    }
}

impl TryFrom<String> for TraceParent {
    type Error = NoTraceParent;

    fn try_from(text: String) -> Result<Self, NoTraceParent> {
        text.parse()
    }
}

impl From<TraceParent> for String {
    fn from(parent: TraceParent) -> Self {
        parent.0
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_of_the_standard_is_a_traceparent() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parsed: TraceParent = good.parse().unwrap();
        assert_eq!(parsed.as_str(), good);
        assert_eq!(parsed.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let (trace, span) = (0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736, 0x00f0_67aa_0ba9_02b7);
        assert_eq!(TraceParent::sampled(trace, span), parsed);
        assert_eq!((parsed.span_id(), parsed.is_sampled()), ("00f067aa0ba902b7", true));
        for wrong in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        ] {
            assert_eq!(wrong.parse::<TraceParent>(), Err(NoTraceParent), "{wrong:?}");
        }
    }
}
