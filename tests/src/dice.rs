//! Random numbers that a seed repeats (SplitMix64), for tests that print their seed.

use std::env;
use std::time::SystemTime;

/// The variable that asks for another seed than the usual one.
const SEED: &str = "TASKBOX_SEED";

/// The seed of a test that nobody asks for another one.
const USUAL_SEED: u64 = 20_260_731;

/// The seed that `TASKBOX_SEED` names, if it names one.
pub fn asked_seed() -> Option<u64> {
    env::var(SEED).ok().and_then(|text| text.parse().ok())
}

/// The seed of a test: the usual one, so that the same tree gives the same answer; with `TASKBOX_SEED=random`
/// a fresh one, and with a number that one again. It is printed, for a failure to be repeated.
///
/// # Panics
/// When the variable is neither.
pub fn seed() -> u64 {
    let seed = match env::var(SEED).as_deref() {
        Err(_) => USUAL_SEED,
        Ok("random") => fresh_seed(),
        Ok(text) => {
            text.parse().unwrap_or_else(|_| panic!("{SEED} is {text:?}: neither a number nor random"))
        }
    };
    println!("{SEED}={seed}");
    seed
}

/// A seed that is another one every time.
fn fresh_seed() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or_default()
}

/// A source of random numbers.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    /// Whether something happens that happens so often.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these, if there is any.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        (!items.is_empty()).then(|| items[self.below(items.len() as u64) as usize])
    }
}
