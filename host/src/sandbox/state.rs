//! What the host keeps for one attempt while its guest runs: everything the guest can reach, and no more.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::http::{Door, Outbound};
use super::http_body::AttemptOver;
use super::job::JobSide;
use super::limits::Bounds;
use super::meter::CpuMeter;
use super::output::{Channel, GuestOutput};
use super::stdio::GuestStream;
use crate::domain::Limits;
use crate::ports::AttemptHost;

/// Things in the host that one attempt may hold open: streams, requests, timers. A request takes about
/// ten, so fifty may be under way. Headers are the most that one of them can hold; if all did, they would
/// cost the host 16 MiB, which no limit of the grant counts.
pub(super) const HANDLES_MAX: usize = 512;

/// Header fields of one request, as they lie in memory: four times what most servers take.
const FIELDS_BYTES_MAX: usize = 32 * 1024;

/// Random bytes of one call. It fills them in one go, and no other guest runs on its thread meanwhile.
const RANDOM_BYTES_MAX: u64 = 64 * 1024;

/// What an attempt is given.
pub(super) struct Setup {
    pub(super) limits: Limits,
    /// What one call may hand from the guest to the host, its result included.
    pub(super) hostcall_bytes: usize,
    pub(super) host: Arc<dyn AttemptHost>,
    pub(super) config: Arc<BTreeMap<String, String>>,
    /// None for a guest that may send nothing.
    pub(super) door: Option<Door>,
}

/// The data of one attempt's store.
pub(super) struct AttemptState {
    /// The first field, which is dropped first: before the table lets go of the bodies in it.
    _over: AttemptOver,
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    pub(super) limits: Limits,
    pub(super) outbound: Outbound,
    pub(super) output: GuestOutput,
    pub(super) bounds: Bounds,
    pub(super) meter: Arc<CpuMeter>,
    pub(super) job: JobSide,
    pub(super) config: Arc<BTreeMap<String, String>>,
}

impl AttemptState {
    pub(super) fn new(setup: Setup) -> Self {
        let output = GuestOutput::new(Arc::clone(&setup.host), setup.limits.log_bytes);
        let over = AttemptOver::not_yet();
        let over_flag = over.flag();
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        Self {
            _over: over,
            table,
            wasi: empty_world(&output),
            http: small_fields(),
            outbound: Outbound::new(setup.door, &setup.limits, &output, over_flag),
            output,
            bounds: Bounds::new(setup.limits.memory),
            meter: CpuMeter::new(),
            job: JobSide::new(setup.host),
            config: setup.config,
            limits: setup.limits,
        }
    }
}

fn small_fields() -> WasiHttpCtx {
    let mut http = WasiHttpCtx::new();
    http.set_field_size_limit(FIELDS_BYTES_MAX);
    http
}

/// WASI that shows clocks, random numbers and two streams to print to: no directory, no variable, no
/// argument, nothing on stdin, no socket of any kind.
fn empty_world(output: &GuestOutput) -> WasiCtx {
    WasiCtx::builder()
        .stdout(GuestStream::new(output, Channel::Stdout))
        .stderr(GuestStream::new(output, Channel::Stderr))
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .max_random_size(RANDOM_BYTES_MAX)
        .build()
}

impl WasiView for AttemptState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for AttemptState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use wasmtime_wasi_http::p2::body::{HostOutgoingBody, StreamContext};

    use super::*;
    use crate::ports::BodyError;
    use crate::sandbox::http_body::Drained;
    use crate::sandbox::nobody::Nobody;

    fn state() -> AttemptState {
        AttemptState::new(Setup {
            limits: Limits::default(),
            hostcall_bytes: 0,
            host: Arc::new(Nobody),
            config: Arc::default(),
            door: None,
        })
    }

    #[tokio::test]
    async fn a_body_ends_well_only_if_the_guest_finished_it() {
        let (mut finished, mut left) = (state(), state());
        let body = |state: &mut AttemptState| {
            let (host_side, body) = HostOutgoingBody::new(StreamContext::Request, None, 1, 1024);
            (state.table.push(host_side).unwrap(), Drained::new(body, state._over.flag()))
        };
        let (handle, mut whole) = body(&mut finished);
        finished.table.delete(handle).unwrap().finish(None).unwrap();
        assert!(whole.frame().await.is_none());
        let (_, mut half) = body(&mut left);
        drop(left);
        assert!(matches!(half.frame().await, Some(Err(BodyError::Broken(_)))));
    }
}
