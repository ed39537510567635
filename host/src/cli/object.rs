//! A JSON object to send.

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::domain::Members;

/// Fields in their order; JSON arguments stand in them unchanged.
#[derive(Debug, Default)]
pub(super) struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    /// The fields of a JSON argument.
    pub(super) fn parse(text: &str) -> serde_json::Result<Self> {
        let members: Members = serde_json::from_str(text)?;
        Ok(Self(members.0.into_iter().map(|(name, value)| (name, value.to_owned())).collect()))
    }

    /// Sets a field; one of the same name keeps its place.
    pub(super) fn set(&mut self, name: &str, value: &impl Serialize) {
        // Texts, numbers, parsed JSON, and objects of these can always be written.
        let value = to_raw_value(value).expect("a value of the command line can be written as JSON");
        match self.0.iter_mut().find(|(field, _)| field == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Sets a field that has a value.
    pub(super) fn set_some(&mut self, name: &str, value: Option<impl Serialize>) {
        if let Some(value) = value {
            self.set(name, &value);
        }
    }

    /// Sets a list that is not empty.
    pub(super) fn set_list(&mut self, name: &str, values: &[impl Serialize]) {
        self.set_some(name, (!values.is_empty()).then_some(values));
    }

    /// Sets a flag that is true.
    pub(super) fn set_flag(&mut self, name: &str, is_raised: bool) {
        self.set_some(name, is_raised.then_some(true));
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_values_their_digits() {
        let mut object = Object::parse(r#"{"z":1.50,"a":123456789012345678901234}"#).unwrap();
        object.set("z", &"again");
        object.set_some("left", None::<u32>);
        object.set_list("tags", &[(); 0]);
        object.set_flag("raised", true);
        let text = serde_json::to_string(&object).unwrap();
        assert_eq!(text, r#"{"z":"again","a":123456789012345678901234,"raised":true}"#);
    }
}
