//! What a plugin sees instead of a secret.

use crate::domain::SecretName;

/// How every placeholder begins, so that one which is out of date is recognised as such.
pub const PLACEHOLDER_PREFIX: &str = "taskbox-secret:";

/// The placeholder of a secret for one attempt: `taskbox-secret:<name>:<random>`.
///
/// `random` must be fresh for every attempt. A plugin that keeps a placeholder, or learns one from another
/// plugin, then holds nothing; and no text that a customer typed is ever taken for one.
pub fn placeholder(name: &SecretName, random: u128) -> String {
    format!("{PLACEHOLDER_PREFIX}{name}:{random:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_names_its_secret_and_nothing_that_could_be_guessed() {
        let name = "stripe-key".parse().unwrap();
        assert_eq!(placeholder(&name, 0xab), format!("taskbox-secret:stripe-key:{:0>32}", "ab"));
        assert_ne!(placeholder(&name, 1), placeholder(&name, 2));
    }
}
