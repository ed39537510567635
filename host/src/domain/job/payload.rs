//! The payload of a job.

use crate::domain::Json;

/// The data of a job that no rule reads. It is stored with the job, and read when an attempt starts or the job is
/// shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payload {
    /// The input of the task, at most 1 MiB.
    pub input: Json,
    /// The submitter's own data, an object of at most 16 KiB.
    pub metadata: Json,
}

impl Payload {
    /// This input, without metadata.
    pub fn new(input: Json) -> Self {
        Self { input, metadata: Json::empty_object() }
    }

    /// The size of both texts, in bytes.
    pub fn bytes(&self) -> usize {
        self.input.as_str().len() + self.metadata.as_str().len()
    }
}
