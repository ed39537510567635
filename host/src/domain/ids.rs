//! Identifiers: UUIDs of version 7 (RFC 9562), so that the order of ids is the order of creation. The port
//! `Ids` makes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    /// Names an operation.
    OperationId
);
id!(
    /// Proves the right to one attempt: a write that names another token is refused.
    LeaseToken
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_name_the_same_id() {
        let id = OrderId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse::<OrderId>().unwrap(), id);
        assert_eq!(OrderId::from_bytes(*id.as_bytes()), id);
        assert!("42".parse::<OrderId>().unwrap_err().contains("UUID"));
    }
}
