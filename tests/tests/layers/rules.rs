//! Finds where a source breaks the table of layers.

use super::domain;
use super::lexer::{Token, production_tokens};
use super::paths::{SourcePath, paths};
use super::table::{CALLS_ONLY_IN, MAY_IMPORT, ONLY_IN, PRINTING, STORAGE_DRIVERS};

/// A broken rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub line: usize,
    pub text: String,
}

/// Everything that is wrong with one file, named from `host/src` as in `storage/sled/keys.rs`.
pub fn findings(file: &str, source: &str) -> Vec<Finding> {
    let tokens = production_tokens(source);
    let paths = paths(&tokens);
    let mut found: Vec<Finding> = paths.iter().flat_map(|path| path_findings(file, path)).collect();
    found.extend(token_findings(file, &tokens));
    found.extend(domain::findings(file, &tokens, &paths));
    found.extend(unknown_module(file));
    found.sort_by_key(|finding| finding.line);
    found.dedup();
    found
}

/// A module that is not in the table may import whatever it likes: its layer has to be decided first.
fn unknown_module(file: &str) -> Option<Finding> {
    let module = module_of(file).into_iter().next()?;
    (!is_known(&module)).then(|| Finding { line: 1, text: unknown(&module) })
}

fn is_known(module: &str) -> bool {
    MAY_IMPORT.iter().any(|(known, _)| *known == module)
}

fn unknown(module: &str) -> String {
    format!("the module {module} is in no layer: write into MAY_IMPORT what it may import")
}

fn path_findings(file: &str, path: &SourcePath) -> Vec<Finding> {
    let is_allowed = |places: &[&str]| places.iter().any(|place| file.starts_with(place));
    let mut texts = Vec::new();
    if let Some(inside) = resolved(file, &path.segments) {
        texts.extend(import_problem(file, &inside));
    } else if let Some((name, places)) = ONLY_IN.iter().find(|(name, _)| path.segments[0] == *name) {
        let names_crate = path.segments.len() > 1;
        if names_crate && !is_allowed(places) {
            texts.push(format!("only {} may name {name}", places.join(", ")));
        }
    }
    for (call, places) in CALLS_ONLY_IN {
        if ends_with(&path.segments, call) && !is_allowed(places) {
            let who =
                if places.is_empty() { "nothing".to_owned() } else { format!("only {}", places.join(", ")) };
            texts.push(format!("{who} may call {}", call.join("::")));
        }
    }
    texts.into_iter().map(|text| Finding { line: path.line, text }).collect()
}

fn ends_with(segments: &[String], end: &[&str]) -> bool {
    let start = segments.len().checked_sub(end.len());
    start.is_some_and(|start| segments[start..].iter().eq(end))
}

/// A path within the host's crate, from its root; none for a path into another crate.
pub fn resolved(file: &str, segments: &[String]) -> Option<Vec<String>> {
    let (first, rest) = segments.split_first()?;
    match first.as_str() {
        "crate" | "taskbox" => Some(rest.to_vec()),
        "self" | "super" => {
            let mut module = module_of(file);
            let supers = segments.iter().take_while(|segment| *segment == "super").count();
            module.truncate(module.len().saturating_sub(supers));
            let rest = segments.iter().filter(|segment| !matches!(segment.as_str(), "self" | "super"));
            Some(module.into_iter().chain(rest.cloned()).collect())
        }
        _ => None,
    }
}

/// The module of a file, by its path.
pub fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').map(str::to_owned).collect()
}

fn import_problem(file: &str, target: &[String]) -> Option<String> {
    let own = module_of(file);
    let (from, to) = (own.first()?, target.first()?);
    if from == to {
        return sibling_driver_problem(&own, target);
    }
    // `lib` declares the modules and has no items of its own.
    if !is_known(to) {
        return Some(unknown(to));
    }
    let (_, allowed) = MAY_IMPORT.iter().find(|(module, _)| module == from)?;
    (!allowed.contains(&to.as_str())).then(|| {
        let allowed = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
        format!("{from} may not import {to}; it may import {allowed}")
    })
}

/// The drivers of storage are adapters of their own: `storage/sled` does not know `storage/postgres`.
fn sibling_driver_problem(own: &[String], target: &[String]) -> Option<String> {
    let driver = |module: &[String]| {
        module
            .get(1)
            .filter(|name| module[0] == "storage" && STORAGE_DRIVERS.contains(&name.as_str()))
            .cloned()
    };
    let (from, to) = (driver(own)?, driver(target)?);
    (from != to)
        .then(|| format!("storage/{from} may not import storage/{to}: drivers do not know each other"))
}

fn token_findings(file: &str, tokens: &[Token]) -> Vec<Finding> {
    let is_terminal = file == "main.rs" || file.starts_with("cli/");
    let mut found = Vec::new();
    for window in tokens.windows(3) {
        let [first, second, third] = window else { continue };
        if PRINTING.contains(&first.text.as_str()) && second.is("!") && !is_terminal {
            let text = format!("only cli may print to the terminal ({}!)", first.text);
            found.push(Finding { line: first.line, text });
        }
        if first.is(".") && second.is("unwrap") && third.is("(") {
            let text = "no unwrap() outside tests: handle it, or expect() with the invariant".to_owned();
            found.push(Finding { line: second.line, text });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(file: &str, source: &str) -> String {
        let lines =
            findings(file, source).into_iter().map(|finding| format!("{}: {}", finding.line, finding.text));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_import_upward_or_sideways_is_found_however_it_is_written() {
        for (file, source) in [
            ("domain/job.rs", "use crate::ports::Clock;"),
            ("domain/job.rs", "\n\nfn f() { crate::storage::sled::open() }"),
            ("queue/worker.rs", "use crate::orders::Orders;"),
            ("queue/worker.rs", "use crate::{domain::Job, egress::HttpEgress};"),
            ("egress/clients.rs", "use super::super::sandbox::Pool;"),
            ("clock.rs", "use super::queue::Worker;"),
            ("storage/sled/keys.rs", "use crate::storage::postgres::Row;"),
            ("storage/sled/keys.rs", "use super::super::postgres::Row;"),
            ("main.rs", "fn main() { taskbox::sandbox::run() }"),
        ] {
            assert!(texts(file, source).contains("may not import"), "{file}: {source}");
        }
        assert!(
            texts("domain/job.rs", "\n\nuse crate::api::Page;").starts_with("3: domain may not import api")
        );
    }

    #[test]
    fn a_module_that_is_in_no_layer_is_found_and_so_is_its_import() {
        for file in ["metrics.rs", "metrics/mod.rs", "metrics/deep/er.rs"] {
            assert!(texts(file, "use std::fs;").contains("the module metrics is in no layer"), "{file}");
        }
        assert!(texts("queue/mod.rs", "use crate::metrics::Counter;").contains("metrics is in no layer"));
        assert!(texts("queue/mod.rs", "fn f() { crate::helper() }").contains("helper is in no layer"));
    }

    #[test]
    fn an_import_downward_or_within_a_module_is_fine() {
        for (file, source) in [
            ("queue/worker.rs", "use crate::{domain::Job, ports::Clock}; use super::lease; use self::x::Y;"),
            ("app/host.rs", "use crate::egress::HttpEgress; use axum::Router;"),
            ("storage/sled/keys.rs", "use sled::Tree; use super::codec::Codec; use crate::storage::sled::x;"),
            ("domain/job.rs", "use super::Lease; use crate::domain::Json; // use crate::api::x"),
            (
                "queue/worker.rs",
                "#[cfg(test)] mod tests { use crate::sandbox::Pool; fn f() { x.unwrap(); } }",
            ),
            ("main.rs", "fn main() { taskbox::cli::main() }"),
        ] {
            assert_eq!(texts(file, source), "", "{file}");
        }
    }

    #[test]
    fn a_crate_is_named_only_in_its_place() {
        for (file, source, name) in [
            ("queue/worker.rs", "use wasmtime::Engine;", "wasmtime"),
            ("app/host.rs", "fn f(x: wasmtime_wasi::WasiCtx) {}", "wasmtime_wasi"),
            ("storage/mod.rs", "fn f() { ::sled::open(\"x\") }", "sled"),
            ("domain/codec.rs", "use bincode::{Encode, Decode};", "bincode"),
            ("api/v1/x.rs", "type C = reqwest::Client;", "reqwest"),
            ("plugins/upload.rs", "use axum::Router;", "axum"),
        ] {
            assert!(texts(file, source).contains(&format!("may name {name}")), "{file}: {source}");
        }
    }

    #[test]
    fn the_clock_the_terminal_and_unwrap_have_their_places() {
        assert!(
            texts("queue/a.rs", "let t = std::time::SystemTime::now();").contains("may call SystemTime::now")
        );
        assert!(texts("queue/a.rs", "tokio::time::Instant::now()").contains("may call Instant::now"));
        assert!(texts("queue/a.rs", "jiff::Timestamp::now()").contains("may call Timestamp::now"));
        assert!(texts("queue/a.rs", "uuid::Uuid::now_v7()").contains("only ids.rs may call Uuid::now_v7"));
        assert!(texts("domain/a.rs", "jiff::tz::TimeZone::system()").contains("nothing may call"));
        assert_eq!(texts("clock.rs", "SystemTime::now(); clock.now();"), "");
        assert!(texts("api/a.rs", "println!(\"x\")").contains("may print"));
        assert_eq!(texts("cli/a.rs", "println!(\"x\")"), "");
        assert!(texts("cli/a.rs", "x.unwrap()").contains("unwrap"));
        assert_eq!(texts("cli/a.rs", "x.unwrap_or(1); x.expect(\"y\")"), "");
    }
}
