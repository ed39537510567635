//! The contract of a plugin as host code, one module for each version that is still linked.
//!
//! A version is never edited here: a new one becomes a new module beside it.

/// `taskbox:task@0.1.0`.
#[allow(missing_docs, clippy::all, clippy::unwrap_used, reason = "generated")]
pub(super) mod v0_1 {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "taskbox:task/plugin",
        imports: {
            "taskbox:task/job.get-checkpoint": async | trappable,
            "taskbox:task/job.set-checkpoint": async | trappable,
            "taskbox:task/parents.get": async | trappable,
        },
        exports: { default: async },
    });
}
