//! The contract of a plugin as Rust code, generated from `wit/`.
//!
//! Public only because [`export!`](crate::export) expands to its paths; a plugin never names it.

#![allow(
    missing_docs,
    unsafe_code,
    clippy::all,
    clippy::unwrap_used,
    reason = "generated: the wire format of the component model is unsafe code by nature"
)]

wit_bindgen::generate!({
    path: "wit",
    world: "plugin",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "taskbox_task::component::bindings",
});
