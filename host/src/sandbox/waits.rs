//! The calls in which guests wait, linked so that a wait ends with the wall time of its attempt.
//!
//! A wait that is dropped leaves no trace of the guest. One that fails does: wasmtime notes where the guest called.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable};
use wasmtime_wasi_io::bindings::wasi::io::poll::{Host as Polling, HostPollable};
use wasmtime_wasi_io::bindings::wasi::io::streams::{Host as Streaming, HostInputStream, HostOutputStream};

use super::state::AttemptState;

/// The interfaces with these calls, with the version under which wasmtime-wasi links them.
const POLL: &str = "wasi:io/poll@0.2.12";
const STREAMS: &str = "wasi:io/streams@0.2.12";

type Attempt<'a> = StoreContextMut<'a, AttemptState>;

/// Links them instead of those that are linked already.
pub(super) fn link(linker: &mut Linker<AttemptState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut poll = linker.instance(POLL)?;
    poll.func_wrap_async("poll", |mut store: Attempt<'_>, (all,): (Vec<Resource<DynPollable>>,)| {
        Box::new(async move {
            let AttemptWait { table, wall } = AttemptWait::of(&mut store);
            Ok((wall.bound(Polling::poll(table, all)).await??,))
        })
    })?;
    poll.func_wrap_async(
        "[method]pollable.block",
        |mut store: Attempt<'_>, (one,): (Resource<DynPollable>,)| {
            Box::new(async move {
                let AttemptWait { table, wall } = AttemptWait::of(&mut store);
                wall.bound(table.block(one)).await?
            })
        },
    )?;
    let mut streams = linker.instance(STREAMS)?;
    streams.func_wrap_async(
        "[method]input-stream.blocking-read",
        |mut store: Attempt<'_>, (stream, bytes): (Resource<DynInputStream>, u64)| {
            Box::new(async move {
                let AttemptWait { table, wall } = AttemptWait::of(&mut store);
                match wall.bound(table.blocking_read(stream, bytes)).await? {
                    Ok(read) => Ok((Ok(read),)),
                    Err(error) => Ok((Err(table.convert_stream_error(error)?),)),
                }
            })
        },
    )?;
    streams.func_wrap_async(
        "[method]output-stream.blocking-write-and-flush",
        |mut store: Attempt<'_>, (stream, bytes): (Resource<DynOutputStream>, Vec<u8>)| {
            Box::new(async move {
                let AttemptWait { table, wall } = AttemptWait::of(&mut store);
                match wall.bound(table.blocking_write_and_flush(stream, bytes)).await? {
                    Ok(()) => Ok((Ok(()),)),
                    Err(error) => Ok((Err(table.convert_stream_error(error)?),)),
                }
            })
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// What a wait needs of its attempt.
struct AttemptWait<'a> {
    table: &'a mut wasmtime::component::ResourceTable,
    wall: super::wall::WallTime,
}

impl<'a> AttemptWait<'a> {
    fn of(store: &'a mut Attempt<'_>) -> Self {
        let state = store.data_mut();
        let wall = state.wall;
        Self { table: state.ctx().table, wall }
    }
}
