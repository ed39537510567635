//! The state of one attempt while its guest runs: everything the guest can reach, and no more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::activity::LastActivity;
use super::fields::FieldMeter;
use super::http::{EgressAccess, Outbound};
use super::http_body::AttemptOver;
use super::job::JobSide;
use super::limits::Bounds;
use super::meter::CpuMeter;
use super::output::{Channel, GuestOutput};
use super::profile::Profiler;
use super::stdio::GuestStream;
use super::wall::WallTime;
use crate::domain::Limits;
use crate::ports::{AttemptHost, Share};

/// Things in the host that one attempt may hold open: streams, requests, timers. A request takes about
/// ten, so fifty may be under way. What they hold is bounded elsewhere: [`FieldMeter`] counts the texts and the
/// header fields of requests and responses, and of each body that is sent or read one part of 64 KiB or less
/// waits in the host, at its end one set of trailers.
pub(super) const HANDLES_MAX: usize = 512;

/// Random bytes of one call. It fills them in one go, and no other guest runs on its thread meanwhile.
const RANDOM_BYTES_MAX: u64 = 64 * 1024;

/// What an attempt is given.
pub(super) struct Setup {
    pub(super) limits: Limits,
    /// Its wall time, from now on.
    pub(super) timeout: Duration,
    /// Bytes that one call may hand from the guest to the host, its result included.
    pub(super) hostcall_bytes: usize,
    pub(super) host: Arc<dyn AttemptHost>,
    pub(super) config: Arc<BTreeMap<String, String>>,
    /// What it is charged of the host's memory.
    pub(super) memory: Share,
    /// None for a guest that may send nothing.
    pub(super) egress: Option<EgressAccess>,
    /// None but for trials.
    pub(super) profiler: Option<Box<Profiler>>,
}

/// The data of one attempt's store.
pub(super) struct AttemptState {
    /// The first field, which is dropped first: before the table lets go of the bodies in it.
    _over: AttemptOver,
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    pub(super) fields: FieldMeter,
    pub(super) limits: Limits,
    pub(super) outbound: Outbound,
    pub(super) output: GuestOutput,
    pub(super) activity: LastActivity,
    pub(super) bounds: Bounds,
    pub(super) meter: Arc<CpuMeter>,
    pub(super) wall: WallTime,
    pub(super) job: JobSide,
    pub(super) config: Arc<BTreeMap<String, String>>,
    pub(super) profiler: Option<Box<Profiler>>,
}

impl AttemptState {
    pub(super) fn new(setup: Setup) -> Self {
        let host = Arc::clone(&setup.host);
        let activity = LastActivity::default();
        let hand_on = {
            let activity = activity.clone();
            move |line: &str| {
                activity.is(format_args!("line {line:?} logged"));
                host.log_line(line);
            }
        };
        let output = GuestOutput::new(hand_on, setup.limits.log_bytes);
        let over = AttemptOver::not_yet();
        let over_flag = over.flag();
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        Self {
            _over: over,
            table,
            wasi: empty_world(&output),
            http: WasiHttpCtx::new(),
            fields: FieldMeter::default(),
            outbound: Outbound::new(setup.egress, &setup.limits, &output, &activity, over_flag),
            output,
            activity,
            bounds: Bounds::new(setup.limits.memory, setup.memory),
            meter: CpuMeter::new(),
            wall: WallTime::of(setup.timeout),
            job: JobSide::new(setup.host),
            config: setup.config,
            profiler: setup.profiler,
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
        self.fields.called(&mut self.table, self.outbound.bytes_under_way());
        self.http.set_field_size_limit(self.fields.room());
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use wasmtime_wasi_http::p2::body::{HostOutgoingBody, StreamContext};

    use super::*;
    use crate::domain::ByteSize;
    use crate::memory::HostMemory;
    use crate::ports::BodyError;
    use crate::sandbox::http_body::Drained;
    use crate::sandbox::no_job::NoJob;

    impl Setup {
        /// An attempt of no job, with one MiB of memory and a second.
        pub(in crate::sandbox) fn of_no_job() -> Self {
            Self {
                limits: Limits::default(),
                timeout: Duration::from_secs(1),
                hostcall_bytes: 0,
                host: Arc::new(NoJob),
                config: Arc::default(),
                memory: Share::of(Arc::new(HostMemory::new(ByteSize::mib(1)))),
                egress: None,
                profiler: None,
            }
        }
    }

    fn state() -> AttemptState {
        AttemptState::new(Setup::of_no_job())
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
