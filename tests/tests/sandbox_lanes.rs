//! The order of compilations. A single test, because it watches the children of its own process.

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use taskbox::domain::Digest;
use taskbox::ports::Components;
use taskbox::sandbox::{SandboxConfig, WasmRunner};
use taskbox_tests::fake_egress::FakeEgress;
use taskbox_tests::guests::{compiler, plenty};
use taskbox_tests::{binaries, bombs, children};

/// How many functions keep a compiler busy for longer than this test looks.
const LONG: usize = 30_000;

#[tokio::test]
async fn stored_code_never_waits_for_uploads_and_an_upload_that_is_given_up_ends_its_compiler() {
    let cache = tempfile::tempdir().unwrap();
    let config = SandboxConfig::new(cache.path(), compiler(), 4);
    let runner = WasmRunner::new(config, Arc::new(FakeEgress), plenty()).unwrap();
    let plugin = || binaries::plugin("misbehave");
    let inspect = |count: usize| {
        let upload: Bytes = bombs::many_functions(&plugin(), LONG + count).into();
        runner.inspect(upload)
    };
    let mut uploads: Vec<_> = (0..3).map(inspect).collect();
    let own = std::process::id();
    let compiling = children::wait(own, |children| {
        for upload in &mut uploads {
            assert!(upload.now_or_never().is_none(), "it is not compiled so soon");
        }
        children.len() == 2
    });
    let compiling = compiling.await;

    let stored = plugin();
    runner.prepare(Digest::of(&stored), stored.into()).await.unwrap();
    assert!(compiling.iter().all(|child| children::runs(*child)), "the uploads are still being compiled");

    drop(uploads);
    children::wait(own, <[u32]>::is_empty).await;
}
