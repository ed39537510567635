//! What a plugin may send where, as pure decisions over a grant and the request that will really be sent.
//!
//! Nothing here resolves a name or opens a connection, and nothing here may see the value of a secret. Every
//! decision that refuses names the line of the grant that would allow it, so that an author never guesses.

mod address;
mod address_ranges;
mod climb;
mod decision;
mod denial;
mod origin;
mod origin_pattern;
mod path;
mod placeholder;
mod target;

pub use address::{RefusedAddress, guard_address};
pub use denial::Denial;
pub use origin::{Origin, Scheme};
pub use origin_pattern::OriginPattern;
pub use placeholder::{PLACEHOLDER_PREFIX, placeholder};
pub use target::Target;

pub(in crate::domain) use decision::{is_echo, is_tunnel};
pub(in crate::domain) use path::{is_within, prefix_as_sent};
