//! A failing disk: nothing is ever based on data that it may have lost.
//!
//! `strace` injects the errors of the system, which needs no root.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use taskbox_tests::dice;
use taskbox_tests::facts::{Fact, check};

/// The call of each thread that fails, and the only one.
const FAILING: &str = "inject=sync_file_range:error=EIO:when=30";
/// How many refusals are seen: those of a second and more.
const REFUSALS: usize = 600;
/// The number of first refusals among which other facts may still be reported, whose writers were answered before.
const SAID_LATE: usize = 8;

#[test]
fn storage_stays_closed_after_the_disk_failed_and_a_new_start_finds_all() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut writer = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=sync_file_range", "-e", FAILING])
        .arg(env!("CARGO_BIN_EXE_storage_writer"))
        .arg(&data)
        .args(["small", &dice::seed().to_string(), "1000000000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test needs strace: apt-get install strace");
    let mut facts: Vec<Fact> = Vec::new();
    let mut refused = 0;
    for line in BufReader::new(writer.stdout.take().unwrap()).lines() {
        let fact = line.unwrap().parse().unwrap();
        refused += usize::from(fact == Fact::Refused);
        assert!(refused <= SAID_LATE || fact == Fact::Refused, "written after the disk failed: {fact}");
        facts.push(fact);
        if refused == REFUSALS {
            break;
        }
    }
    // Its output is not read, so that it ends.
    writer.wait().unwrap();
    assert_eq!(refused, REFUSALS, "the writer ended after {} facts", facts.len());
    check(&data, &facts);
}
