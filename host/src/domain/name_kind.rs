//! The kinds of names.

use super::closed_set;

closed_set! {
    /// The thing that a name names, by the field of a job that holds it.
    pub enum NameKind {
        /// A queue.
        Queue = "queue",
        /// A task.
        Task = "task",
    }
}
