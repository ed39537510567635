//! Identifiers: UUID version 7 (RFC 9562), so that the order of ids is the order of creation.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use uuid::{ContextV7, Uuid};

use super::Timestamp;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The sixteen bytes, big-endian: their order is the order of creation.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id with these sixteen bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The bare UUID.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self).map_err(|_| format!("{text:?} is not an id (a UUID)"))
            }
        }
    };
}

id!(
    /// Names a job.
    JobId
);
id!(
    /// Names an order.
    OrderId
);
id!(
    /// Proves the right to one attempt: a write that names another token is refused.
    LeaseToken
);

/// Makes ids that only grow, also within one millisecond and when the clock steps back.
pub struct IdGenerator {
    context: Mutex<ContextV7>,
    latest: Mutex<u64>,
}

impl IdGenerator {
    /// A generator of its own sequence.
    pub fn new() -> Self {
        Self { context: Mutex::new(ContextV7::new()), latest: Mutex::new(0) }
    }

    /// A new id for this moment.
    pub fn next<Id: From<Uuid>>(&self, now: Timestamp) -> Id {
        let millis = self.never_back(now.as_millis());
        let context = self.context.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let subsec_nanos = u32::try_from((millis % 1000) * 1_000_000).unwrap_or(0);
        let stamp = uuid::Timestamp::from_unix(&*context, millis / 1000, subsec_nanos);
        Id::from(Uuid::new_v7(stamp))
    }

    fn never_back(&self, millis: u64) -> u64 {
        let mut latest = self.latest.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *latest = (*latest).max(millis);
        *latest
    }
}

impl Default for IdGenerator {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_within_a_millisecond_and_over_a_clock_that_steps_back() {
        let ids = IdGenerator::new();
        let mut last: JobId = ids.next(Timestamp::from_millis(5_000));
        for millis in std::iter::repeat_n(5_000, 10_000).chain([4_000, 3_000, 5_001]) {
            let next = ids.next(Timestamp::from_millis(millis));
            assert!(next > last, "{next} must follow {last}");
            last = next;
        }
    }

    #[test]
    fn text_and_bytes_name_the_same_id() {
        let id: OrderId = IdGenerator::new().next(Timestamp::from_millis(1));
        assert_eq!(id.to_string().parse::<OrderId>().unwrap(), id);
        assert_eq!(OrderId::from_bytes(*id.as_bytes()), id);
        assert!("42".parse::<OrderId>().unwrap_err().contains("UUID"));
    }
}
