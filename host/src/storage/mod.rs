//! Drivers of the storage port.

pub mod sled;
