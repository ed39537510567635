//! Patterns of task names: what a grant lets a plugin submit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::TaskName;

/// A task, or with `*` at its end all tasks whose names begin so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskPattern(String);

impl TaskPattern {
    /// Whether it names this task.
    pub fn matches(&self, task: &TaskName) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => task.as_str().starts_with(prefix),
            None => task.as_str() == self.0,
        }
    }
}

impl FromStr for TaskPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let prefix = text.strip_suffix('*').unwrap_or(text);
        if (text == "*") || prefix.parse::<TaskName>().is_ok() {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "{text:?} is not the name of a task, or the beginning of one with `*`, such as \"mail.*\""
        ))
    }
}

impl TryFrom<String> for TaskPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TaskPattern> for String {
    fn from(pattern: TaskPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for TaskPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_or_its_beginning() {
        let matches = |pattern: &str, task: &str| {
            pattern.parse::<TaskPattern>().unwrap().matches(&task.parse().unwrap())
        };
        assert!(matches("resize", "resize") && matches("mail.*", "mail.send") && matches("*", "any"));
        assert!(
            !matches("resize", "resize.all") && !matches("mail.*", "mail") && !matches("mail.*", "mailer")
        );
        for wrong in ["", "*a", "a*b", "A", "a b"] {
            assert!(wrong.parse::<TaskPattern>().unwrap_err().contains("mail.*"), "{wrong:?}");
        }
    }
}
