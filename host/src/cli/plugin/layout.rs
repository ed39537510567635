//! The layout of a plugin.

use super::found::{grant_lines, imports_in_short, signature};
use super::size_text::size_text;
use crate::cli::answer::{Part, text};
use crate::cli::view::{Layout, Section, field, in_lines, shown_by};

/// A plugin, or one of its versions.
pub(super) const PLUGIN: Layout = Layout {
    title: &["name"],
    state: "",
    sections: &[
        Section {
            title: "",
            fields: &[
                field("Active", "active_version"),
                field("Latest", "latest_version"),
                field("Uploaded", "uploaded_at"),
                shown_by("Size", "size", size),
                field("Digest", "digest"),
                shown_by("Imports", "imports", |imports| Some(imports_in_short(imports))),
            ],
        },
        Section { title: "Tasks", fields: &[in_lines("tasks", tasks)] },
        Section { title: "Grant", fields: &[in_lines("grant", grant)] },
    ],
    hidden: &[],
};

fn size(size: Part<'_>) -> Option<String> {
    size.number().map(size_text)
}

/// Two lines for each task: what it is for, and what it takes and gives.
fn tasks(tasks: Part<'_>) -> Vec<String> {
    let lines = |task: Part<'_>| {
        let description = task.get("description").and_then(Part::str).map(|words| format!(": {words}"));
        let head = format!("{}{}", text(task.get("name")), description.unwrap_or_default());
        [Some(head), signature(task).map(|signature| format!("  {signature}"))]
    };
    tasks.items().into_iter().flat_map(lines).flatten().collect()
}

/// What the grant gives, a line for each entry.
fn grant(grant: Part<'_>) -> Vec<String> {
    let Ok(grant) = serde_json::from_str(grant.json().get()) else { return vec![grant.text()] };
    grant_lines(&grant).lines().map(|line| line.trim_start().to_owned()).collect()
}
