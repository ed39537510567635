//! Idempotency keys: a request that is repeated with its key gets the first response again.

use std::collections::HashMap;

use serde_json::Value;

/// The first responses, by key.
#[derive(Debug, Default)]
pub(super) struct Answers {
    by_key: HashMap<String, Answered>,
}

#[derive(Debug)]
struct Answered {
    path: &'static str,
    request: Value,
    answer: Value,
}

/// The state of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// New: this is its first request.
    Nothing,
    /// The same request got this response.
    Answer(Value),
    /// The key was used for another request.
    OtherRequest,
}

impl Answers {
    pub(super) fn look_up(&self, key: &str, path: &str, request: &Value) -> Known {
        match self.by_key.get(key) {
            None => Known::Nothing,
            Some(first) if first.path == path && first.request == *request => {
                Known::Answer(first.answer.clone())
            }
            Some(_) => Known::OtherRequest,
        }
    }

    pub(super) fn keep(&mut self, key: &str, path: &'static str, request: Value, answer: Value) {
        let answered = Answered { path, request, answer };
        self.by_key.insert(key.to_owned(), answered);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_belongs_to_one_request() {
        let mut answers = Answers::default();
        assert_eq!(answers.look_up("k", "/a", &json!(1)), Known::Nothing);
        answers.keep("k", "/a", json!(1), json!("one"));
        assert_eq!(answers.look_up("k", "/a", &json!(1)), Known::Answer(json!("one")));
        assert_eq!(answers.look_up("k", "/a", &json!(2)), Known::OtherRequest);
        assert_eq!(answers.look_up("k", "/b", &json!(1)), Known::OtherRequest);
    }
}
