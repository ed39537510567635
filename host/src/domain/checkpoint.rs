//! How large the checkpoints of a job may be.
//!
//! They are read into the host's memory when a plugin asks for one, so all of a job's together are
//! bounded too.

use std::collections::BTreeMap;

use super::Json;

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 128;
/// The largest value, in bytes.
const VALUE_BYTES_MAX: usize = 256 * 1024;
/// All values of a job together, in bytes.
const ALL_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most checkpoints of a job.
const COUNT_MAX: usize = 1000;

/// Whether this can be the name of a checkpoint.
pub fn check_checkpoint_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(format!("a checkpoint's name must have 1 to {NAME_BYTES_MAX} bytes, not {}", name.len()));
    }
    Ok(())
}

/// Whether a job that has the `known` checkpoints may store this one.
pub fn check_checkpoint(known: &BTreeMap<String, Json>, name: &str, value: &Json) -> Result<(), String> {
    check_checkpoint_name(name)?;
    let size = value.as_str().len();
    if size > VALUE_BYTES_MAX {
        return Err(format!("checkpoint {name:?} has {size} bytes; it may have {VALUE_BYTES_MAX}"));
    }
    let others = known.iter().filter(|(other, _)| *other != name);
    let (count, bytes) =
        others.fold((0, 0), |(count, bytes), (_, value)| (count + 1, bytes + value.as_str().len()));
    if count >= COUNT_MAX {
        return Err(format!("checkpoint {name:?} is one too many: a job may have {COUNT_MAX}"));
    }
    if bytes + size > ALL_BYTES_MAX {
        return Err(format!(
            "with checkpoint {name:?} the job's checkpoints have more than {ALL_BYTES_MAX} bytes"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: usize) -> Json {
        Json::from_value(&"x".repeat(bytes - 2).into())
    }

    #[test]
    fn names_values_their_sum_and_their_number_are_bounded() {
        let none = BTreeMap::new();
        assert!(check_checkpoint(&none, "", &text(2)).unwrap_err().contains("1 to 128"));
        assert!(check_checkpoint(&none, "a", &text(VALUE_BYTES_MAX + 1)).unwrap_err().contains("may have"));
        let full: BTreeMap<_, _> = (0..16).map(|n| (n.to_string(), text(VALUE_BYTES_MAX))).collect();
        assert!(check_checkpoint(&full, "a", &text(2)).unwrap_err().contains("more than"));
        let many: BTreeMap<_, _> = (0..COUNT_MAX).map(|n| (n.to_string(), text(2))).collect();
        assert!(check_checkpoint(&many, "a", &text(2)).unwrap_err().contains("too many"));
        assert_eq!(check_checkpoint(&many, "7", &text(3)), Ok(()), "one that is known may be written again");
    }
}
