//! The layouts of the things that commands show.

use super::answer::Part;
use super::view::{Field, Layout, Section, field, in_lines, json, shown_by};
use crate::domain::{ClosedSet, Member, StateName};

/// A job. Its failed attempts are shown behind it.
pub(super) const JOB: Layout = Layout {
    title: &["task", "id"],
    state: "state",
    sections: &[
        Section {
            title: "",
            fields: &[
                field("Label", "label"),
                field("Queue", "queue"),
                field("Attempt", "attempt"),
                field("Max attempts", "max_attempts"),
                field("Held by", "held_by"),
                shown_by("Progress", "progress", progress),
                shown_by("Priority", "priority", unless_zero),
                field("Tags", "tags"),
                shown_by("Plugin", "plugin", plugin_version),
                field("Host", "worker"),
                field("Order", "order_id"),
                field("Submitted by", "submitter"),
                shown_by("Cancelled", "cancel_requested", if_true),
            ],
        },
        Section {
            title: "Times",
            fields: &[
                field("Submitted", "created_at"),
                field("Due", "due_at"),
                field("Started", "attempted_at"),
                field("Final", "finalized_at"),
                field("Expires", "expires_at"),
                field("Timeout", "timeout"),
            ],
        },
        Section { title: "Input", fields: &[json("input")] },
        Section { title: "Output", fields: &[json("output")] },
        Section { title: "Metadata", fields: &[json("metadata")] },
    ],
    // The time that a waiting job is due says more than the earliest one.
    hidden: &["errors", "run_at"],
};

/// An order.
pub(super) const ORDER: Layout = Layout {
    title: &["id"],
    state: "status",
    sections: &[
        Section {
            title: "",
            fields: &[
                field("User", "user_id"),
                field("Price", "price"),
                field("Currency", "currency"),
                field("Payment", "payment_intent_id"),
                field("Partner order", "third_party_order_id"),
                field("Error", "error"),
                field("Job", "job_id"),
            ],
        },
        Section { title: "Times", fields: &[field("Placed", "created_at"), field("Updated", "updated_at")] },
    ],
    hidden: &["is_loading"],
};

/// A schedule.
pub(super) const SCHEDULE: Layout = Layout {
    title: &["name"],
    state: "",
    sections: &[
        Section {
            title: "",
            fields: &[
                field("Cron", "cron"),
                field("Every", "every"),
                field("Timezone", "timezone"),
                field("Missed", "missed"),
                field("Overlap", "overlap"),
            ],
        },
        Section {
            title: "Times",
            fields: &[
                field("Next", "next_at"),
                field("Last", "last_at"),
                field("Last job", "last_job_id"),
                field("Until", "until"),
                field("Created", "created_at"),
                field("Updated", "updated_at"),
            ],
        },
        Section { title: "Next times", fields: &[in_lines("next", times)] },
        Section { title: "Job", fields: &[json("job")] },
    ],
    hidden: &[],
};

/// A task.
pub(super) const TASK: Layout = Layout {
    title: &["name"],
    state: "",
    sections: &[
        Section {
            title: "",
            fields: &[
                field("About", "description"),
                field("Offered", "offered"),
                field("Plugin", "plugin"),
                field("Jobs", "jobs"),
                field("Running", "running"),
                field("Max attempts", "max_attempts"),
                field("Timeout", "timeout"),
            ],
        },
        Section { title: "Limits", fields: LIMITS },
        Section { title: "Input schema", fields: &[json("input_schema")] },
        Section { title: "Output schema", fields: &[json("output_schema")] },
    ],
    hidden: &[],
};

/// A queue.
pub(super) const QUEUE: Layout = Layout {
    title: &["name"],
    state: "",
    sections: &[
        Section { title: "", fields: &[field("Latency", "latency")] },
        Section { title: "Jobs", fields: &[in_lines("counts", counts)] },
        Section { title: "Limits", fields: LIMITS },
    ],
    hidden: &[],
};

const LIMITS: &[Field] = &[
    field("Paused", "paused"),
    field("Concurrency", "concurrency"),
    shown_by("Rate", "rate", rate),
    field("Per key", "key_concurrency"),
    field("Cancel grace", "cancel_grace"),
];

/// A rate in the form in which it is typed.
pub(super) fn rate(value: Part<'_>) -> Option<String> {
    Some(format!("{}/{}", value.get("count")?.number()?, value.get("per")?.str()?))
}

/// `3 of 7`, and the message.
pub(super) fn progress(value: Part<'_>) -> Option<String> {
    let (done, total) = (value.get("done")?.number()?, value.get("total")?.number()?);
    let message = value.get("message").and_then(Part::str).unwrap_or_default();
    Some(format!("{done} of {total}  {message}").trim_end().to_owned())
}

fn unless_zero(value: Part<'_>) -> Option<String> {
    Some(value.text()).filter(|text| text != "0")
}

fn if_true(value: Part<'_>) -> Option<String> {
    (value.json().get() == "true").then(|| "asked for".to_owned())
}

/// `create-order, version 3`.
fn plugin_version(value: Part<'_>) -> Option<String> {
    Some(format!("{}, version {}", value.get("name")?.text(), value.get("version")?.text()))
}

fn times(value: Part<'_>) -> Vec<String> {
    value.items().into_iter().map(Part::text).collect()
}

/// A line for each state, in the order of a job's life.
fn counts(value: Part<'_>) -> Vec<String> {
    let count = |state: &Member| Some(format!("{:<11}  {:>9}", state.text, value.get(state.text)?.text()));
    StateName::MEMBERS.iter().filter_map(count).collect()
}
