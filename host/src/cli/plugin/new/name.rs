//! Names of projects.

use std::fmt;
use std::str::FromStr;

/// The longest name of a plugin.
const LENGTH_MAX: usize = 64;

/// Names that a project cannot have, because a compiler or a package manager knows them as something else.
const TAKEN: &str = "abstract alloc as async await become box break build const continue core crate deps do dyn else enum \
     examples extern false final fn for gen if impl in incremental let loop macro match mod move mut node-modules override \
     priv proc-macro pub ref return schemars self serde serde-json static std struct super taskbox-task \
     taskbox-task-macros test trait true try type typeof unsafe unsized use virtual where while yield";

/// The name of a plugin that is also one of a package in every language: words of a-z and 0-9 with `-` between them.
#[derive(Clone, Debug)]
pub(super) struct ProjectName(String);

/// A text that is no such name.
#[derive(Debug, thiserror::Error)]
pub(super) enum WrongName {
    /// Other characters, or too many.
    #[error("{0:?} names no plugin: use up to 64 of a-z, 0-9 and '-',\nbeginning with a letter{1}")]
    Form(String, String),
    /// One of [`TAKEN`].
    #[error("a package named {0} would be taken for something else: choose another name")]
    Taken(String),
}

impl ProjectName {
    /// The name as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as an identifier.
    pub(super) fn identifier(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl FromStr for ProjectName {
    type Err = WrongName;

    fn from_str(text: &str) -> Result<Self, WrongName> {
        if !is_name(text) {
            let example = nearest(text).map(|name| format!(", such as {name}"));
            let shown = text.chars().take(LENGTH_MAX).collect();
            return Err(WrongName::Form(shown, example.unwrap_or_default()));
        }
        if TAKEN.split(' ').any(|taken| taken == text) {
            return Err(WrongName::Taken(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn is_name(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.len() <= LENGTH_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(is_word)
}

/// A name that looks like a text that is none.
fn nearest(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-");
    (text.is_ascii() && is_name(&name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<ProjectName>().unwrap_err().to_string()
    }

    #[test]
    fn a_name_is_words_with_hyphens_between_them() {
        for name in ["a", "hello", "send-invoice-2"] {
            assert_eq!(name.parse::<ProjectName>().unwrap().as_str(), name);
        }
        assert_eq!("send-invoice".parse::<ProjectName>().unwrap().identifier(), "send_invoice");
    }

    #[test]
    fn what_is_no_name_is_refused_with_one_that_is() {
        assert!(error("Send_Invoice").ends_with(", such as send-invoice"));
        assert!(error("./hello/").ends_with(", such as hello"));
        for none in ["", "-", "1st", "größe", &"a".repeat(65)] {
            assert!(error(none).ends_with("beginning with a letter"), "{none}");
        }
        for taken in ["match", "test", "std", "serde-json", "taskbox-task"] {
            assert!(error(taken).contains("choose another name"), "{taken}");
        }
    }
}
