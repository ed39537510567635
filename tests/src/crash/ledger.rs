//! What was answered, and what was asked without an answer.

use std::collections::BTreeMap;

use serde_json::Value;

use super::SeenOrder;

/// How far a caller went with something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Asked {
    /// Nobody asked.
    #[default]
    No,
    /// Somebody asks: it may be done.
    Perhaps,
    /// It is done.
    Done,
}

/// A job that was acknowledged.
#[derive(Clone, Debug, Default)]
pub struct KnownJob {
    /// What it was submitted with.
    pub input: Value,
    /// Its order.
    pub order: Option<String>,
    /// The words to find it by.
    pub tags: Vec<String>,
    /// Whether it stays scheduled unless somebody stops it.
    pub lasting: bool,
    /// Whether somebody asked it to stop.
    pub stopping: Asked,
    /// Whether somebody asked to delete it.
    pub deleting: Asked,
    /// Whether somebody may have asked to run it again since it was last seen.
    pub retrying: bool,
    /// The final state in which it was last seen, and since when it is in it.
    pub ended: Option<(String, String)>,
    /// Whether it was found to be gone, as it may.
    pub gone: bool,
}

/// A request that made one job or order, and that is repeated until it is answered.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Where to.
    pub path: &'static str,
    /// The idempotency key, and a tag of the job.
    pub key: String,
    /// What was asked for.
    pub body: Value,
    /// The id of the job or the order that was answered.
    pub answered: Option<String>,
}

/// Jobs that were submitted together, found by their tag.
#[derive(Clone, Debug)]
pub struct Batch {
    /// How many.
    pub count: usize,
    /// Whether they were acknowledged.
    pub acknowledged: bool,
}

/// What is said about a queue.
#[derive(Clone, Debug, Default)]
pub struct KnownQueue {
    /// The settings that were answered last.
    pub settings: Option<Value>,
    /// Those that were asked for since, without an answer.
    pub perhaps: Vec<Value>,
}

/// What the host that is up, or was up last, was told to forget when it starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pruning {
    /// Nothing.
    #[default]
    Nothing,
    /// Every completed job.
    Completed,
    /// All final jobs but a few of each state.
    AllButFew,
}

/// How often things happened, to know that the rounds have tested something.
#[derive(Clone, Copy, Default, Debug)]
pub struct Tally {
    /// Acknowledged submissions of a job, an order or a batch.
    pub acknowledged: usize,
    /// Requests whose answer was lost.
    pub lost: usize,
    /// Lost requests that were repeated, and turned out to have been done.
    pub found_done: usize,
    /// Keys that were answered again.
    pub replayed: usize,
    /// Duplicates by a unique key.
    pub duplicates: usize,
    /// Final states that were seen again.
    pub compared: usize,
    /// Jobs that retention took.
    pub pruned: usize,
    /// Jobs that a caller deleted.
    pub deleted: usize,
}

/// Everything that callers know.
#[derive(Default)]
pub struct Ledger {
    /// Jobs by id.
    pub jobs: BTreeMap<String, KnownJob>,
    /// Orders that were seen final, by id.
    pub ended_orders: BTreeMap<String, SeenOrder>,
    /// Single submissions by key.
    pub sent: BTreeMap<String, Sent>,
    /// Batches by tag.
    pub batches: BTreeMap<String, Batch>,
    /// Queues by name.
    pub queues: BTreeMap<String, KnownQueue>,
    /// Ticks of the schedule whose jobs wait.
    pub ticks: std::collections::BTreeSet<String>,
    /// What retention may have taken since everything was last looked at.
    pub pruning: Pruning,
    /// How often things happened.
    pub tally: Tally,
}

impl Ledger {
    /// A job that somebody will act on.
    ///
    /// # Panics
    /// When nobody ever acknowledged it.
    pub fn job(&mut self, id: &str) -> &mut KnownJob {
        self.jobs.get_mut(id).expect("the job was acknowledged")
    }

    /// The jobs with this tag.
    pub fn tagged(&mut self, tag: &str) -> impl Iterator<Item = &mut KnownJob> {
        self.jobs.values_mut().filter(move |job| job.tags.iter().any(|found| found == tag))
    }
}
