//! The rows of the table, by name.

use crate::domain::{closed_set, must_be_one_of};

closed_set! {
    /// A measurement.
    pub(super) enum RowName {
        /// Durable submits over one connection.
        Submit1 = "submit-1",
        /// Durable submits over 16 connections.
        Submit16 = "submit-16",
        /// Durable submits over 256 connections.
        Submit256 = "submit-256",
        /// Durable submits in batches.
        SubmitBatch = "submit-batch",
        /// Reads of a job while others submit.
        Read = "read",
        /// Whole jobs.
        Jobs = "jobs",
        /// Whole jobs beside others that wait.
        JobsBacklog = "jobs-backlog",
        /// Whole jobs beside many others that wait.
        JobsBacklogLarge = "jobs-backlog-large",
        /// The time until a job starts.
        Start = "start",
        /// The time from an upload to the end of the first job.
        Upload = "upload",
        /// Jobs beside many names.
        Names = "names",
        /// The time until a host is ready.
        Open = "open",
        /// Disk space of a finished job.
        Space = "space",
        /// Memory of a job in flight.
        Flight = "flight",
        /// Memory of a job that waits for an event.
        Waiting = "waiting",
        /// The costs of the plugin.
        Plugin = "plugin",
    }
}

/// The rows of these names, or whose first words these are. Without any, all.
pub(super) fn chosen(names: &[String]) -> Result<Vec<RowName>, String> {
    let is_meant = |row: RowName, name: &str| {
        row.as_str().strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let unknown = names.iter().find(|name| !RowName::ALL.iter().any(|row| is_meant(*row, name)));
    if let Some(unknown) = unknown {
        return Err(format!("--only {unknown:?} {}, or their first words", must_be_one_of::<RowName>()));
    }
    // A whole name stands for that row alone.
    let is_chosen = |row: &RowName| {
        names.is_empty()
            || names.iter().any(|name| match RowName::ALL.iter().find(|row| row.as_str() == name) {
                Some(exact) => exact == row,
                None => is_meant(*row, name),
            })
    };
    Ok(RowName::ALL.into_iter().filter(is_chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Vec<&'static str> {
        let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
        chosen(&only).unwrap().into_iter().map(RowName::as_str).collect()
    }

    #[test]
    fn rows_are_chosen_by_name_and_by_their_first_words() {
        assert_eq!(names(&[]).len(), RowName::ALL.len());
        assert_eq!(names(&["submit"]), ["submit-1", "submit-16", "submit-256", "submit-batch"]);
        assert_eq!(names(&["jobs"]), ["jobs"]);
        assert_eq!(names(&["open", "jobs-backlog"]), ["jobs-backlog", "open"]);
        assert!(chosen(&["jobz".to_owned()]).unwrap_err().contains("jobs-backlog-large"));
    }
}
