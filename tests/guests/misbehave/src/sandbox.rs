//! A task that looks round the sandbox and tells what it sees.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::Read;
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use taskbox_task::{Job, Task, TaskError};

/// An address that a program without limits could at least try to reach.
const ADDRESS: &str = "127.0.0.1:80";

pub fn tasks() -> Vec<Task> {
    vec![Task::without_schemas("environment", environment).description("Tells what the sandbox shows")]
}

#[derive(Serialize)]
struct Environment {
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
    working_directory: Attempt,
    preopened_directories: Vec<String>,
    read_root: Attempt,
    read_passwords: Attempt,
    write_file: Attempt,
    stdin_bytes: Attempt,
    tcp_connect: Attempt,
    tcp_listen: Attempt,
    udp_bind: Attempt,
    resolve_name: Attempt,
    unix_time_ms: u64,
    random: u64,
}

/// What came of trying something: `"done: ..."` or `"refused: ..."`.
#[derive(Serialize)]
#[serde(transparent)]
struct Attempt(String);

/// Takes anything; gives what the sandbox shows and what came of every try to get out of it.
fn environment(_: &Job, _: serde_json::Value) -> Result<Environment, TaskError> {
    Ok(Environment {
        variables: std::env::vars().collect(),
        arguments: std::env::args().collect(),
        working_directory: attempt(std::env::current_dir().map(|path| path.display().to_string())),
        preopened_directories: preopened_directories(),
        read_root: attempt(std::fs::read_dir("/").map(Iterator::count)),
        read_passwords: attempt(std::fs::read_to_string("/etc/passwd")),
        write_file: attempt(std::fs::write("/tmp/escaped", "x").map(|()| "written")),
        stdin_bytes: attempt(std::io::stdin().read_to_end(&mut Vec::new())),
        tcp_connect: attempt(TcpStream::connect(ADDRESS).map(|_| "connected")),
        tcp_listen: attempt(TcpListener::bind("127.0.0.1:0").map(|_| "listening")),
        udp_bind: attempt(UdpSocket::bind("127.0.0.1:0").map(|_| "bound")),
        resolve_name: attempt("localhost:80".to_socket_addrs().map(Iterator::count)),
        unix_time_ms: unix_time_ms(),
        random: RandomState::new().build_hasher().finish(),
    })
}

fn attempt<T: std::fmt::Display>(result: std::io::Result<T>) -> Attempt {
    Attempt(match result {
        Ok(value) => format!("done: {value}"),
        Err(error) => format!("refused: {error}"),
    })
}

fn preopened_directories() -> Vec<String> {
    let directories = wasip2::filesystem::preopens::get_directories();
    directories.into_iter().map(|(_, path)| path).collect()
}

fn unix_time_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
