//! Prometheus' own checker, which `make promtool` installs.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::binaries::workspace;

/// Runs promtool in the workspace with these arguments and this input. Panics unless it is satisfied.
pub fn check(arguments: &[&str], input: &str) {
    let program = workspace().join("target/tools/promtool");
    assert!(program.is_file(), "{} is missing; run `make promtool`", program.display());
    let mut process = Command::new(program)
        .args(arguments)
        .current_dir(workspace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts");
    process.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("promtool reads");
    let output = process.wait_with_output().expect("promtool ends");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "promtool {arguments:?}: {}", String::from_utf8_lossy(&said));
}
