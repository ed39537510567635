//! The rows of the table, by name.

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RowName {
    /// Durable submits over one connection.
    Submit1,
    /// Over 16.
    Submit16,
    /// Over 256.
    Submit256,
    /// In batches.
    SubmitBatch,
    /// Whole jobs.
    Jobs,
    /// Whole jobs beside others that wait.
    JobsBacklog,
    /// Whole jobs beside many others that wait.
    JobsBacklogLarge,
    /// How soon a job starts.
    Start,
    /// Jobs beside many names.
    Names,
    /// How soon a host is ready.
    Open,
    /// What a finished job takes on disk.
    Space,
    /// What a job in flight takes in memory.
    Flight,
}

impl RowName {
    /// All rows, in the order of the table.
    const ALL: [RowName; 12] = [
        RowName::Submit1,
        RowName::Submit16,
        RowName::Submit256,
        RowName::SubmitBatch,
        RowName::Jobs,
        RowName::JobsBacklog,
        RowName::JobsBacklogLarge,
        RowName::Start,
        RowName::Names,
        RowName::Open,
        RowName::Space,
        RowName::Flight,
    ];

    /// The name by which it is chosen.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            RowName::Submit1 => "submit-1",
            RowName::Submit16 => "submit-16",
            RowName::Submit256 => "submit-256",
            RowName::SubmitBatch => "submit-batch",
            RowName::Jobs => "jobs",
            RowName::JobsBacklog => "jobs-backlog",
            RowName::JobsBacklogLarge => "jobs-backlog-large",
            RowName::Start => "start",
            RowName::Names => "names",
            RowName::Open => "open",
            RowName::Space => "space",
            RowName::Flight => "flight",
        }
    }
}

/// The rows that are named: by their whole names, or by the first words of them. Without any, all.
pub(super) fn chosen(names: &[String]) -> Result<Vec<RowName>, String> {
    let is_meant = |row: RowName, name: &str| {
        row.as_str().strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let unknown = names.iter().find(|name| !RowName::ALL.iter().any(|row| is_meant(*row, name)));
    if let Some(unknown) = unknown {
        let known = RowName::ALL.map(RowName::as_str).join(", ");
        return Err(format!("--only {unknown:?} is no row; the rows are {known}"));
    }
    // A whole name means that row and no other.
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
