//! Taskbox: a task host. See the README for what it is and `domain` for its words and rules.

// Printing panics when it cannot: `cli::out` prints instead, and everything else logs.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod api;
pub mod app;
pub mod audit;
pub mod backups;
pub mod cli;
pub mod clock;
pub mod domain;
pub mod egress;
pub mod events;
pub mod finishing;
pub mod ids;
pub mod intake;
pub mod memory;
pub mod metering;
pub mod orders;
pub mod plugins;
pub mod ports;
pub mod queue;
pub mod sandbox;
pub mod schedules;
pub mod spans;
pub mod stand_ins;
pub mod storage;
pub mod tokens;
pub mod trial;
pub mod watching;
pub mod webhooks;
