//! The memory of this host: what it may use, what it uses, and who shares it.

mod host;
mod machine;
mod requests;
mod texts;

pub use host::HostMemory;
pub use machine::{available_bytes, resident_bytes};
pub use requests::RequestMemory;
