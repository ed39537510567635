//! Problems of requests.

/// The problem of one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestProblem {
    /// JSON pointer (RFC 6901) to the field, such as `/max_attempts`.
    pub pointer: String,
    /// The problem, and how to correct it.
    pub detail: String,
}

impl RequestProblem {
    /// The same in one text.
    pub fn in_one(self) -> String {
        format!("{}: {}", self.pointer, self.detail)
    }

    /// Refuses a request that has problems, all of them in one text.
    pub fn refuse(problems: impl IntoIterator<Item = Self>) -> Result<(), String> {
        let problems: Vec<_> = problems.into_iter().map(Self::in_one).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
    }
}
