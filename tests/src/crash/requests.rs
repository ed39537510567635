//! What callers ask for.

use serde_json::{Value, json};

use crate::dice::Dice;

/// A task that ends only when it is cancelled, or out of time.
pub const IDLE_TASK: &str = "wait-for-cancel";

/// The tag of its jobs.
pub const IDLE_TAG: &str = "idle";

/// How many unique keys all callers share.
const UNIQUE_KEYS: u64 = 4;

/// The queue that a caller changes.
pub fn queue_of(caller: u64) -> String {
    format!("q-{caller}")
}

/// The tag by which a caller acts on many jobs.
pub(super) fn bulk_tag(caller: u64) -> String {
    format!("bulk-{caller}")
}

/// A job under this key, in one of the many ways to end.
pub(super) fn job(dice: &mut Dice, caller: u64, key: &str) -> Value {
    let ms = dice.below(200);
    let mut job = match dice.below(10) {
        0 | 1 => json!({ "task": "echo", "input": { "key": key } }),
        2 => json!({ "task": "sleep", "input": { "ms": ms } }),
        3 => json!({ "task": "fail-until", "input": { "attempts": 2 } }),
        4 => json!({ "task": "checkpoint", "input": { "attempts": 2 } }),
        5 => {
            let input = json!({ "kind": "retry-after", "ms": ms, "message": "later" });
            json!({ "task": "fail", "input": input, "max_attempts": 3 })
        }
        6 => json!({ "task": "fail", "input": { "kind": "permanent", "message": key } }),
        7 => json!({ "task": "panic", "input": { "message": key }, "max_attempts": 1 + dice.below(2) }),
        8 => json!({ "task": IDLE_TASK, "timeout": "500ms", "max_attempts": 2, "input": null }),
        _ => json!({ "task": "progress", "input": { "steps": 5, "ms": ms / 5 } }),
    };
    let mut tags = vec![key.to_owned()];
    if job["task"] == IDLE_TASK {
        tags.push(IDLE_TAG.to_owned());
    }
    if dice.chance(20) {
        tags.push(bulk_tag(caller));
    }
    job["tags"] = json!(tags);
    if dice.chance(30) {
        job["queue"] = json!(queue_of(caller));
    }
    job
}

/// A job that stays scheduled until somebody stops it.
pub(super) fn lasting(tag: &str) -> Value {
    json!({ "task": "noop", "input": tag, "tags": [tag], "delay": "1h" })
}

/// An order of a user who orders once.
pub(super) fn order(user: &str) -> Value {
    json!({ "user_id": user, "payment_intent_id": format!("pi_{user}") })
}

/// A job that is the only one of its key. The key is also a tag.
pub(super) fn unique(dice: &mut Dice) -> Value {
    let key = format!("unique-{}", dice.below(UNIQUE_KEYS));
    let on_conflict = dice.pick(&["existing", "replace", "debounce"]).expect("there are three");
    json!({
        "task": "sleep", "input": { "ms": dice.below(50) }, "tags": [key], "delay": format!("{}ms", dice.below(300)),
        "unique": { "key": key, "on_conflict": on_conflict },
    })
}

/// Settings of a queue, whole.
pub(super) fn settings(dice: &mut Dice) -> Value {
    let concurrency = dice.chance(50).then(|| 2 + dice.below(8));
    let rate = dice.chance(50).then(|| json!({ "count": 20 + dice.below(80), "per": "1s" }));
    json!({ "paused": dice.chance(30), "concurrency": concurrency, "rate": rate })
}
