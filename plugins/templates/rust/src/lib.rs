//! The plugin my-plugin: one task, which greets a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use taskbox_task::{Job, TaskError, task};

/// The input of a job.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Person {
    name: String,
}

/// Its output.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Greeting {
    text: String,
}

/// Greets a person by name.
#[task(name = "my-plugin", max_attempts = 5, timeout = "60s")]
fn greet(job: &Job, person: Person) -> Result<Greeting, TaskError> {
    if person.name.is_empty() {
        return Err(TaskError::permanent("a greeting needs a name"));
    }
    // A step runs once in the life of a job, however often the job is tried.
    let text = job.step("greeting", || Ok(format!("Hello, {}!", person.name)))?;
    job.progress(1, 1, "The greeting is written");
    Ok(Greeting { text })
}

taskbox_task::plugin!(greet);

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Person {
        Person { name: name.to_owned() }
    }

    #[test]
    fn a_person_is_greeted_by_name() {
        let job = Job::for_test();
        assert_eq!(greet(&job, person("Ada")), Ok(Greeting { text: "Hello, Ada!".to_owned() }));
        assert_eq!(job.checkpoint("greeting"), Some("Hello, Ada!".into()));
    }

    #[test]
    fn a_greeting_needs_a_name() {
        let error = greet(&Job::for_test(), person("")).unwrap_err();
        assert_eq!(error, TaskError::permanent("a greeting needs a name"));
    }
}
