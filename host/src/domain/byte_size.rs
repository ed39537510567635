//! Sizes as people write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
}
