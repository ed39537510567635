//! The `taskbox` program.

fn main() {}
