//! A plugin's grant as it is stored; its key holds the plugin's name.
//!
//! It is JSON text with named fields, so that a grant still reads when there are more limits than when it was
//! written: what it does not name is not granted, or has its default. A limit that this version does not know
//! is an error, for to leave it out would grant more than an operator said.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};

use super::Record;
use super::layout::Layout;
use crate::domain::Grant;

/// A grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrantRecord(pub Grant);

impl Record for GrantRecord {
    const WHAT: &'static str = "grant";
}

impl Layout for GrantRecord {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        let text = serde_json::to_string(&self.0);
        text.map_err(|error| EncodeError::OtherString(error.to_string()))?.write(to)
    }

    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        let grant = serde_json::from_str(&String::read(from)?);
        grant.map(Self).map_err(|error| DecodeError::OtherString(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{decode, encode};
    use super::*;
    use crate::domain::{ByteSize, LimitsSpec};

    /// The bytes of a grant that was written as this text.
    fn stored(text: &str) -> Vec<u8> {
        let length = u8::try_from(text.len()).unwrap();
        assert!(length < 251, "one byte holds the length");
        [&[GrantRecord::FORMAT, length], text.as_bytes()].concat()
    }

    #[test]
    fn a_grant_is_json_with_named_fields() {
        let limits = LimitsSpec { memory: Some(ByteSize::mib(1)), ..LimitsSpec::default() };
        let bytes = encode(&GrantRecord(Grant { limits, ..Grant::default() })).unwrap();
        let begin = bytes.iter().position(|byte| *byte == b'{').unwrap();
        let text = std::str::from_utf8(&bytes[begin..]).unwrap();
        assert!(text.starts_with(r#"{"hosts":[],"#) && text.contains(r#""memory":"1MiB""#), "{text}");
    }

    #[test]
    fn a_grant_that_was_written_before_there_was_a_limit_still_reads() {
        let older = r#"{"hosts":[{"url":"https://a"}],"limits":{"memory":"1MiB"}}"#;
        let GrantRecord(grant) = decode(&stored(older)).unwrap();
        assert_eq!((grant.hosts[0].path.as_str(), grant.limits.memory), ("/", Some(ByteSize::mib(1))));
        assert_eq!(decode::<GrantRecord>(&stored("{}")).unwrap(), GrantRecord(Grant::default()));
    }

    #[test]
    fn a_limit_that_this_version_does_not_know_is_said_by_its_name() {
        for newer in [r#"{"limits":{"gpu":"1s"}}"#, r#"{"gpu":[]}"#, r#"{"hosts":[{"url":"a","gpu":1}]}"#] {
            let error = decode::<GrantRecord>(&stored(newer)).unwrap_err().to_string();
            assert!(error.contains("a grant cannot be read") && error.contains("gpu"), "{error}");
        }
    }
}
