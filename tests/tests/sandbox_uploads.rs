//! Fit and unfit uploads, each refusal with its remedy; and compiled code on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use taskbox::domain::{ByteSize, Digest};
use taskbox::ports::{Components, Unfit};
use taskbox::sandbox::{SandboxConfig, WasmRunner};
use taskbox_tests::binaries;
use taskbox_tests::fake_egress::FakeEgress;
use taskbox_tests::guests::{Sandbox, compiler, output, plenty, unfit};

/// The begin of every component.
const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn runner(cache_dir: &Path) -> WasmRunner {
    let mut config = SandboxConfig::new(cache_dir, compiler(), 4);
    config.component_bytes_max = ByteSize::mib(2);
    WasmRunner::new(config, Arc::new(FakeEgress), plenty()).unwrap()
}

async fn refused(upload: impl Into<Vec<u8>>) -> Unfit {
    let cache = tempfile::tempdir().unwrap();
    unfit(runner(cache.path()).inspect(upload.into().into()).await.unwrap_err())
}

/// A component that imports an interface of this name, without functions, and exports it again as another.
fn component(import: &str, export: &str) -> Vec<u8> {
    let section = |id: u8, body: &[&[u8]]| {
        let body = body.concat();
        [&[id, u8::try_from(body.len()).unwrap()], &body[..]].concat()
    };
    let name = |name: &str| [&[0, u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
    let instance_type = section(7, &[&[1, 0x42, 0]]);
    let imports = section(10, &[&[1], &name(import), &[5, 0]]);
    let exports = section(11, &[&[1], &name(export), &[5, 0, 0]]);
    [EMPTY_COMPONENT, &instance_type, &imports, &exports].concat()
}

fn compiled_files(cache: &Path) -> Vec<PathBuf> {
    let engine = std::fs::read_dir(cache).unwrap().next().unwrap().unwrap().path();
    let files = std::fs::read_dir(engine).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|kind| kind == "cwasm")).collect()
}

#[tokio::test]
async fn a_plugin_tells_what_it_offers_and_imports() {
    let cache = tempfile::tempdir().unwrap();
    for (plugin, task) in [("bench", "noop"), ("create-order", "create-order")] {
        let info = runner(cache.path()).inspect(binaries::plugin(plugin).into()).await.unwrap();
        assert!(info.tasks.iter().any(|spec| spec.name.as_str() == task), "{plugin}");
        assert!(info.imports.iter().any(|import| import.starts_with("wasi:http/outgoing-handler@0.2.")));
        assert!(info.imports.is_sorted());
    }
}

/// A component by way of preview 1 and an adapter.
#[tokio::test]
async fn a_plugin_of_cargo_component_fits_too() {
    let cache = tempfile::tempdir().unwrap();
    let component = binaries::plugin_of_cargo_component("create-order");
    let info = runner(cache.path()).inspect(component.into()).await.unwrap();
    assert_eq!(info.tasks.len(), 1);
}

#[tokio::test]
async fn what_is_no_component_is_refused_with_how_to_build_one() {
    assert!(refused("").await.reason.contains("empty"));
    let text = refused("fn main() {}").await;
    assert!(text.reason.contains("a text") && text.advice.contains("--target wasm32-wasip2"), "{text}");
    let module = refused(b"\0asm\x01\0\0\0").await;
    assert!(
        module.reason.contains("core WebAssembly module") && module.advice.contains("wasm-tools"),
        "{module}"
    );
    let large = refused(vec![0; (2 << 20) + 1]).await;
    assert!(large.reason.contains("more than the 2MiB"), "{large}");
}

#[tokio::test]
async fn a_truncated_or_damaged_component_is_refused() {
    let whole = binaries::plugin("create-order");
    for part in [9, 1_000, whole.len() / 2, whole.len() - 1] {
        let unfit = refused(&whole[..part]).await;
        assert!(unfit.reason.contains("cut off"), "{part}: {unfit}");
    }
    let mut damaged = whole.clone();
    damaged[1_000..2_000].fill(0xff);
    assert!(refused(damaged).await.reason.contains("not a valid component"));
}

#[tokio::test]
async fn an_interface_that_does_not_fit_is_named() {
    let foreign = refused(component("acme:db/query@1.0.0", "taskbox:task/task@0.1.0")).await;
    assert!(foreign.reason.contains("`acme:db/query@1.0.0`"), "{foreign}");
    let none = refused(EMPTY_COMPONENT).await;
    assert!(none.reason.contains("does not export") && none.advice.contains("plugin!"), "{none}");
    let newer = refused(component("taskbox:task/job@0.1.0", "taskbox:task/task@0.2.0")).await;
    assert!(newer.reason.contains("version 0.2.0") && newer.advice.contains("speaks 0.1.0"), "{newer}");
    let hollow = refused(component("taskbox:task/job@0.1.0", "taskbox:task/task@0.1.0")).await;
    assert!(hollow.reason.contains("does not fit the host's interfaces"), "{hollow}");
}

#[tokio::test]
async fn what_came_after_wasi_0_2_is_refused_with_the_line_that_builds_what_fits() {
    for (library, line) in [
        ("rust", "`cargo build --release --target wasm32-wasip2`"),
        (
            "libcomponentize_py_runtime.so:f",
            "`componentize-py -d wit -w taskbox:guest/plugin componentize app",
        ),
        ("componentize_qjs_runtime.wasm:f", "`componentize-qjs --sync --wit wit --js app.js -o app.wasm`"),
    ] {
        let component = |part: &str| {
            let text = format!(
                r#"(component {part}
                    (core module $m (func (export "f")))
                    (core instance $i (instantiate $m))
                    (core instance (export "{library}" (func $i "f")))
                    (func (export "sync") (canon lift (core func $i "f"))))"#
            );
            wat::parse_str(text).unwrap()
        };
        for (part, reason) in [
            (r#"(import "wasi:http/types@0.3.0" (instance))"#, "imports `wasi:http/types@0.3.0`"),
            (r#"(import "wasi:cli/run@0.3.0-rc-2026" (instance))"#, "offers WASI 0.2"),
            ("(type (func async))", "component-model async"),
            (
                r#"(type (instance (type (func async)) (export "run" (func (type 0)))))"#,
                "component-model async",
            ),
            ("(core func (canon backpressure.inc))", "component-model async"),
            (
                r#"(core module $n (func (export "f")))
                (core instance $n (instantiate $n))
                (func (export "run") async (canon lift (core func $n "f") async))"#,
                "component-model async",
            ),
        ] {
            let unfit = refused(component(part)).await;
            assert!(unfit.reason.contains(reason) && unfit.advice.contains(line), "{part}: {unfit}");
        }
        let synchronous = refused(component("")).await;
        assert!(synchronous.reason.contains("does not export"), "{synchronous}");
    }
}

#[tokio::test]
async fn compiled_code_is_never_taken_as_an_upload() {
    let cache = tempfile::tempdir().unwrap();
    runner(cache.path()).inspect(binaries::plugin("create-order").into()).await.unwrap();
    let code = std::fs::read(&compiled_files(cache.path())[0]).unwrap();
    let mut config = SandboxConfig::new(cache.path(), compiler(), 4);
    config.component_bytes_max = ByteSize::mib(64);
    let runner = WasmRunner::new(config, Arc::new(FakeEgress), plenty()).unwrap();
    let unfit = unfit(runner.inspect(code.into()).await.unwrap_err());
    assert!(unfit.reason.contains("already compiled to machine code"), "{unfit}");
}

#[tokio::test]
async fn code_damaged_on_disk_is_compiled_again() {
    let cache = tempfile::tempdir().unwrap();
    let plugin = binaries::plugin("misbehave");
    drop(Sandbox::with(plugin.clone(), cache.path(), 4).await);
    let file = compiled_files(cache.path()).remove(0);
    let sound = std::fs::read(&file).unwrap();
    let mut damaged = sound.clone();
    damaged[sound.len() / 2] ^= 0xff;
    std::fs::write(&file, &damaged).unwrap();

    let sandbox = Sandbox::with(plugin, cache.path(), 4).await;
    let report = sandbox.run(sandbox.assignment("echo", &json!(1))).await;
    assert_eq!(output(&report), json!(1));
    assert!(std::fs::read(&file).unwrap() != damaged);
}

#[tokio::test]
async fn code_that_does_not_match_its_digest_is_not_prepared() {
    let cache = tempfile::tempdir().unwrap();
    let other = Digest::of(b"another component");
    let prepared = runner(cache.path()).prepare(other, binaries::plugin("create-order").into()).await;
    let unfit = unfit(prepared.unwrap_err());
    assert!(unfit.reason.contains("digest"), "{unfit}");
}
