//! New ids, which a simulation can number itself.

use uuid::Uuid;

use crate::domain::{JobId, LeaseToken, OrderId, Timestamp};

/// Makes ids. Each is greater than all that the same value made before, whatever the clock does, so
/// that the order of ids is the order of creation.
pub trait Ids: Send + Sync {
    /// A new UUID of version 7 (RFC 9562) for this time.
    fn uuid(&self, now: Timestamp) -> Uuid;

    /// The id of a new job.
    fn job_id(&self, now: Timestamp) -> JobId {
        self.uuid(now).into()
    }

    /// The id of a new order.
    fn order_id(&self, now: Timestamp) -> OrderId {
        self.uuid(now).into()
    }

    /// The secret of a new one-time URL: random numbers that cannot be guessed.
    fn event_secret(&self) -> [u8; 16];

    /// The secret of a new token or session: 64 hexadecimal digits that cannot be guessed.
    fn secret(&self) -> String {
        let halves = [self.event_secret(), self.event_secret()];
        halves.concat().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The token of a new lease.
    fn lease_token(&self, now: Timestamp) -> LeaseToken {
        self.uuid(now).into()
    }
}
