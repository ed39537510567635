//! A JSON value as the validator sees it: every look at it is counted.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, NodeIdentity, Object, SerdeJson};
use serde_json::{Map, Number, Value};

use super::meter;

/// The representation of counted values.
pub(super) struct Metered;

/// A counted value.
#[derive(Clone, Copy)]
pub(super) struct Node<'a>(pub(super) &'a Value);

/// The members of a counted object.
pub(super) struct Members<'a>(&'a Map<String, Value>);

/// The elements of a counted array.
pub(super) struct Elements<'a>(&'a [Value]);

/// What the validator asks a plain value.
type Plain<'a> = &'a Value;

impl Json for Metered {
    type Node<'a> = Node<'a>;
    type PreparedKey = String;
    type StringBuffer = Value;

    const KEYS_PER_LOOKUP: usize = SerdeJson::KEYS_PER_LOOKUP;
    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut Value, string: &str, f: impl FnOnce(Node<'_>) -> T) -> T {
        *buffer = Value::String(string.to_owned());
        f(Node(buffer))
    }
}

impl<'a> jsonschema::json::Node<'a, Metered> for Node<'a> {
    type Object = Members<'a>;
    type Array = Elements<'a>;
    type Number = &'a Number;

    fn as_object(&self) -> Option<Members<'a>> {
        meter::step();
        self.0.as_object().map(Members)
    }

    fn as_array(&self) -> Option<Elements<'a>> {
        meter::step();
        self.0.as_array().map(|items| Elements(items))
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        let text = self.0.as_str();
        meter::read(text.unwrap_or_default());
        text.map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<&'a Number> {
        meter::step();
        self.0.as_number()
    }

    fn as_boolean(&self) -> Option<bool> {
        meter::step();
        self.0.as_bool()
    }

    fn is_null(&self) -> bool {
        meter::step();
        self.0.is_null()
    }

    fn json_type(&self) -> JsonType {
        meter::step();
        jsonschema::json::Node::<SerdeJson>::json_type(&self.0)
    }

    fn string_length(&self) -> Option<u64> {
        meter::read(self.0.as_str().unwrap_or_default());
        jsonschema::json::Node::<SerdeJson>::string_length(&self.0)
    }

    fn equals_value(&self, expected: &Value) -> bool {
        meter::step();
        jsonschema::json::Node::<SerdeJson>::equals_value(&self.0, expected)
    }

    fn to_value(&self) -> Cow<'a, Value> {
        meter::step();
        Cow::Borrowed(self.0)
    }

    fn identity(&self) -> Option<NodeIdentity> {
        meter::step();
        jsonschema::json::Node::<SerdeJson>::identity(&self.0)
    }
}

impl<'a> Object<'a, Metered> for Members<'a> {
    type Node = Node<'a>;
    type MemberName = &'a str;
    type MembersIter =
        std::iter::Map<serde_json::map::Iter<'a>, fn((&'a String, Plain<'a>)) -> (&'a str, Node<'a>)>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &String) -> Option<Node<'a>> {
        meter::step();
        self.0.get(key.as_str()).map(Node)
    }

    fn members(&self) -> Self::MembersIter {
        self.0.iter().map(|(name, value)| {
            meter::read(name);
            (name.as_str(), Node(value))
        })
    }
}

impl<'a> Array<'a, Metered> for Elements<'a> {
    type Node = Node<'a>;
    type ElementsIter = std::iter::Map<std::slice::Iter<'a, Value>, fn(Plain<'a>) -> Node<'a>>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn elements(&self) -> Self::ElementsIter {
        self.0.iter().map(|value| {
            meter::step();
            Node(value)
        })
    }

    fn is_unique(&self) -> bool {
        // Elements are sorted or hashed, not compared each with each.
        self.0.iter().for_each(|_| meter::step());
        Array::<SerdeJson>::is_unique(&self.0)
    }
}
