//! What the host keeps for one attempt while its guest runs: everything the guest can reach, and no more.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::http::{Door, Outbound};
use super::job::JobSide;
use super::limits::Bounds;
use super::meter::CpuMeter;
use super::output::{Channel, GuestOutput};
use super::stdio::GuestStream;
use crate::domain::Limits;
use crate::ports::AttemptHost;

/// Things in the host that one attempt may hold open: streams, requests, timers. A request takes about
/// ten; leaving all of them open costs the host about a megabyte.
pub(super) const HANDLES_MAX: usize = 4_096;

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
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        Self {
            table,
            wasi: empty_world(&output),
            http: WasiHttpCtx::new(),
            outbound: Outbound::new(setup.door, &setup.limits, &output),
            output,
            bounds: Bounds::new(setup.limits.memory),
            meter: CpuMeter::new(),
            job: JobSide::new(setup.host),
            config: setup.config,
            limits: setup.limits,
        }
    }
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
