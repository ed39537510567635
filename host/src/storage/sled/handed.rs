//! A group that was handed over to the writer.

use std::sync::Arc;

use tokio::sync::watch;

use super::disk::Disk;
use super::group::Group;
use super::request::Request;
use super::synced::Synced;

/// A group on its way to the disk.
pub struct Handed {
    /// Where it goes.
    pub disk: Arc<Disk>,
    /// What is written.
    pub group: Group,
    /// Where readers learn that it arrived.
    pub synced: watch::Sender<Synced>,
    /// What is answered then.
    pub requests: Vec<Box<dyn Request>>,
}
