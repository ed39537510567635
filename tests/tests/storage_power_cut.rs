//! Acknowledged writes survive a power cut at any moment.
//!
//! `TASKBOX_POWER_CUTS` sets the number of cut points, `TASKBOX_SEED` selects other ones: `random`, or those of a number.

use std::path::Path;
use std::process::Command;

use taskbox_tests::dice::{self, Dice};
use taskbox_tests::facts::{Fact, check, facts_in};
use taskbox_tests::power_cut::{Call, Disk, Loss, parse};

const CUTS: u64 = 40;

const CALLS: &str = "trace=openat,creat,pwrite64,pwritev,write,writev,ftruncate,truncate,fallocate,fsync,fdatasync,\
                     rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat";

#[test]
fn small_jobs_survive_a_power_cut() {
    survives("small", 400);
}

#[test]
fn large_jobs_survive_a_power_cut() {
    survives("large", 80);
}

fn survives(size: &str, count: u32) {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = dice::seed();
    let mut dice = Dice::new(seed);
    let place = tempfile::tempdir().unwrap();
    let calls = record(place.path(), size, seed, count);
    let disk = Disk::record(&place.path().join("data"), &calls);
    let end = calls.last().unwrap().begun + 1;
    for number in 0..asked("TASKBOX_POWER_CUTS").unwrap_or(CUTS) {
        let line = if number == 0 { end } else { dice.below(end as u64) as usize };
        let loss = [Loss::All, Loss::Some][number as usize % 2];
        let facts = said_before(&calls, line);
        println!("cut {number}: at line {line} of {end}, {loss:?} unsynced lost, {} facts", facts.len());
        let target = place.path().join(format!("cut{number}"));
        disk.cut(line, loss, &mut dice, &target).unwrap();
        check(&target, &facts);
        std::fs::remove_dir_all(target).unwrap();
    }
}

/// Two writers one after the other, so that power goes also while a directory is opened again.
fn record(place: &Path, size: &str, seed: u64, count: u32) -> Vec<Call> {
    let (data, recorded) = (place.join("data"), place.join("recorded"));
    std::fs::create_dir(&data).unwrap();
    let status = Command::new("strace")
        .args(["-f", "-y", "-xx", "-s", "100000000", "-e", CALLS, "-o"])
        .arg(&recorded)
        .args(["bash", "-c", r#""$@" && "$@""#, "bash"])
        .arg(env!("CARGO_BIN_EXE_storage_writer"))
        .arg(&data)
        .args([size, &seed.to_string(), &count.to_string()])
        .stdout(std::process::Stdio::null())
        .status()
        .expect("this test needs strace: apt-get install strace");
    assert!(status.success(), "the writer ended with {status}");
    parse(&std::fs::read_to_string(recorded).unwrap())
}

/// The facts that the writer had reported at the power cut.
fn said_before(calls: &[Call], line: usize) -> Vec<Fact> {
    let said = calls
        .iter()
        .filter(|call| call.begun < line && call.name == "write" && call.arguments[0].starts_with("1<"));
    let printed: Vec<u8> = said.flat_map(|call| call.bytes(1)).collect();
    facts_in(&String::from_utf8(printed).unwrap())
}
