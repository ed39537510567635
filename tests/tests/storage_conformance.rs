//! Every driver against the conformance suite.

use std::sync::Arc;

use taskbox::ports::Storage;
use taskbox::storage::sled::SledStorage;
use taskbox_tests::conformance::Fresh;
use taskbox_tests::conformance::world::NOW;
use taskbox_tests::model::ModelStorage;

fn fresh_sled() -> Fresh {
    let dir = tempfile::tempdir().unwrap();
    let storage = Arc::new(SledStorage::open(dir.path(), NOW).unwrap());
    let counted = Arc::clone(&storage);
    // A directory is open once; its handle is for all.
    let other = Arc::clone(&storage) as Arc<dyn Storage>;
    Fresh { storage, other, keep: Box::new(dir), claim_steps: Some(Box::new(move || counted.claim_steps())) }
}

fn fresh_model() -> Fresh {
    let storage = Arc::new(ModelStorage::default());
    Fresh { other: Arc::clone(&storage) as Arc<dyn Storage>, storage, keep: Box::new(()), claim_steps: None }
}

taskbox_tests::storage_conformance!(sled, crate::fresh_sled);
taskbox_tests::storage_conformance!(model, crate::fresh_model);
