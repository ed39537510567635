//! What ended an attempt, as a closed set: errors of wasmtime are told apart by type, but for one whose
//! type is not public.

use wasmtime::component::ResourceTableError;
use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::I32Exit;

use super::backtrace;
use super::contract::TaskError;
use super::fields::TooManyFields;
use super::job::CheckpointFailed;
use super::limits::HostMemoryOver;
use super::lines::Lines;
use super::output::PrintedTooMuch;
use super::store::CpuTimeOver;
use super::unread::Unread;
use super::wall::WallTimeOver;

/// How wasmtime says that a call hands over more than `Store::set_hostcall_fuel` allows.
const HANDED_TOO_MUCH: &str = "fuel allocated for hostcalls has been exhausted";

/// How a call into a guest ended.
#[derive(Debug)]
pub(super) struct End {
    /// What ended it.
    pub(super) ending: Ending,
    /// Where the guest was; empty if it was not at work.
    pub(super) backtrace: String,
}

impl End {
    /// The end of a call with this result.
    pub(super) fn of(result: wasmtime::Result<Result<String, TaskError>>, lines: &Lines) -> Self {
        match result {
            Ok(Ok(output)) => Ending::Returned(output).into(),
            Ok(Err(error)) => Ending::Refused(error).into(),
            Err(error) => Self::of_error(&error, lines),
        }
    }

    /// The end of a call that failed.
    pub(super) fn of_error(error: &wasmtime::Error, lines: &Lines) -> Self {
        Self { ending: Ending::of_error(error), backtrace: backtrace::of(error, lines) }
    }
}

impl From<Ending> for End {
    fn from(ending: Ending) -> Self {
        Self { ending, backtrace: String::new() }
    }
}

/// What ended a call into a guest.
#[derive(Debug)]
pub(super) enum Ending {
    /// The guest returned a result.
    Returned(String),
    /// The guest returned an error of its own.
    Refused(TaskError),
    /// The guest's code trapped.
    Trapped(Trap),
    /// The guest called `exit`, so it returned nothing.
    Exited(i32),
    /// It computed for too long.
    CpuTimeOver,
    /// It printed too much.
    PrintedTooMuch,
    /// It holds too much open in the host.
    TooManyHandles,
    /// It keeps too much of requests and responses in the host.
    TooManyFields,
    /// It handed too much to the host in one call, its result most likely.
    HandedTooMuch,
    /// It must not go on without a checkpoint.
    CheckpointFailed(CheckpointFailed),
    /// It must not go on without what could not be read.
    Unread(Unread),
    /// The host has no memory left for it.
    HostMemoryOver,
    /// Every slot of the pool is taken.
    NoPlace,
    /// The host refused to go on, for a reason that only has words.
    Broke(String),
    /// Its wall time is over.
    TimedOut,
    /// The host asked it to stop.
    Stopped,
}

impl Ending {
    /// The ending of a call that failed.
    fn of_error(error: &wasmtime::Error) -> Self {
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return Self::Trapped(*trap);
        }
        if let Some(I32Exit(code)) = error.downcast_ref() {
            return Self::Exited(*code);
        }
        if error.is::<CpuTimeOver>() {
            return Self::CpuTimeOver;
        }
        if error.is::<WallTimeOver>() {
            return Self::TimedOut;
        }
        if error.is::<HostMemoryOver>() {
            return Self::HostMemoryOver;
        }
        if error.is::<PrintedTooMuch>() {
            return Self::PrintedTooMuch;
        }
        if error.is::<TooManyFields>() {
            return Self::TooManyFields;
        }
        if let Some(ResourceTableError::Full) = error.downcast_ref() {
            return Self::TooManyHandles;
        }
        if let Some(failed) = error.downcast_ref::<CheckpointFailed>() {
            return Self::CheckpointFailed(failed.clone());
        }
        if let Some(unread) = error.downcast_ref::<Unread>() {
            return Self::Unread(unread.clone());
        }
        if error.is::<PoolConcurrencyLimitError>() {
            return Self::NoPlace;
        }
        let reason = error.root_cause().to_string();
        if reason.contains(HANDED_TOO_MUCH) {
            return Self::HandedTooMuch;
        }
        Self::Broke(reason)
    }
}
