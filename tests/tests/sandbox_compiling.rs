//! Compiling: in a separate, limited process that ends when its caller is gone.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use taskbox::domain::ByteSize;
use taskbox::ports::{Components, Unready};
use taskbox::sandbox::{CompilerConfig, SandboxConfig, WasmRunner};
use taskbox_tests::fake_egress::FakeEgress;
use taskbox_tests::guests::{compiler, plenty, unfit};
use taskbox_tests::patience::PATIENCE;
use taskbox_tests::{binaries, bombs};

/// How many functions keep a compiler busy for longer than any test looks.
const LONG: usize = 30_000;

fn runner(cache: &Path, compiler: CompilerConfig) -> WasmRunner {
    WasmRunner::new(SandboxConfig::new(cache, compiler, 4), Arc::new(FakeEgress), plenty()).unwrap()
}

fn plugin() -> Vec<u8> {
    binaries::plugin("misbehave")
}

async fn refused(compiler: CompilerConfig, upload: Vec<u8>) -> Unready {
    let cache = tempfile::tempdir().unwrap();
    runner(cache.path(), compiler).inspect(upload.into()).await.unwrap_err()
}

#[tokio::test]
async fn a_bomb_is_refused_before_anything_is_compiled() {
    for (bomb, limit) in [
        (bombs::nested_loops(&plugin()), "15600 nested loops, more than the 100"),
        (bombs::a_million_functions(&plugin()), "functions, more than the 150000"),
        (bombs::many_ifs(&plugin()), "600001 blocks and branches, more than the 160000"),
    ] {
        // There is no compiler to start.
        let unfit = unfit(refused(CompilerConfig::new("/nowhere/taskbox"), bomb).await);
        assert!(unfit.reason.contains(limit), "{unfit}");
    }
}

#[tokio::test]
async fn compiling_ends_at_the_limits_which_the_refusal_names() {
    let bomb = bombs::many_functions(&plugin(), LONG);
    let short = CompilerConfig { cpu: Duration::from_secs(1), ..compiler() };
    let unfit_for_time = unfit(refused(short, bomb.clone()).await);
    assert!(unfit_for_time.reason.contains("CPU time than the 1s of `compile_time`"), "{unfit_for_time}");
    let small = CompilerConfig { memory: ByteSize::mib(48), ..compiler() };
    let unfit_for_memory = unfit(refused(small, bomb).await);
    assert!(
        unfit_for_memory.reason.contains("memory than the 48MiB of `compile_memory`"),
        "{unfit_for_memory}"
    );
}

/// More than the pipe of a compiler's output holds.
#[tokio::test]
async fn a_refusal_that_takes_long_to_say_ends_the_compilation_at_once() {
    let upload = bombs::long_name_twice(&plugin(), 99_000);
    let refused = tokio::time::timeout(PATIENCE, refused(compiler(), upload)).await;
    let unfit = unfit(refused.expect("the compiler ends"));
    assert!(unfit.reason.contains("not a valid component"), "{unfit}");
    assert!(unfit.reason.len() < 5_000, "{} bytes", unfit.reason.len());
}

#[tokio::test]
async fn a_component_is_not_to_blame_for_a_compiler_that_cannot_be_run_or_is_none() {
    for program in ["/nowhere/taskbox", "/bin/true"] {
        let refused = refused(CompilerConfig::new(program), plugin()).await;
        assert!(matches!(refused, Unready::Later(_)), "{program}: {refused}");
    }
}

/// The code that is compiled into a new directory, with the functions of this file if one is given.
async fn code(functions: Option<&Path>) -> Vec<u8> {
    let cache = tempfile::tempdir().unwrap();
    let compiler = CompilerConfig { functions: functions.map(Path::to_owned), ..compiler() };
    runner(cache.path(), compiler).inspect(plugin().into()).await.unwrap();
    let folders = fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut files =
        folders.flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let code = files.find(|file| file.extension().is_some_and(|kind| kind == "cwasm"));
    fs::read(code.expect("it is kept")).unwrap()
}

#[tokio::test]
async fn code_is_the_same_if_some_of_its_functions_were_compiled_before() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("functions/misbehave");
    let whole = code(None).await;
    assert!(code(Some(&file)).await == whole, "all functions are new");
    assert!(code(Some(&file)).await == whole, "most functions are known");
    fs::write(&file, "damaged").unwrap();
    assert!(code(Some(&file)).await == whole, "no function is known");
}
