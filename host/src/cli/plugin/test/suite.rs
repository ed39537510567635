//! A file of cases: each with its input, its mocks, and what is expected of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

use super::case::{self, Case, origins};
use super::expect::Expectation;
use super::values::read_text;
use crate::cli::UsageError;
use crate::domain::{EventName, InboxEvent, Json, SecretName};
use crate::ports::SecretValue;

/// The name of the file in the folder of a plugin.
pub(super) const SUITE_FILE: &str = "taskbox-test.toml";

/// Cases, read and checked.
pub(super) struct Suite {
    /// The component, or the folder that it is built in.
    pub(super) plugin: PathBuf,
    pub(super) cases: Vec<NamedCase>,
}

/// A case of a suite.
pub(super) struct NamedCase {
    pub(super) name: String,
    pub(super) case: Case,
    pub(super) expected: Expectation,
}

/// The file as it is written. What stands outside of the cases holds for all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    plugin: Option<PathBuf>,
    task: Option<String>,
    http: Option<PathBuf>,
    grant: Option<PathBuf>,
    #[serde(default)]
    config: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, String>,
    #[serde(default, rename = "case")]
    cases: Vec<WrittenCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCase {
    name: String,
    task: Option<String>,
    input: Option<toml::Value>,
    input_file: Option<PathBuf>,
    http: Option<PathBuf>,
    #[serde(default)]
    allow_http: Vec<String>,
    grant: Option<PathBuf>,
    #[serde(default)]
    config: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, String>,
    #[serde(default)]
    events: BTreeMap<EventName, toml::Value>,
    #[serde(default)]
    missed_events: Vec<EventName>,
    #[serde(default)]
    parents: Vec<toml::Value>,
    attempts: Option<u32>,
    fail_at: Option<String>,
    outcome: Option<String>,
    output: Option<toml::Value>,
    error: Option<String>,
}

impl Suite {
    /// Reads a file of cases.
    pub(super) async fn read(file: &Path) -> anyhow::Result<Self> {
        let text = read_text(file).await?;
        let written: Written =
            toml::from_str(&text).map_err(|error| UsageError(format!("{}: {error}", file.display())))?;
        if written.cases.is_empty() {
            return Err(UsageError(format!("{} has no [[case]]", file.display())).into());
        }
        let folder = file.parent().map(Path::to_owned).unwrap_or_default();
        let mut cases = Vec::with_capacity(written.cases.len());
        for case in &written.cases {
            let read = read_case(&folder, &written, case).await;
            cases.push(read.with_context(|| format!("case {:?} of {}", case.name, file.display()))?);
        }
        let here = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.clone() };
        Ok(Self { plugin: written.plugin.map_or(here, |plugin| folder.join(plugin)), cases })
    }
}

async fn read_case(folder: &Path, all: &Written, case: &WrittenCase) -> anyhow::Result<NamedCase> {
    let expected = Expectation {
        outcome: case.outcome.clone(),
        output: case.output.as_ref().map(value).transpose()?,
        error: case.error.clone(),
    };
    if let Some(problem) = expected.problem() {
        return Err(UsageError(problem).into());
    }
    let input = match (&case.input, &case.input_file) {
        (Some(_), Some(_)) => return Err(UsageError("it has both input and input_file".to_owned()).into()),
        (Some(input), None) => Some(json(input)?),
        (None, Some(file)) => {
            let file = folder.join(file);
            let wrong = |error| UsageError(format!("{} is {error}", file.display()));
            Some(Json::parse(read_text(&file).await?.trim()).map_err(wrong)?)
        }
        (None, None) => None,
    };
    let mut events = BTreeMap::new();
    for (name, written) in &case.events {
        events.insert(name.clone(), InboxEvent::Value(json(written)?));
    }
    events.extend(case.missed_events.iter().map(|name| (name.clone(), InboxEvent::TimedOut)));
    let mut parents = Vec::new();
    for (index, parent) in case.parents.iter().enumerate() {
        parents.push(case::parent(index + 1, &json(parent)?)?);
    }
    let grant = match case.grant.as_ref().or(all.grant.as_ref()) {
        Some(file) => {
            let file = folder.join(file);
            Some(case::grant(&file, read_text(&file).await?)?)
        }
        None => None,
    };
    let secrets = all.secrets.iter().chain(&case.secrets);
    let secrets = secrets.map(|(name, value)| (name.clone(), SecretValue::new(value.as_str())));
    let mut allow_http = Vec::new();
    for argument in &case.allow_http {
        allow_http.extend(origins(argument)?);
    }
    Ok(NamedCase {
        name: case.name.clone(),
        case: Case {
            task: case.task.clone().or_else(|| all.task.clone()),
            input,
            http: case.http.as_ref().or(all.http.as_ref()).map(|file| folder.join(file)),
            allow_http,
            is_recorded: false,
            grant,
            config: all.config.clone().into_iter().chain(case.config.clone()).collect(),
            secrets: secrets.collect(),
            events,
            parents,
            attempts: case.attempts,
            fail_at: case.fail_at.clone(),
        },
        expected,
    })
}

fn value(written: &toml::Value) -> anyhow::Result<Value> {
    serde_json::to_value(written).context("a value cannot be written as JSON")
}

fn json(written: &toml::Value) -> anyhow::Result<Json> {
    let text = serde_json::to_string(written).context("a value cannot be written as JSON")?;
    Json::parse(text).map_err(|error| UsageError(format!("a value is {error}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> anyhow::Result<Suite> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(SUITE_FILE);
        std::fs::write(&file, text).unwrap();
        Suite::read(&file).await
    }

    #[tokio::test]
    async fn what_holds_for_all_cases_holds_for_each_unless_it_says_otherwise() {
        let suite = read(
            "task = \"send\"\n\
             [config]\na = \"1\"\nb = \"2\"\n\
             [secrets]\nkey = \"x\"\n\
             [[case]]\nname = \"one\"\ninput = { to = [\"Ada\"], n = 1.5 }\nconfig = { b = \"3\" }\n\
             [[case]]\nname = \"two\"\ntask = \"other\"\noutcome = \"denied\"\nevents = { approval = true }\n\
             missed_events = [\"payment\"]\nparents = [{ output = 7 }]\n",
        )
        .await
        .unwrap();
        let [one, two] = &suite.cases[..] else { panic!("two cases") };
        assert_eq!(one.case.input.as_ref().unwrap().as_str(), r#"{"n":1.5,"to":["Ada"]}"#);
        assert_eq!((one.case.config["a"].as_str(), one.case.config["b"].as_str()), ("1", "3"));
        assert_eq!((one.case.task.as_deref(), two.case.task.as_deref()), (Some("send"), Some("other")));
        assert_eq!((two.case.events.len(), two.case.parents.len()), (2, 1));
        assert_eq!((one.case.secrets.len(), two.expected.outcome.as_deref()), (1, Some("denied")));
    }

    #[tokio::test]
    async fn a_wrong_file_is_refused_with_the_place() {
        for (text, named) in [
            ("", "has no [[case]]"),
            ("[[case]]\nname = \"one\"\nimput = 1", "imput"),
            ("[[case]]\nname = \"one\"\noutcome = \"fine\"", "completed"),
            ("[[case]]\nname = \"one\"\ngrant = \"none.json\"", "none.json"),
            ("[[case]]\nname = \"one\"\ninput = 1\ninput_file = \"x\"", "both"),
        ] {
            let error = read(text).await.err().unwrap();
            assert!(format!("{error:#}").contains(named), "{error:#}");
        }
    }
}
