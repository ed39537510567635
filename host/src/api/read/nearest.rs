//! The advice in a refusal: the name that the caller probably meant.

/// The least similarity (Jaro-Winkler) of a name that is suggested.
const SIMILARITY_MIN: f64 = 0.75;

/// Refuses an unknown name, with advice.
pub(super) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let shown: String = name.chars().take(64).collect();
    format!("unknown {what} {shown:?}; {}", nearest_or_all(name, known))
}

/// The most similar known name, or all known names.
pub(in crate::api) fn nearest_or_all(name: &str, known: &[&str]) -> String {
    let scored = known.iter().map(|candidate| (strsim::jaro_winkler(name, candidate), candidate));
    match scored.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((similarity, candidate)) if similarity >= SIMILARITY_MIN => {
            format!("did you mean {candidate:?}?")
        }
        Some(_) => format!("the known ones are {}", known.join(", ")),
        None => "none is known".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        let known = ["user_id", "payment_intent_id"];
        assert_eq!(unknown("field", "userid", &known), "unknown field \"userid\"; did you mean \"user_id\"?");
        assert!(unknown("field", "xyz", &known).ends_with("the known ones are user_id, payment_intent_id"));
    }
}
