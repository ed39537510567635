//! A plugin for tests: one small task for every way to be a bad guest, and a few good ones to compare.
//!
//! The documentation of each function says what its task takes and gives. Tasks that never end by themselves
//! are the point of this crate: a host that runs them must end them.

mod greed;
mod named;
mod outcomes;
mod outside;
mod sandbox;
mod typed;
mod waiting;

use taskbox_task::{Plugin, Task};

struct Misbehave;

impl Plugin for Misbehave {
    fn tasks() -> Vec<Task> {
        let mut tasks = outcomes::tasks();
        tasks.extend(greed::tasks());
        tasks.extend(named::tasks());
        tasks.extend(waiting::tasks());
        tasks.extend(outside::tasks());
        tasks.extend(sandbox::tasks());
        tasks.extend(typed::tasks());
        tasks
    }
}

taskbox_task::export!(Misbehave);
