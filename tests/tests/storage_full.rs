//! A full disk: writes are refused with a clear error, nothing acknowledged is lost, and work goes on
//! when there is room again.
//!
//! The disk is made full by the limit on the size of a file (`ulimit -f`), which needs no root.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use taskbox_tests::dice;
use taskbox_tests::facts::{Fact, check};

/// Three segments of sled.
const FILE_KIB_MAX: u32 = 24 * 1024;
/// The number of refusals before space is freed.
const REFUSALS: usize = 20;
/// The number of facts after that.
const FACTS_AFTER: usize = 500;

#[test]
fn a_full_disk_refuses_and_loses_nothing_and_work_goes_on_after_it() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    // Without the trap the signal of a file that is too large would end the process.
    let script = format!("trap '' XFSZ; ulimit -S -f {FILE_KIB_MAX}; exec \"$@\"");
    let mut writer = Command::new("bash")
        .args(["-c", &script, "bash", env!("CARGO_BIN_EXE_storage_writer")])
        .arg(&data)
        .args(["large", &dice::seed().to_string(), "1000000000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut facts: Vec<Fact> = Vec::new();
    let (mut refused, mut after) = (0, 0);
    for line in lines {
        let fact = line.unwrap().parse().unwrap();
        if fact == Fact::Refused {
            refused += 1;
            if refused == REFUSALS {
                make_room(writer.id());
            }
        } else if refused >= REFUSALS {
            after += 1;
        }
        facts.push(fact);
        if after == FACTS_AFTER {
            break;
        }
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert_eq!(after, FACTS_AFTER, "the writer ended after {refused} refusals");
    check(&data, &facts);
}

fn make_room(process: u32) {
    let status = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &process.to_string()]).status();
    assert!(status.expect("this test needs prlimit: apt-get install util-linux").success());
}
