//! `describe` of plugins that are not yet trusted: one with a bad result is refused, and soon.

use std::sync::Arc;
use std::time::{Duration, Instant};

use taskbox::ports::{ComponentInfo, Runner, Unfit};
use taskbox::sandbox::{SandboxConfig, WasmRunner};
use taskbox_tests::fake_egress::FakeEgress;
use taskbox_tests::guests::{compiler, plenty, unfit};

/// Uploads a plugin whose `describe` does this, and returns what is on the stack as the place of its answer.
async fn inspect(describe: &str) -> Result<ComponentInfo, Unfit> {
    let cache = tempfile::tempdir().unwrap();
    let runner =
        WasmRunner::new(SandboxConfig::new(cache.path(), compiler(), 4), Arc::new(FakeEgress), plenty())
            .unwrap();
    runner.inspect(plugin(describe).into()).await.map_err(unfit)
}

/// A component with the exports of a plugin and nothing else, in the text format of WebAssembly.
///
/// Its memory holds the answer of one task named `send`: at 0 a list of one, at 16 the task, at 128 its name.
fn plugin(describe: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
        (core module $code
          (memory (export "memory") 1)
          (data (i32.const 0) "\10\00\00\00\01\00\00\00")
          (data (i32.const 16) "\80\00\00\00\04\00\00\00")
          (data (i32.const 128) "send")
          (func (export "describe") (result i32) {describe})
          (func (export "run") (param i32) (result i32) unreachable)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024))
        (core instance $core (instantiate $code))
        (alias core export $core "memory" (core memory $memory))
        (alias core export $core "realloc" (core func $realloc))
        (type $spec-type (record
          (field "name" string) (field "description" string)
          (field "input-schema" (option string)) (field "output-schema" (option string))
          (field "max-attempts" (option u32)) (field "timeout-ms" (option u64)) (field "queue" (option string))))
        (type $context-type (record
          (field "job-id" string) (field "task" string) (field "attempt" u32) (field "max-attempts" u32)
          (field "idempotency-key" string) (field "deadline-ms" u64)
          (field "tags" (list string)) (field "metadata" string) (field "traceparent" (option string))))
        (type $error-type (variant
          (case "retryable" string) (case "retry-after" (tuple u64 string))
          (case "permanent" string) (case "cancelled") (case "snooze" u64)
          (case "wait-for-event" (tuple string u64))
          (case "wait-for-jobs" (tuple string (list string) u64))))
        (export $spec "task-spec" (type $spec-type))
        (export $context "job-context" (type $context-type))
        (export $error "task-error" (type $error-type))
        (func $describe (result (list $spec))
          (canon lift (core func $core "describe") (memory $memory)))
        (func $run (param "context" $context) (param "input" string) (result (result string (error $error)))
          (canon lift (core func $core "run") (memory $memory) (realloc $realloc)))
        (instance $task (export "describe" (func $describe)) (export "run" (func $run)))
        (export "taskbox:task/task@0.1.0" (instance $task)))"#
    );
    wat::parse_str(text).unwrap()
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
