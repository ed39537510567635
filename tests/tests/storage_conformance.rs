//! Every driver against the conformance suite.

use std::sync::Arc;

use taskbox::storage::sled::SledStorage;
use taskbox_tests::conformance::Fresh;
use taskbox_tests::conformance::world::NOW;
use taskbox_tests::model::ModelStorage;

fn fresh_sled() -> Fresh {
    let dir = tempfile::tempdir().unwrap();
    let storage = SledStorage::open(dir.path(), NOW).unwrap();
    Fresh { storage: Arc::new(storage), keep: Box::new(dir) }
}

fn fresh_model() -> Fresh {
    Fresh { storage: Arc::new(ModelStorage::default()), keep: Box::new(()) }
}

taskbox_tests::storage_conformance!(sled, crate::fresh_sled);
taskbox_tests::storage_conformance!(model, crate::fresh_model);
