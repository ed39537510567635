//! A group that was handed over to the writer.

use std::sync::Arc;

use tokio::sync::watch;

use super::disk::Disk;
use super::group::Group;
use super::request::Request;
use super::synced::Synced;

/// A group on its way to the disk.
pub struct Handed {
    /// The disk that it is written to.
    pub disk: Arc<Disk>,
    /// Its writes.
    pub group: Group,
    /// The way to notify readers of its arrival.
    pub synced: watch::Sender<Synced>,
    /// The requests to answer then.
    pub requests: Vec<Box<dyn Request>>,
}
