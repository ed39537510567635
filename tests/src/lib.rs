//! What the tests of the whole of Taskbox share: starting the real host, telling the whole story,
//! finding the guests.

pub mod binaries;
pub mod bombs;
pub mod browser;
pub mod children;
pub mod code_shelf;
pub mod conformance;
pub mod crash;
pub mod dice;
pub mod exposition;
pub mod facts;
pub mod fake_egress;
pub mod guests;
pub mod host;
pub mod markdown;
pub mod model;
pub mod patience;
pub mod power_cut;
pub mod projects;
pub mod promtool;
pub mod said;
pub mod scripted_runner;
pub mod sim_clock;
pub mod story;
pub mod text_plugin;
pub mod trial;
