//! The advice in a refusal: what the caller probably meant.

/// A name this similar (Jaro-Winkler) is offered as what was meant; less similar ones only confuse.
const SIMILARITY_MIN: f64 = 0.75;

/// Refuses an unknown name, with the known name that looks most like it, or with all of them.
pub(in crate::api) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let shown: String = name.chars().take(64).collect();
    let scored = known.iter().map(|candidate| (strsim::jaro_winkler(name, candidate), candidate));
    match scored.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((similarity, candidate)) if similarity >= SIMILARITY_MIN => {
            format!("unknown {what} {shown:?}; did you mean {candidate:?}?")
        }
        Some(_) => format!("unknown {what} {shown:?}; known are {}", known.join(", ")),
        None => format!("unknown {what} {shown:?}; none is known here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        let known = ["user_id", "payment_intent_id"];
        assert_eq!(unknown("field", "userid", &known), "unknown field \"userid\"; did you mean \"user_id\"?");
        assert!(unknown("field", "xyz", &known).ends_with("known are user_id, payment_intent_id"));
    }
}
