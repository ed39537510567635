//! The Rust in the documentation, compiled as it stands there: a module for each block.

include!(concat!(env!("OUT_DIR"), "/blocks.rs"));
