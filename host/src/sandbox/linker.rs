//! What a guest may import. What is not linked here does not exist for it.

use wasmtime::Engine;
use wasmtime::component::Linker;

use super::state::AttemptState;
use super::{contract, http_error_code, waits};

/// The interfaces that are linked, without their versions. The upload check reads it, because a list
/// can say what would be right, and a linker only what is missing.
pub(super) const INTERFACES: [&str; 35] = [
    "taskbox:task/job",
    "taskbox:task/parents",
    "taskbox:task/events",
    "taskbox:task/jobs",
    "taskbox:task/types",
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:config/store",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// Links everything a plugin may import, of every version of the contract.
pub(super) fn build(engine: &Engine) -> wasmtime::Result<Linker<AttemptState>> {
    let mut linker = Linker::new(engine);
    // Files and sockets too: every standard library imports them. They lead nowhere, see `state`.
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    waits::link(&mut linker)?;
    http_error_code::link(&mut linker)?;
    contract::link(&mut linker)?;
    Ok(linker)
}
