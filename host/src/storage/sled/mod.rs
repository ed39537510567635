//! The embedded driver, on sled.
