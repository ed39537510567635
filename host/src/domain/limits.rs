//! What one attempt may use. Every limit has a name, a default and an outcome of its own.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{format_duration, parse_duration};

/// A number of bytes, written as `"64MiB"`, `"256KiB"`, `"1GiB"` or `"100B"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

impl ByteSize {
    const UNITS: [(&'static str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

    /// So many mebibytes.
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// So many kibibytes.
    pub const fn kib(count: u64) -> Self {
        Self(count << 10)
    }

    /// The size for indexing memory; a size beyond the address space becomes the largest.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = Self::UNITS.iter().find(|(_, unit)| self.0 >= *unit && self.0.is_multiple_of(*unit));
        let (name, unit) = exact.unwrap_or(&("B", 1));
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl fmt::Debug for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a size such as \"64MiB\", \"256KiB\" or \"100B\"");
        let (name, unit) = Self::UNITS.iter().find(|(name, _)| text.ends_with(name)).ok_or_else(wrong)?;
        let count: u64 = text[..text.len() - name.len()].trim().parse().map_err(|_| wrong())?;
        count.checked_mul(*unit).map(Self).ok_or_else(wrong)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The limits that a grant names; the others keep their defaults.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsSpec {
    /// Linear memory of all its instances together.
    pub memory: Option<ByteSize>,
    /// Wall time of one attempt.
    #[serde(with = "optional_duration_text")]
    pub wall: Option<Duration>,
    /// CPU time of one attempt.
    #[serde(with = "optional_duration_text")]
    pub cpu: Option<Duration>,
    /// Outbound requests of one attempt.
    pub requests: Option<u32>,
    /// Bytes of one response's body.
    pub response_bytes: Option<ByteSize>,
    /// Bytes of the task's result.
    pub output_bytes: Option<ByteSize>,
    /// Bytes of stdout and stderr that are kept; twice as many end the attempt.
    pub log_bytes: Option<ByteSize>,
    /// Attempts of this plugin at the same time on one host.
    pub concurrency: Option<u32>,
}

/// The limits of one attempt, complete.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Linear memory of all its instances together.
    pub memory: ByteSize,
    /// Wall time of one attempt.
    pub wall: Duration,
    /// CPU time of one attempt.
    pub cpu: Duration,
    /// Outbound requests of one attempt.
    pub requests: u32,
    /// Bytes of one response's body.
    pub response_bytes: ByteSize,
    /// Bytes of the task's result.
    pub output_bytes: ByteSize,
    /// Bytes of stdout and stderr that are kept; twice as many end the attempt.
    pub log_bytes: ByteSize,
    /// Attempts of this plugin at the same time on one host.
    pub concurrency: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: ByteSize::mib(64),
            wall: Duration::from_secs(5 * 60),
            cpu: Duration::from_secs(10),
            requests: 100,
            response_bytes: ByteSize::mib(8),
            output_bytes: ByteSize::mib(1),
            log_bytes: ByteSize::kib(256),
            concurrency: 10_000,
        }
    }
}

impl LimitsSpec {
    /// The largest memory limit: what one slot of the sandbox's pool reserves.
    pub const MEMORY_MAX: ByteSize = ByteSize::mib(512);
    /// The largest result that is stored.
    pub const OUTPUT_BYTES_MAX: ByteSize = ByteSize::mib(16);
    /// The most output that is kept of one attempt.
    pub const LOG_BYTES_MAX: ByteSize = ByteSize::mib(4);
    /// The longest attempt.
    pub const WALL_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

    /// Fills in the defaults.
    pub fn resolve(&self) -> Limits {
        let default = Limits::default();
        Limits {
            memory: self.memory.unwrap_or(default.memory),
            wall: self.wall.unwrap_or(default.wall),
            cpu: self.cpu.unwrap_or(default.cpu),
            requests: self.requests.unwrap_or(default.requests),
            response_bytes: self.response_bytes.unwrap_or(default.response_bytes),
            output_bytes: self.output_bytes.unwrap_or(default.output_bytes),
            log_bytes: self.log_bytes.unwrap_or(default.log_bytes),
            concurrency: self.concurrency.unwrap_or(default.concurrency),
        }
    }

    /// Every limit that is out of range, as its name and what would be right.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let size = |name, value: Option<ByteSize>, max: ByteSize| {
            let wrong = value.is_some_and(|value| value.0 == 0 || value > max);
            wrong.then(|| (name, format!("must be from 1B to {max}")))
        };
        let time = |name, value: Option<Duration>| {
            let wrong = value.is_some_and(|value| value.is_zero() || value > Self::WALL_MAX);
            wrong.then(|| (name, format!("must be from 1ms to {}", format_duration(Self::WALL_MAX))))
        };
        let concurrency =
            (self.concurrency == Some(0)).then(|| ("concurrency", "must be at least 1".to_owned()));
        [
            size("memory", self.memory, Self::MEMORY_MAX),
            time("wall", self.wall),
            time("cpu", self.cpu),
            size("response_bytes", self.response_bytes, ByteSize::mib(1024)),
            size("output_bytes", self.output_bytes, Self::OUTPUT_BYTES_MAX),
            size("log_bytes", self.log_bytes, Self::LOG_BYTES_MAX),
            concurrency,
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

mod optional_duration_text {
    //! A duration as text, in records as well as outside.
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(format_duration).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| parse_duration(&text).map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_what_they_write() {
        for text in ["64MiB", "256KiB", "1GiB", "100B", "1025B"] {
            assert_eq!(text.parse::<ByteSize>().unwrap().to_string(), text);
        }
        for wrong in ["64", "64MB", "-1B", "99999999999GiB"] {
            assert!(wrong.parse::<ByteSize>().unwrap_err().contains("64MiB"), "{wrong}");
        }
    }

    #[test]
    fn a_limit_out_of_range_is_named_with_its_range() {
        let spec = LimitsSpec {
            memory: Some(ByteSize::mib(4096)),
            cpu: Some(Duration::ZERO),
            ..LimitsSpec::default()
        };
        let names: Vec<_> = spec.problems().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["memory", "cpu"]);
    }
}
