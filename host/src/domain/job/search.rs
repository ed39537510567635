//! Searches of jobs by what no index knows.

use serde_json::value::RawValue;

use super::{FullJob, JobFilter};
use crate::domain::{Json, Members, PluginName, Timestamp};

/// A search of jobs. A job must match every part.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JobSearch {
    /// What a list of storage filters by.
    pub filter: JobFilter,
    /// What jobs are looked at for, one by one.
    pub traits: JobTraits,
}

/// Traits of a job that are not indexed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JobTraits {
    /// With this priority.
    pub priority: Option<i8>,
    /// Whose latest attempt was run by this plugin.
    pub plugin: Option<PluginTrait>,
    /// Submitted with the token of this name.
    pub submitter: Option<String>,
    /// Submitted at this time or later.
    pub since: Option<Timestamp>,
    /// Submitted before this time.
    pub until: Option<Timestamp>,
    /// With these values in their inputs.
    pub inputs: Vec<InputTrait>,
}

/// A plugin, in any version or in this one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PluginTrait {
    /// Its name.
    pub name: PluginName,
    /// Its version.
    pub version: Option<u32>,
}

/// A value within an input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputTrait {
    /// The names of the members that lead there, or the positions of elements.
    pub path: Vec<String>,
    /// The value: a JSON text, or the content of a string.
    pub value: String,
}

impl JobTraits {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a job has all of them.
    pub fn fit(&self, full: &FullJob) -> bool {
        let spec = &full.job.spec;
        self.priority.is_none_or(|priority| spec.priority == priority)
            && self.submitter.as_deref().is_none_or(|name| spec.submitter.name() == Some(name))
            && self.since.is_none_or(|since| spec.created_at >= since)
            && self.until.is_none_or(|until| spec.created_at < until)
            && self.plugin.as_ref().is_none_or(|plugin| plugin.ran(full))
            && self.inputs.iter().all(|input| input.is_in(&full.payload.input))
    }

    /// Whether no job that is older than this one has them.
    pub fn end_at(&self, full: &FullJob) -> bool {
        self.since.is_some_and(|since| full.job.spec.created_at < since)
    }
}

impl PluginTrait {
    fn ran(&self, full: &FullJob) -> bool {
        let plugin = full.job.state.code.as_ref().and_then(|code| code.plugin());
        plugin.is_some_and(|plugin| {
            plugin.name == self.name && self.version.is_none_or(|version| plugin.version == version)
        })
    }
}

impl InputTrait {
    fn is_in(&self, input: &Json) -> bool {
        let mut value: Option<&RawValue> = serde_json::from_str(input.as_str()).ok();
        for step in &self.path {
            value = value.and_then(|value| member(value, step));
        }
        value.is_some_and(|value| self.is(value))
    }

    fn is(&self, value: &RawValue) -> bool {
        let text: Option<String> = serde_json::from_str(value.get()).ok();
        value.get() == self.value || text.is_some_and(|text| text == self.value)
    }
}

fn member<'a>(value: &'a RawValue, step: &str) -> Option<&'a RawValue> {
    if let Ok(members) = serde_json::from_str::<Members<'_>>(value.get()) {
        return members.get(step);
    }
    let elements: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    elements.get(step.parse::<usize>().ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Job, JobId, JobSpec, Payload};

    fn job(input: &str) -> FullJob {
        let created_at = Timestamp::from_millis(1_000);
        let spec = JobSpec::new(JobId::from_bytes([1; 16]), "mail".parse().unwrap(), created_at);
        FullJob { job: Job::new(spec), payload: Payload::new(Json::parse(input).unwrap()) }
    }

    fn with_input(path: &str, value: &str) -> JobTraits {
        let path = path.split('.').map(str::to_owned).collect();
        JobTraits { inputs: vec![InputTrait { path, value: value.to_owned() }], ..Default::default() }
    }

    #[test]
    fn a_value_is_found_by_the_members_that_lead_to_it() {
        let full = job(r#"{"shop":7,"user":{"name":"Ada","tags":["new",12345678901234567890]}}"#);
        for (path, value) in
            [("shop", "7"), ("user.name", "Ada"), ("user.name", "\"Ada\""), ("user.tags.0", "new")]
        {
            assert!(with_input(path, value).fit(&full), "{path}:{value}");
        }
        assert!(with_input("user.tags.1", "12345678901234567890").fit(&full), "every digit counts");
        for (path, value) in
            [("shop", "70"), ("user.tags.1", "12345678901234567891"), ("user.tags.2", ""), ("x.y", "1")]
        {
            assert!(!with_input(path, value).fit(&full), "{path}:{value}");
        }
    }

    #[test]
    fn a_time_ends_a_search_that_goes_back() {
        let since = |millis| JobTraits { since: Some(Timestamp::from_millis(millis)), ..Default::default() };
        let full = job("{}");
        assert!(since(1_000).fit(&full) && !since(1_000).end_at(&full));
        assert!(!since(1_001).fit(&full) && since(1_001).end_at(&full));
    }
}
