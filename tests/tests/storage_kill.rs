//! Acknowledged writes survive `kill -9` at any moment, even while storage opens.
//!
//! `TASKBOX_CRASH_ROUNDS` sets the number of rounds, `TASKBOX_SEED` selects other ones: `random`, or those of a number.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use taskbox_tests::dice::{self, Dice};
use taskbox_tests::facts::{Fact, check, check_some, facts_in};

const ROUNDS: u64 = 20;

/// How many acknowledged facts there must be before the rounds have tested anything.
const FACTS_MIN: usize = 100;

#[test]
fn small_jobs_survive_a_kill() {
    survives("small", ROUNDS);
}

#[test]
fn large_jobs_survive_a_kill() {
    survives("large", ROUNDS / 2);
}

/// How many facts of earlier rounds are checked after each round. After the last round all are.
const EARLIER: usize = 50;

/// How many orders are held against their jobs after each round.
const ORDERS: usize = 100;

fn survives(size: &str, rounds: u64) {
    let asked = std::env::var("TASKBOX_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok());
    let mut dice = Dice::new(dice::seed());
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut facts: Vec<Fact> = Vec::new();
    let rounds = asked.unwrap_or(rounds);
    let mut round = 0;
    // On a busy machine most kills come before the first write: more rounds, until there is something to lose.
    while round < rounds || (facts.len() <= FACTS_MIN && round < 20 * rounds) {
        round += 1;
        let mut writer = Command::new(env!("CARGO_BIN_EXE_storage_writer"))
            .arg(&data)
            .args([size, &dice.roll().to_string(), "1000000000"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = writer.stdout.take().unwrap();
        // The pipe must be read while the writer writes, or it stops at a full one.
        let printed = std::thread::spawn(move || {
            let mut printed = String::new();
            out.read_to_string(&mut printed).map(|_| printed)
        });
        std::thread::sleep(Duration::from_millis(dice.below(250)));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let mut some: Vec<Fact> = (0..EARLIER).filter_map(|_| dice.pick(&facts)).collect();
        let told = facts_in(&printed.join().unwrap().unwrap());
        some.extend(&told);
        facts.extend(told);
        println!("round {round}: {} facts", facts.len());
        check_some(&data, &facts, &some, ORDERS);
    }
    check(&data, &facts);
    assert!(facts.len() > FACTS_MIN, "the writers were killed before they wrote anything");
}
