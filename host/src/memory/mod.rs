//! The memory of this host: its limit, its use, and the budgets that share it.

mod host;
mod machine;
mod requests;
mod texts;

pub use host::HostMemory;
pub use machine::{available_bytes, resident_bytes};
pub use requests::RequestMemory;
