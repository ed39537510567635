//! What a plugin says it offers, checked: a guest's words become a [`TaskSpec`] here or nowhere.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::contract::DescribedTask;
use super::fit::unfit;
use crate::domain::{Json, Limits, TaskSpec, format_duration};
use crate::ports::Unfit;

/// Tasks of one plugin.
const TASKS_MAX: usize = 1_000;

/// Attempts that a task may ask for.
const ATTEMPTS: RangeInclusive<u32> = 1..=1_000;

/// The longest description, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 1_000;

/// The tasks of a plugin, or what is wrong with the first that does not fit.
pub(super) fn read(wire: Vec<DescribedTask>) -> Result<Vec<TaskSpec>, Unfit> {
    if wire.is_empty() || wire.len() > TASKS_MAX {
        return Err(unfit(
            format!("`describe` names {} tasks", wire.len()),
            format!("a plugin offers 1 to {TASKS_MAX} tasks"),
        ));
    }
    let mut names = BTreeSet::new();
    let mut tasks = Vec::with_capacity(wire.len());
    for spec in wire {
        let name = spec.name.clone();
        let task = read_one(spec).map_err(|problem| {
            unfit(format!("`describe` says of task {name:?} what does not fit"), problem)
        })?;
        if !names.insert(task.name.clone()) {
            return Err(unfit(format!("`describe` names task {name:?} twice"), "name each task once"));
        }
        tasks.push(task);
    }
    Ok(tasks)
}

fn read_one(spec: DescribedTask) -> Result<TaskSpec, String> {
    let timeout = spec.timeout;
    if timeout.is_some_and(|timeout| timeout.is_zero() || timeout > Limits::MAX.wall) {
        return Err(format!("`timeout-ms` must be from 1 ms to {}", format_duration(Limits::MAX.wall)));
    }
    if spec.max_attempts.is_some_and(|attempts| !ATTEMPTS.contains(&attempts)) {
        return Err("`max-attempts` must be from 1 to 1000".to_owned());
    }
    if spec.description.len() > DESCRIPTION_BYTES_MAX {
        return Err(format!("`description` must have at most {DESCRIPTION_BYTES_MAX} bytes"));
    }
    let queue = spec.queue.map(|queue| queue.parse()).transpose();
    Ok(TaskSpec {
        name: spec.name.parse().map_err(|error| format!("its name: {error}"))?,
        description: spec.description,
        input_schema: schema("input-schema", spec.input_schema)?,
        output_schema: schema("output-schema", spec.output_schema)?,
        max_attempts: spec.max_attempts,
        timeout,
        queue: queue.map_err(|error| format!("`queue`: {error}"))?,
    })
}

fn schema(field: &str, text: Option<String>) -> Result<Option<Json>, String> {
    text.map(Json::parse).transpose().map_err(|error| format!("`{field}` is {error}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn wire(name: &str) -> DescribedTask {
        DescribedTask {
            name: name.to_owned(),
            description: "does it".to_owned(),
            input_schema: Some("{}".to_owned()),
            output_schema: None,
            max_attempts: Some(3),
            timeout: Some(Duration::from_millis(1_500)),
            queue: Some("slow".to_owned()),
        }
    }

    fn problem(change: impl FnOnce(&mut DescribedTask)) -> String {
        let mut spec = wire("send");
        change(&mut spec);
        read(vec![spec]).unwrap_err().to_string()
    }

    #[test]
    fn what_fits_is_taken_over() {
        let tasks = read(vec![wire("send"), wire("fetch")]).unwrap();
        assert_eq!(tasks[1].name.as_str(), "fetch");
        assert_eq!(tasks[0].timeout, Some(Duration::from_millis(1_500)));
        assert_eq!(tasks[0].queue.as_ref().unwrap().as_str(), "slow");
    }

    #[test]
    fn what_does_not_fit_is_named_with_what_would() {
        assert!(problem(|spec| spec.name = "Send It".to_owned()).contains("beginning with a letter"));
        assert!(problem(|spec| spec.max_attempts = Some(0)).contains("from 1 to 1000"));
        assert!(problem(|spec| spec.description = "x".repeat(1_001)).contains("at most 1000 bytes"));
        assert!(problem(|spec| spec.timeout = Some(Duration::ZERO)).contains("from 1 ms to 7d"));
        assert!(
            problem(|spec| spec.input_schema = Some("{".to_owned())).contains("`input-schema` is not JSON")
        );
        assert!(
            problem(|spec| spec.output_schema = Some("[1e999]".to_owned()))
                .contains("`output-schema` is out of")
        );
        assert!(read(Vec::new()).unwrap_err().to_string().contains("1 to 1000 tasks"));
        assert!(read(vec![wire("a"), wire("a")]).unwrap_err().to_string().contains("twice"));
    }
}
