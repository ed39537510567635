//! What `domain` may use: an allow list, so that whatever is new is a decision. No I/O, no async, no clock.

use std::sync::LazyLock;

use super::lexer::Token;
use super::paths::SourcePath;
use super::rules::Finding;
use super::table::{DOMAIN_CRATES, DOMAIN_STD};

/// The crates that the host depends on, and a path can therefore begin with.
static DEPENDENCIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let manifest = include_str!("../../../host/Cargo.toml").lines();
    let section = manifest.skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = section.take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.split(['.', ' ', '=']).next());
    let names = names.filter(|name| !name.is_empty() && !name.starts_with('#'));
    names.map(|name| name.replace('-', "_")).collect()
});

/// Everything in a file that does not belong into `domain`, if the file does.
pub fn findings(file: &str, tokens: &[Token], paths: &[SourcePath]) -> Vec<Finding> {
    if !file.starts_with("domain/") {
        return Vec::new();
    }
    let in_paths = paths.iter().filter_map(|path| Some((path.line, path_problem(&path.segments)?)));
    let in_tokens = tokens.windows(2).filter_map(|pair| Some((pair[0].line, token_problem(pair)?)));
    in_paths.chain(in_tokens).map(|(line, text)| Finding { line, text }).collect()
}

fn path_problem(segments: &[String]) -> Option<String> {
    let (first, rest) = segments.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let begins =
        |allowed: &&[&str]| rest.len() >= allowed.len() && rest.iter().zip(*allowed).all(|(a, b)| a == b);
    match first.as_str() {
        "std" | "core" | "alloc" => (!DOMAIN_STD.iter().any(begins))
            .then(|| format!("domain may not use {}: it is not in DOMAIN_STD", segments.join("::"))),
        name => crate_problem(name),
    }
}

fn token_problem(pair: &[Token]) -> Option<String> {
    let [first, second] = pair else { return None };
    match first.text.as_str() {
        // Such as `use tokio as t`, which is no path of two names.
        "use" => crate_problem(&second.text),
        word @ ("async" | "await") => Some(format!("domain may not wait: {word}")),
        _ => None,
    }
}

fn crate_problem(name: &str) -> Option<String> {
    let is_other = DEPENDENCIES.iter().any(|known| known == name) && !DOMAIN_CRATES.contains(&name);
    is_other.then(|| format!("domain may not use the crate {name}: it is not in DOMAIN_CRATES"))
}

#[cfg(test)]
mod tests {
    use super::super::lexer::production_tokens;
    use super::super::paths::paths;
    use super::*;

    fn texts(file: &str, source: &str) -> Vec<String> {
        let tokens = production_tokens(source);
        findings(file, &tokens, &paths(&tokens)).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn what_reads_writes_waits_or_asks_the_time_is_found_however_it_is_written() {
        for (source, name) in [
            ("use std::fs;", "std::fs"),
            ("use std::{fmt, io::Read};", "std::io::Read"),
            ("use std::net::{IpAddr, TcpStream};", "std::net::TcpStream"),
            ("use std::net;", "std::net"),
            ("use std::time::{Duration, Instant};", "std::time::Instant"),
            ("fn f() { ::std::time::SystemTime::UNIX_EPOCH; }", "std::time::SystemTime"),
            ("fn f() { std::thread::yield_now() }", "std::thread"),
            ("fn f() { std::process::exit(1) }", "std::process"),
            ("fn f() { std::env::var(\"X\") }", "std::env"),
            ("use std::sync::Mutex;", "std::sync::Mutex"),
            ("use std::*;", "std::*"),
            ("use core::task::Poll;", "core::task"),
            ("use tokio::sync::mpsc;", "the crate tokio"),
            ("use tokio as t;", "the crate tokio"),
            ("fn f() { rand::random() }", "the crate rand"),
            ("use tokio_util::sync::CancellationToken;", "the crate tokio_util"),
            ("#[async_trait::async_trait] trait T {}", "the crate async_trait"),
            ("async fn f() {}", "async"),
            ("fn f() { async move { g().await } }", "await"),
        ] {
            let found = texts("domain/job.rs", source);
            assert!(found.iter().any(|text| text.contains(name)), "{source}: {found:?}");
        }
    }

    #[test]
    fn values_and_rules_are_fine_and_so_is_everything_elsewhere() {
        let source = "use std::{fmt, collections::BTreeMap, time::Duration, net::IpAddr, sync::Arc}; \
                      use serde::Serialize; fn f(url: url::Url, http: u8) { u64::from(1u8); error::At::x(); } \
                      #[cfg(test)] mod tests { use std::fs; async fn f() {} }";
        assert_eq!(texts("domain/job.rs", source), [""; 0]);
        assert_eq!(texts("queue/mod.rs", "use std::fs; use tokio::task; async fn f() {}"), [""; 0]);
    }

    #[test]
    fn every_crate_of_the_list_is_one_of_the_host_and_the_others_are_seen() {
        for name in DOMAIN_CRATES {
            assert!(DEPENDENCIES.iter().any(|known| known == name), "the host does not use {name}");
        }
        for name in ["tokio", "async_trait", "wasmtime", "http_body_util"] {
            assert!(DEPENDENCIES.iter().any(|known| known == name), "{name} is missing: {DEPENDENCIES:?}");
        }
    }
}
