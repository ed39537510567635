//! Jobs after a change.

use crate::domain::{Job, Order};

/// A job after a change, and its order if that changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settled {
    /// The job.
    pub job: Job,
    /// Its order, if it has one.
    pub order: Option<Order>,
    /// Jobs that waited for it, or for one of these, and wait no longer: released, or discarded.
    pub followed: Vec<Settled>,
}

impl Settled {
    /// A job without followers.
    pub fn alone(job: Job, order: Option<Order>) -> Self {
        Self { job, order, followed: Vec::new() }
    }

    /// It, then those that followed it.
    pub fn with_followed(self) -> impl Iterator<Item = Settled> {
        let Settled { job, order, followed } = self;
        std::iter::once(Settled::alone(job, order)).chain(followed)
    }
}

/// The result of an action: the job as it now is (as it was, when it was deleted), and its order as it now is.
pub type Acted = Settled;
