//! Asks a plugin what it offers, with nothing in reach and little time: it has been trusted with nothing yet.

use std::sync::Arc;
use std::time::Duration;

use super::ending::{End, Ending};
use super::fit::unfit;
use super::meter::Metered;
use super::no_job::NoJob;
use super::outcome::{Seen, decide};
use super::run::Prepared;
use super::state::Setup;
use super::wall::TO_BE_SEEN;
use super::{spec, store};
use crate::domain::{ByteSize, Limits, Outcome, TaskSpec};
use crate::ports::{Share, Unfit};

/// Wall time: naming tasks waits for nothing.
const WALL: Duration = Duration::from_secs(2);

/// Bytes of the whole answer: a thousand tasks with short schemas, or a few with long ones.
const ANSWER_BYTES: usize = 1024 * 1024;

fn limits() -> Limits {
    Limits {
        // An interpreter needs some before it has said a word.
        memory: ByteSize::mib(64),
        wall: WALL,
        cpu: Duration::from_secs(1),
        requests: 0,
        log_bytes: ByteSize::kib(16),
        ..Limits::default()
    }
}

/// The tasks that a plugin offers, checked.
pub(super) async fn describe(code: &Prepared, memory: Share) -> Result<Vec<TaskSpec>, Unfit> {
    let limits = limits();
    let setup = Setup {
        limits: limits.clone(),
        timeout: WALL,
        hostcall_bytes: ANSWER_BYTES,
        host: Arc::new(NoJob),
        config: Arc::default(),
        memory,
        egress: None,
        profiler: None,
    };
    let mut store = store::open(code.plugin.engine(), setup);
    let meter = Arc::clone(&store.data().meter);
    let answer =
        tokio::time::timeout(WALL + TO_BE_SEEN, Metered::new(meter, code.plugin.describe(&mut store))).await;
    let End { ending, backtrace } = match answer {
        Ok(Ok(specs)) => return spec::read(specs),
        Ok(Err(error)) => End::of_error(&error, &code.lines),
        Err(_) => Ending::TimedOut.into(),
    };
    if let Ending::HostMemoryOver = ending {
        return Err(unfit("the host has no memory left to look at the component", "upload it again later"));
    }
    let state = store.data();
    Err(silent(
        ending,
        Seen {
            limits: &limits,
            timeout: WALL,
            memory_refused: state.bounds.memory_refused(),
            denial: state.outbound.denial(),
            stderr_tail: state.output.finish(),
            waiting_for: None,
            activity: None,
            backtrace,
        },
    ))
}

fn silent(ending: Ending, seen: Seen<'_>) -> Unfit {
    let why = match decide(ending, seen) {
        Outcome::Failed(failure) => match failure.detail {
            Some(detail) => format!("{}: {detail}", failure.message),
            None => failure.message,
        },
        other => format!("{other:?}"),
    };
    unfit(
        format!("the component did not say what it offers: {why}"),
        "`describe` only names tasks: it is called at upload, without any capability, and has 2 s of wall \
         time, 1 s of CPU time and 64MiB of memory",
    )
}
