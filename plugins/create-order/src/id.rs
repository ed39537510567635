//! Identifiers from outside, which are checked before use.

use taskbox_task::TaskError;

/// The longest identifier of Stripe.
const PAYMENT_INTENT_ID_LENGTH_MAX: usize = 255;

/// The longest identifier that the shop's database can store.
const PARTNER_ID_LENGTH_MAX: usize = 16;

/// Checks the id of a payment. It becomes a part of a path, and must not contain characters with a meaning there: with
/// a `/`, a `?` or a `..` a customer could make the shop read other objects of its Stripe account.
pub fn check_payment_intent_id(id: &str) -> Result<(), TaskError> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let fits = (1..=PAYMENT_INTENT_ID_LENGTH_MAX).contains(&id.len()) && id.chars().all(harmless);
    if fits {
        Ok(())
    } else {
        Err(TaskError::permanent(format!(
            "{:?} is not the id of a Stripe payment: such an id looks like pi_3MtwBwLkdIwHu7ix28a3tqPa",
            id.chars().take(64).collect::<String>()
        )))
    }
}

/// Checks an id of the partner, for the `what` that it created.
pub fn check_partner_id(what: &str, id: String) -> Result<String, TaskError> {
    let length = id.chars().count();
    if id.trim().is_empty() {
        Err(TaskError::permanent(format!("the partner gave its {what} an empty id")))
    } else if length > PARTNER_ID_LENGTH_MAX {
        Err(TaskError::permanent(format!(
            "the partner gave its {what} an id of {length} characters, and there is room for \
             {PARTNER_ID_LENGTH_MAX}: {id}"
        )))
    } else {
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_payment_ids_pass() {
        assert_eq!(check_payment_intent_id("pi_3MtwBwLkdIwHu7ix28a3tqPa"), Ok(()));
        assert_eq!(check_payment_intent_id(&"a".repeat(255)), Ok(()));
    }

    #[test]
    fn a_payment_id_cannot_leave_its_place_in_the_path() {
        let long = "a".repeat(256);
        for id in ["", "..", "pi_1/../../charges", "pi_1?x=1", "pi_1#", "pi 1", "pi_%2e", "pi_é", &long] {
            let result = check_payment_intent_id(id);
            assert!(matches!(result, Err(TaskError::Permanent(_))), "{id:?}");
        }
    }

    #[test]
    fn a_partner_id_has_sixteen_characters_at_most() {
        let sixteen = "é".repeat(16);
        assert_eq!(check_partner_id("order", sixteen.clone()), Ok(sixteen));
        let seventeen = check_partner_id("order", "x".repeat(17));
        assert!(matches!(seventeen, Err(TaskError::Permanent(text)) if text.contains("17 characters")));
    }

    #[test]
    fn an_empty_partner_id_is_none() {
        assert!(check_partner_id("order", String::new()).is_err());
        assert!(check_partner_id("order", " ".into()).is_err());
    }
}
