//! The upload check on a component's interfaces: it may import what is linked, and must export the contract.

use super::contract::{self, VERSION};
use super::fit::{Surface, unfit};
use super::linker;
use super::tool::Tool;
use crate::ports::Unfit;

/// The interface that makes a component a plugin.
const EXPORT: &str = "taskbox:task/task";

/// The package of the contract.
const CONTRACT: &str = "taskbox:task/";

/// Checks the names of all imports and exports; whether their types fit, the linker says later.
pub(super) fn check(surface: &Surface) -> Result<(), Unfit> {
    surface.imports.iter().try_for_each(|import| check_import(import, surface.tool))?;
    if surface.is_asynchronous {
        return Err(unfit(
            "the component has asynchronous functions (component-model async), and this host runs plugins that have none",
            for_wasi_0_2(surface.tool),
        ));
    }
    check_exports(&surface.exports)
}

/// How to build without what came after WASI 0.2.
fn for_wasi_0_2(tool: Tool) -> String {
    format!("build it for WASI 0.2 and without async: `{}`", tool.build_line())
}

fn check_import(import: &str, tool: Tool) -> Result<(), Unfit> {
    let (name, version) = split(import);
    if name.starts_with(CONTRACT) && !contract::is_linked(version) {
        return Err(other_contract(version));
    }
    if name.starts_with("wasi:") && !version.starts_with("0.2.") {
        return Err(unfit(
            format!("the component imports `{import}`, and this host offers WASI 0.2"),
            for_wasi_0_2(tool),
        ));
    }
    if !linker::INTERFACES.contains(&name) {
        return Err(foreign(import));
    }
    Ok(())
}

fn check_exports(exports: &[String]) -> Result<(), Unfit> {
    let found = exports.iter().map(|export| split(export)).find(|(name, _)| *name == EXPORT);
    match found {
        Some((_, version)) if contract::is_linked(version) => Ok(()),
        Some((_, version)) => Err(other_contract(version)),
        None => Err(unfit(
            format!("the component does not export `{EXPORT}`, so it offers no task"),
            format!(
                "implement the world `taskbox:task/plugin@{VERSION}`, in Rust with \
                 `taskbox_task::plugin!(your_task)`"
            ),
        )),
    }
}

fn other_contract(version: &str) -> Unfit {
    unfit(
        format!("the component was built for version {version} of the contract `taskbox:task`"),
        format!("this host speaks {VERSION}: build it with that version of the SDK or of the WIT files"),
    )
}

fn foreign(import: &str) -> Unfit {
    unfit(
        format!("the component imports `{import}`, which this host does not offer"),
        "a plugin may import the interfaces of taskbox:task, wasi:http/outgoing-handler, wasi:config/store and the \
         standard interfaces of WASI 0.2; drop this import, or put a component that offers it inside \
         with `wac plug`",
    )
}

/// `a:b/c@1.2.3` as name and version; the version is empty when there is none.
fn split(interface: &str) -> (&str, &str) {
    interface.split_once('@').unwrap_or((interface, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(import: &str, export: &str) -> Surface {
        Surface { imports: vec![import.to_owned()], exports: vec![export.to_owned()], ..Surface::default() }
    }

    fn reason(import: &str, export: &str) -> String {
        check(&surface(import, export)).unwrap_err().to_string()
    }

    #[test]
    fn the_contract_and_wasi_fit() {
        for import in [
            "wasi:io/poll@0.2.0",
            "wasi:http/types@0.2.12",
            "taskbox:task/job@0.1.0",
            "taskbox:task/parents@0.1.0",
            "taskbox:task/events@0.1.0",
            "taskbox:task/jobs@0.1.0",
        ] {
            assert_eq!(check(&surface(import, "taskbox:task/task@0.1.0")), Ok(()), "{import}");
        }
    }

    #[test]
    fn a_foreign_import_is_named() {
        let text = reason("acme:db/query@1.0.0", "taskbox:task/task@0.1.0");
        assert!(text.contains("`acme:db/query@1.0.0`") && text.contains("wasi:config/store"), "{text}");
        assert!(reason("wasi:cli/stdout@0.3.0", "taskbox:task/task@0.1.0").contains("offers WASI 0.2"));
    }

    #[test]
    fn a_missing_or_other_contract_is_named() {
        let none = reason("wasi:io/poll@0.2.0", "wasi:cli/run@0.2.0");
        assert!(none.contains("does not export `taskbox:task/task`") && none.contains("plugin!"), "{none}");
        assert!(reason("wasi:io/poll@0.2.0", "taskbox:task/task@0.2.0").contains("version 0.2.0"));
        assert!(reason("taskbox:task/job@0.3.0", "taskbox:task/task@0.1.0").contains("speaks 0.1.0"));
    }
}
