//! Checks of values against the schemas of tasks: small ones at once, all others on threads that may block.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::Intake;
use crate::domain::{Json, RequestProblem, Schema, TaskName, Work, unchecked};
use crate::ports::{StorageError, StorageResult};

/// The most violations of one request that are listed.
const VIOLATIONS_MAX: usize = 16;

/// Bytes of values that are checked at once: parsing them takes some ten microseconds.
const SMALL_BYTES: usize = 8 * 1024;

/// Steps of a check at once, about a millisecond.
const SMALL_STEPS: u64 = 20_000;

/// Steps of a check on a thread that may block, about a second. A value of 1 MiB needs some five million against an
/// ordinary schema.
const LARGE_STEPS: u64 = 30_000_000;

/// Checks on threads that may block: a parsed value takes up to a hundred times its bytes.
static LARGE_CHECKS: Semaphore = Semaphore::const_new(2);

/// A value and the schema that it must fit.
pub type Checked = (Arc<Schema>, Json);

/// The violations of these values, at most 16, each with the place of its value in the list.
pub async fn violations(checks: Vec<Checked>) -> StorageResult<Vec<(usize, RequestProblem)>> {
    let bytes: usize = checks.iter().map(|(_, json)| json.as_str().len()).sum();
    if bytes <= SMALL_BYTES
        && let Ok(found) = all(&checks, &mut Work::new(SMALL_STEPS))
    {
        return Ok(found);
    }
    let stopping = || StorageError::Unavailable("the host is stopping".to_owned());
    let permit = LARGE_CHECKS.acquire().await.map_err(|_| stopping())?;
    let checking = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        all(&checks, &mut Work::new(LARGE_STEPS)).unwrap_or_else(|place| vec![(place, unchecked())])
    });
    checking.await.map_err(|_| stopping())
}

/// The violations of these inputs, as [`violations`] tells them, with pointers that begin with `/input`.
pub async fn input_violations(checks: Vec<Checked>) -> StorageResult<Vec<(usize, RequestProblem)>> {
    let located = |(place, problem): (usize, RequestProblem)| {
        let pointer = format!("/input{}", problem.pointer);
        (place, RequestProblem { pointer, ..problem })
    };
    Ok(violations(checks).await?.into_iter().map(located).collect())
}

/// The violations; if the steps did not suffice to find any, the place of the value that was not checked.
fn all(checks: &[Checked], work: &mut Work) -> Result<Vec<(usize, RequestProblem)>, usize> {
    let mut found = Vec::new();
    for (index, (schema, json)) in checks.iter().enumerate() {
        match schema.violations(json, work) {
            Ok(problems) => found.extend(problems.into_iter().map(|problem| (index, problem))),
            Err(_) if found.is_empty() => return Err(index),
            Err(_) => break,
        }
        if found.len() >= VIOLATIONS_MAX {
            break;
        }
    }
    found.truncate(VIOLATIONS_MAX);
    Ok(found)
}

impl Intake {
    /// The violations of inputs by the schemas of the active plugins, at most 16, each with the place of its input in the
    /// list and a pointer that begins with `/input`.
    pub async fn misfits<'a>(
        &self,
        inputs: impl Iterator<Item = (&'a TaskName, &'a Json)> + Send,
    ) -> StorageResult<Vec<(usize, RequestProblem)>> {
        let (mut places, mut checks) = (Vec::new(), Vec::new());
        for (place, (task, input)) in inputs.enumerate() {
            if let Some(schema) = self.registry.schemas(task).and_then(|schemas| schemas.input.clone()) {
                places.push(place);
                checks.push((schema, input.clone()));
            }
        }
        if checks.is_empty() {
            return Ok(Vec::new());
        }
        let found = input_violations(checks).await?;
        Ok(found.into_iter().map(|(index, problem)| (places[index], problem)).collect())
    }
}
