//! Runs one attempt: a fresh store, one call, and the store is gone. Nothing of it stays.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;
use wasmtime::Store;

use super::contract::Plugin;
use super::ending::{End, Ending};
use super::http::EgressAccess;
use super::lines::Lines;
use super::meter::Metered;
use super::outcome::{Seen, decide};
use super::profile::Profiler;
use super::state::{AttemptState, Setup};
use super::store;
use super::ticker::TICK_PROFILED;
use crate::ports::{Assignment, AttemptHost, AttemptReport, Egress, Share};

/// Bytes that one call may hand to the host beside a result: the largest checkpoint has a quarter of it. It also
/// lets a result that is a little too large be refused with its size.
const HOSTCALL_BYTES_BESIDES: usize = 1024 * 1024;

/// A component that is linked: a fresh instance of it takes some ten microseconds.
pub(super) struct Prepared {
    pub(super) plugin: Plugin,
    pub(super) lines: Lines,
}

/// What an attempt has of the host.
pub(super) struct Surroundings {
    pub(super) egress: Arc<dyn Egress>,
    pub(super) memory: Share,
    /// Where the profile goes, if there is to be one.
    pub(super) profile: Option<Arc<LatestProfile>>,
}

/// The profile of the attempt that ended last.
pub(super) type LatestProfile = Mutex<Option<Vec<u8>>>;

/// Runs the attempt to its end, whichever that is.
pub(super) async fn run(
    code: &Prepared,
    around: Surroundings,
    assignment: Assignment,
    host: Arc<dyn AttemptHost>,
    stop: CancellationToken,
) -> AttemptReport {
    let Surroundings { egress, memory, profile } = around;
    let profiler = profile.is_some().then(|| begin_profile(&code.plugin, &assignment)).flatten();
    let setup = Setup {
        limits: assignment.limits.clone(),
        timeout: assignment.timeout,
        // No call hands over more than a result may have. It is copied out of the guest's memory, beside
        // which no limit would count it.
        hostcall_bytes: assignment.limits.output_bytes.as_usize().saturating_add(HOSTCALL_BYTES_BESIDES),
        host,
        config: Arc::clone(&assignment.config),
        memory,
        egress: Some(EgressAccess {
            egress,
            pass: assignment.egress.clone(),
            trace: assignment.traceparent.clone(),
        }),
        profiler,
    };
    let mut store = store::open(code.plugin.engine(), setup);
    let end = await_end(code, &mut store, &assignment, stop).await;
    if let (Some(profile), Some(profiler)) = (profile, store.data_mut().profiler.take()) {
        *profile.lock().unwrap_or_else(PoisonError::into_inner) = profiler.finish().ok();
    }
    report(&store, &assignment, end)
}

fn begin_profile(plugin: &Plugin, assignment: &Assignment) -> Option<Box<Profiler>> {
    match Profiler::begin(plugin.component(), assignment.task.as_str(), TICK_PROFILED) {
        Ok(profiler) => Some(Box::new(profiler)),
        Err(error) => {
            tracing::warn!(error = %format!("{error:#}"), "the attempt cannot be profiled");
            None
        }
    }
}

/// Waits for the guest, its deadline or the stop, whichever is first.
///
/// A guest meets the end of its wall time by itself: computing at the next tick, waiting in the host at once. One
/// that did not meet it, and one that is stopped, is dropped where it stands: a guest that computes yields at every
/// tick, and the host does not wait with one that waits.
async fn await_end(
    code: &Prepared,
    store: &mut Store<AttemptState>,
    assignment: &Assignment,
    stop: CancellationToken,
) -> End {
    let (meter, wall) = (Arc::clone(&store.data().meter), store.data().wall);
    let call = Metered::new(meter, code.plugin.run(store, assignment));
    tokio::select! {
        // A result that is there counts, even when the time is over as well.
        biased;
        result = call => End::of(result, &code.lines),
        () = stop.cancelled() => Ending::Stopped.into(),
        () = wall.has_passed() => Ending::TimedOut.into(),
    }
}

fn report(store: &Store<AttemptState>, assignment: &Assignment, end: End) -> AttemptReport {
    let End { ending, backtrace } = end;
    let state = store.data();
    let ending = match ending {
        // wasi-http ends a guest that is refused a field, unless the guest gives up before, in words of its own.
        Ending::Refused(_) | Ending::Broke(_) if state.fields.check().is_err() => Ending::TooManyFields,
        ending => ending,
    };
    if let Ending::HostMemoryOver = ending {
        state.output.note("the host has no memory left; the attempt is given back and tried again later");
    }
    // Before the output is finished, which hands on what the guest left unfinished.
    let activity = state.activity.in_words();
    let seen = Seen {
        limits: &assignment.limits,
        timeout: assignment.timeout,
        memory_refused: state.bounds.memory_refused(),
        denial: state.outbound.denial(),
        stderr_tail: state.output.finish(),
        waiting_for: state.outbound.waiting_for(),
        activity,
        backtrace,
    };
    AttemptReport {
        outcome: decide(ending, seen),
        cpu: state.meter.spent(),
        peak_memory_bytes: state.bounds.memory_peak_bytes(),
    }
}
