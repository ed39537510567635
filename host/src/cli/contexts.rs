//! The contexts of a user: hosts with a name, in a file that only the user can read.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde::{Deserialize, Serialize};

use super::UsageError;

/// A host and how to call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Context {
    /// URL of the host.
    pub(super) host: String,
    /// Access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<String>,
    /// Whether changes ask for the name of the context.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) production: bool,
}

/// A context and its name.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) context: Context,
}

/// All contexts.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contexts {
    /// The name of the context of commands that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) current: Option<String>,
    /// The contexts by name.
    #[serde(default)]
    pub(super) contexts: BTreeMap<String, Context>,
}

impl Contexts {
    /// Reads the contexts of the user; a missing file has none.
    pub(super) fn read() -> anyhow::Result<Self> {
        match file() {
            Some(file) => Self::read_from(&file),
            None => Ok(Self::default()),
        }
    }

    /// Writes them, in the place of those before.
    pub(super) fn write(&self) -> anyhow::Result<()> {
        let file =
            file().context("there is no place for contexts: neither HOME nor XDG_CONFIG_HOME is set")?;
        self.write_to(&file).with_context(|| format!("cannot write {}", file.display()))
    }

    /// The context of this name.
    pub(super) fn named(mut self, name: &str) -> anyhow::Result<Named> {
        match self.contexts.remove(name) {
            Some(context) => Ok(Named { name: name.to_owned(), context }),
            None => Err(self.unknown(name)),
        }
    }

    /// The current context, if there is one.
    pub(super) fn current(self) -> anyhow::Result<Option<Named>> {
        self.current.clone().map(|name| self.named(&name)).transpose()
    }

    /// The error for a name that no context has.
    pub(super) fn unknown(&self, name: &str) -> anyhow::Error {
        let known: Vec<&str> = self.contexts.keys().map(String::as_str).collect();
        let words = match known.is_empty() {
            true => {
                format!("there is no context {name:?}; make it with: taskbox context set {name} --host URL")
            }
            false => format!("there is no context {name:?}; there are: {}", known.join(", ")),
        };
        UsageError(words).into()
    }

    fn read_from(file: &Path) -> anyhow::Result<Self> {
        match fs::read_to_string(file) {
            // The message of the parser would show the line, in which a token may stand.
            Ok(text) => toml::from_str(&text)
                .map_err(|error| anyhow!("{} is wrong: {}", file.display(), error.message())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    }

    fn write_to(&self, file: &Path) -> anyhow::Result<()> {
        let folder = file.parent().context("it is in no folder")?;
        fs::create_dir_all(folder)?;
        // Such a file has the mode 0600 from its beginning, and takes the place of the former one at once.
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(toml::to_string(self)?.as_bytes())?;
        new.as_file().sync_all()?;
        new.persist(file)?;
        Ok(())
    }
}

/// The file, by the XDG Base Directory Specification; none where the user has no home.
fn file() -> Option<PathBuf> {
    let of_user = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let of_home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".config"));
    Some(of_user.or_else(of_home)?.join("taskbox").join("contexts.toml"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn contexts() -> Contexts {
        let context = |host: &str, production: bool| Context {
            host: host.to_owned(),
            token: production.then(|| "taskbox_1".to_owned()),
            production,
        };
        let contexts = [("dev", context("http://a", false)), ("prod", context("https://b", true))];
        Contexts {
            current: Some("dev".to_owned()),
            contexts: contexts.map(|(name, context)| (name.to_owned(), context)).into(),
        }
    }

    #[test]
    fn they_are_read_as_they_were_written_and_only_by_the_user() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("taskbox/contexts.toml");
        assert_eq!(Contexts::read_from(&file).unwrap(), Contexts::default());
        contexts().write_to(&file).unwrap();
        assert_eq!(Contexts::read_from(&file).unwrap(), contexts());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_unknown_name_is_refused_with_those_there_are() {
        assert_eq!(contexts().named("prod").unwrap().context.host, "https://b");
        let Err(error) = contexts().named("pord") else { panic!("there is none") };
        assert!(error.is::<UsageError>() && error.to_string().contains("dev, prod"), "{error}");
    }

    #[test]
    fn the_error_of_a_wrong_file_shows_none_of_it() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("contexts.toml");
        fs::write(&file, "[contexts.a]\nhost = \"http://a\"\ntoken = taskbox_secret\n").unwrap();
        let error = Contexts::read_from(&file).unwrap_err().to_string();
        assert!(!error.contains("taskbox_secret"), "{error}");
    }
}
