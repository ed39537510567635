//! `describe` of plugins that are not yet trusted: one with a bad result is refused, and soon.

use std::sync::Arc;
use std::time::{Duration, Instant};

use taskbox::ports::{ComponentInfo, Components, Unfit};
use taskbox::sandbox::{SandboxConfig, WasmRunner};
use taskbox_tests::fake_egress::FakeEgress;
use taskbox_tests::guests::{compiler, plenty, unfit};
use taskbox_tests::text_plugin::TextPlugin;

/// Uploads a plugin whose `describe` does this, and returns what is on the stack as the place of its answer.
async fn inspect(describe: &str) -> Result<ComponentInfo, Unfit> {
    let cache = tempfile::tempdir().unwrap();
    let runner =
        WasmRunner::new(SandboxConfig::new(cache.path(), compiler(), 4), Arc::new(FakeEgress), plenty())
            .unwrap();
    let plugin = TextPlugin { describe, ..TextPlugin::default() };
    runner.inspect(plugin.component().into()).await.map_err(unfit)
}

#[tokio::test]
async fn a_plugin_of_forty_lines_fits() {
    let info = inspect("i32.const 0").await.unwrap();
    assert_eq!(info.tasks[0].name.as_str(), "send");
    assert_eq!(info.imports, [] as [String; 0]);
}

#[tokio::test]
async fn to_describe_for_ever_is_to_be_refused_after_a_second() {
    let began = Instant::now();
    let unfit = inspect("(loop (br 0)) unreachable").await.unwrap_err();
    assert!(unfit.reason.contains("computed for 1s"), "{unfit}");
    assert!(unfit.advice.contains("only names tasks"), "{unfit}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn to_trap_is_to_be_refused() {
    let unfit = inspect("unreachable").await.unwrap_err();
    assert!(unfit.reason.contains("did not say what it offers: the guest panicked"), "{unfit}");
}

#[tokio::test]
async fn to_take_much_memory_is_to_be_refused() {
    let grow = "(if (i32.eq (memory.grow (i32.const 2000)) (i32.const -1)) (then unreachable)) i32.const 0";
    let unfit = inspect(grow).await.unwrap_err();
    assert!(unfit.reason.contains("needs more than 64MiB of memory"), "{unfit}");
}

#[tokio::test]
async fn an_answer_that_is_none_is_refused() {
    let beyond_memory = inspect("(i32.store (i32.const 0) (i32.const 65528)) i32.const 0").await.unwrap_err();
    assert!(beyond_memory.reason.contains("did not say what it offers"), "{beyond_memory}");
    let no_task = inspect("(i32.store (i32.const 4) (i32.const 0)) i32.const 0").await.unwrap_err();
    assert!(no_task.reason.contains("names 0 tasks"), "{no_task}");
    let no_name = inspect("(i32.store (i32.const 20) (i32.const 0)) i32.const 0").await.unwrap_err();
    assert!(no_name.advice.contains("beginning with a letter"), "{no_name}");
}
