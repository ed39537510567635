//! Everything that must be true after a host was killed at any moment: callers load it with all that
//! there is to ask, a ledger remembers what was answered, and what is found afterwards is held against it.

mod caller;
mod checks;
mod ledger;
mod line;
mod requests;
mod seen;
mod ticks;

pub use caller::Caller;
pub use checks::check;
pub use ledger::{Asked, KnownQueue, Ledger, Pruning, Tally};
pub use line::Line;
pub use requests::{IDLE_TAG, queue_of};
pub use seen::{Seen, SeenJob, SeenOrder};
pub use ticks::{ask_for_ticks, check_ticks};
