//! Tasks that take more than their share.

use std::hint::black_box;
use std::io::Write;
use std::time::Duration;

use serde::Deserialize;
use taskbox_task::{Job, Json, Task, TaskError};
use wasip2::clocks::monotonic_clock;
use wasip2::http::types::{Fields, Method, OutgoingRequest};
use wasip2::random::random::get_random_bytes;

/// One bite of `eat-memory`.
const BITE_BYTES: usize = 1024 * 1024;

/// What `print` and `print-forever` write.
const LINE: &str = "the quick brown fox jumps over the lazy dog";

pub fn tasks() -> Vec<Task> {
    vec![
        Task::raw("spin", spin).description("Computes without end"),
        Task::without_schemas("eat-memory", eat_memory)
            .description("Takes memory, without end if not told how much"),
        Task::raw("open-handles", open_handles).description("Opens handles in the host without end"),
        Task::without_schemas("hold-fields", hold_fields)
            .description("Keeps sets of header fields in the host"),
        Task::without_schemas("hold-requests", hold_requests)
            .description("Keeps requests with long texts in the host"),
        Task::without_schemas("print", print).description("Writes lines to stdout and stderr"),
        Task::raw("print-forever", print_forever).description("Writes to stdout without end"),
        Task::without_schemas("random", random).description("Takes random bytes in one call"),
        Task::without_schemas("many-requests", many_requests).description("Sends many requests"),
    ]
}

/// Takes anything; reports that it has begun, then never ends and never calls the host.
#[inline(never)]
fn spin(job: &Job, _: Json) -> Result<Json, TaskError> {
    job.progress(0, 1, "spinning");
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

#[derive(Deserialize)]
struct Appetite {
    /// `None` is without end.
    bytes: Option<usize>,
}

/// Takes `{bytes?}`; gives how many bytes it holds at the end, each of them written to.
fn eat_memory(_: &Job, appetite: Appetite) -> Result<usize, TaskError> {
    let mut eaten: Vec<Vec<u8>> = Vec::new();
    let mut bytes = 0;
    while appetite.bytes.is_none_or(|enough| bytes < enough) {
        eaten.push(black_box(vec![1; BITE_BYTES]));
        bytes += BITE_BYTES;
    }
    Ok(black_box(eaten).len() * BITE_BYTES)
}

/// Takes anything; opens timers and forgets them, so that none is ever closed.
fn open_handles(_: &Job, _: Json) -> Result<Json, TaskError> {
    let hour_ns = Duration::from_secs(3_600).as_nanos() as u64;
    loop {
        std::mem::forget(monotonic_clock::subscribe_duration(hour_ns));
    }
}

#[derive(Deserialize)]
struct Sets {
    count: usize,
}

/// Takes `{count}`; makes so many sets of header fields, of 30 KB each, and keeps all; gives how many it has.
fn hold_fields(_: &Job, sets: Sets) -> Result<usize, TaskError> {
    let mut held = Vec::new();
    for _ in 0..sets.count {
        let fields = Fields::new();
        fields
            .append("x-long", &[b'x'; 30_000])
            .map_err(|error| TaskError::permanent(format!("set {}: {error:?}", held.len())))?;
        held.push(fields);
    }
    Ok(black_box(held).len())
}

#[derive(Deserialize)]
struct Requests {
    count: usize,
    #[serde(default)]
    method_bytes: usize,
    #[serde(default)]
    authority_bytes: usize,
}

/// Takes `{count, method_bytes?, authority_bytes?}`; makes so many requests with such a method and such an
/// authority, sends none and keeps all; gives how many it has.
fn hold_requests(_: &Job, requests: Requests) -> Result<usize, TaskError> {
    let mut held = Vec::new();
    for _ in 0..requests.count {
        let request = OutgoingRequest::new(Fields::new());
        let refused = |()| TaskError::permanent(format!("request {} is refused", held.len()));
        if requests.method_bytes > 0 {
            request.set_method(&Method::Other("X".repeat(requests.method_bytes))).map_err(refused)?;
        }
        if requests.authority_bytes > 0 {
            request.set_authority(Some(&"x".repeat(requests.authority_bytes))).map_err(refused)?;
        }
        held.push(request);
    }
    Ok(black_box(held).len())
}

#[derive(Deserialize)]
struct Randomness {
    bytes: u64,
}

/// Takes `{bytes}`; gives how many random bytes it got.
fn random(_: &Job, wanted: Randomness) -> Result<usize, TaskError> {
    Ok(get_random_bytes(wanted.bytes).len())
}

#[derive(Deserialize)]
struct Lines {
    #[serde(default)]
    stdout: u32,
    #[serde(default)]
    stderr: u32,
    /// What to write instead of a fox, with its number behind it.
    text: Option<String>,
}

/// Takes `{stdout?, stderr?, text?}`; writes so many numbered lines, counted from 1, to each; gives null.
fn print(_: &Job, lines: Lines) -> Result<(), TaskError> {
    let text = lines.text.as_deref().unwrap_or(LINE);
    for number in 1..=lines.stdout {
        println!("{text} {number}");
    }
    for number in 1..=lines.stderr {
        eprintln!("{text} {number}");
    }
    Ok(())
}

/// Takes anything; writes to stdout without end, whatever becomes of it.
fn print_forever(_: &Job, _: Json) -> Result<Json, TaskError> {
    let mut stdout = std::io::stdout();
    loop {
        let _ = writeln!(stdout, "{LINE}");
    }
}

#[derive(Deserialize)]
struct Repeated {
    url: String,
    count: u32,
}

/// Takes `{url, count}`; sends so many GET requests, one after the other, and gives how many were answered.
/// The first that fails ends the attempt with its error.
fn many_requests(job: &Job, requests: Repeated) -> Result<u32, TaskError> {
    for answered in 0..requests.count {
        job.http()
            .get(&requests.url)
            .send()
            .map_err(|error| TaskError::permanent(format!("after {answered} answers: {error}")))?;
    }
    Ok(requests.count)
}
