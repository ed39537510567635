//! A host, composed of its parts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::development::Development;
use super::sandbox::{self, Sandbox};
use super::serving::Tls;
use super::tasks::AllTasks;
use super::{Settings, StartError, Summary, listen, otlp, serving, telemetry};
use crate::api::{self, Api};
use crate::audit::AuditLog;
use crate::backups::Backups;
use crate::clock::{StorageClock, SystemClock};
use crate::domain::{Timestamp, WorkerId};
use crate::egress::HttpEgress;
use crate::events::LocalEvents;
use crate::ids::IdGenerator;
use crate::memory::{HostMemory, RequestMemory};
use crate::orders::Orders;
use crate::plugins::Plugins;
use crate::ports::{Clock, Egress, Events, Ids, Registry, Runner, Storage, StorageError};
use crate::queue::Queue;
use crate::queue::worker::{Running, Worker, WorkerPorts};
use crate::sandbox::WasmRunner;
use crate::schedules::{SchedulePorts, Schedules, Ticker};
use crate::storage::sled::SledStorage;
use crate::tokens::Tokens;
use crate::webhooks::{Shown, Webhooks};

/// Time for open connections to finish after the worker has ended.
const CONNECTION_GRACE: Duration = Duration::from_secs(2);

/// A running host.
pub struct Host {
    address: SocketAddr,
    summary: Summary,
    scheme: &'static str,
    worker: Worker,
    ticker: Ticker,
    ready: Arc<AtomicBool>,
    closing: CancellationToken,
    serving: JoinHandle<()>,
    /// If spans are exported.
    exporting: Option<JoinHandle<()>>,
}

/// The parts between the adapters and the outside.
struct Parts {
    plugins: Arc<Plugins>,
    orders: Arc<Orders>,
    queue: Arc<Queue>,
    schedules: Arc<Schedules>,
    backups: Arc<Backups>,
    audit: Arc<AuditLog>,
    tokens: Arc<Tokens>,
    events: Arc<dyn Events>,
    clock: Arc<dyn Clock>,
    worker: WorkerPorts,
    memory: Arc<HostMemory>,
    sandbox: Arc<WasmRunner>,
}

impl Host {
    /// Opens storage, listens, loads plugins and starts to work.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        Self::launch(settings, None).await
    }

    /// Starts a host on which a plugin is developed.
    pub async fn start_for(settings: &Settings, development: Development) -> Result<Self, StartError> {
        Self::launch(settings, Some(development)).await
    }

    async fn launch(settings: &Settings, development: Option<Development>) -> Result<Self, StartError> {
        // The socket first, so that a port in use is found before anything else is touched.
        let listener = listen::open(settings.listen).await?;
        let address = listener.local_addr().map_err(|error| StartError::Listen(error.to_string()))?;
        // One that was passed is not that of the settings.
        settings.check_open_to(address)?;
        let tls = settings.tls()?;
        if tls.is_none() {
            listen::warn_beyond_loopback(address);
        }
        // Before anything is counted: earlier counts are lost.
        let metrics = telemetry::recorder();
        telemetry::begin(SystemClock.now());
        let parts = assemble(settings, development).await?;
        let usage = parts.worker.storage.usage().await?;
        let summary = Summary::new(settings, usage, parts.sandbox.allocation());
        let closing = CancellationToken::new();
        let id = worker_id();
        let exporting = otlp::start(settings, id.to_string(), SystemClock.now(), closing.clone());
        tokio::spawn(telemetry::watch_memory(parts.memory, parts.sandbox, closing.clone()));
        tokio::spawn(follow(Arc::clone(&parts.plugins), closing.clone()));
        tokio::spawn(follow_tokens(Arc::clone(&parts.tokens), closing.clone()));
        let clients = settings.clients(parts.tokens.are_any());
        tls.iter().cloned().for_each(|tls| drop(tokio::spawn(follow_tls(tls, closing.clone()))));
        let worker = Worker::start(parts.worker, id, settings.worker());
        tokio::spawn(Arc::clone(&parts.queue).operate(closing.clone()));
        let ticker = Ticker::start(Arc::clone(&parts.schedules));
        let ready = Arc::new(AtomicBool::new(true));
        tokio::spawn(telemetry::keep_small(metrics.clone(), closing.clone()));
        let started_at = parts.clock.now();
        let api = Api::new(api::Parts {
            orders: parts.orders,
            queue: parts.queue,
            plugins: parts.plugins,
            schedules: parts.schedules,
            backups: parts.backups,
            audit: parts.audit,
            events: parts.events,
            clock: parts.clock,
            client_timeout: settings.client_timeout.0,
            requests: Arc::new(RequestMemory::new(settings.request_memory())),
            tokens: parts.tokens,
            limits: settings.rate_limits(),
            ready: Arc::clone(&ready),
            metrics: metrics.clone(),
            instance: settings.instance(),
            started_at,
            regions: api::Regions::default(),
            stopping: closing.clone(),
        });
        let serving = tokio::spawn(serving::serve(listener, api::router(api), clients, tls, closing.clone()));
        info!(%address, data = %settings.data.display(), "ready");
        let scheme = if settings.tls_certificate.is_some() { "https" } else { "http" };
        Ok(Self { address, scheme, summary, worker, ticker, ready, closing, serving, exporting })
    }

    /// The address on which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it chose when it started.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The URL of that address.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Ends in order: reports that it is not ready, stops the schedules, lets attempts finish within the grace period or
    /// gives them back, then closes the connections.
    pub async fn stop(self) {
        info!("shutting down");
        self.ready.store(false, Ordering::Relaxed);
        self.ticker.stop().await;
        self.worker.drain().await;
        self.closing.cancel();
        // A watcher that does not disconnect must not delay the end.
        let _ = tokio::time::timeout(CONNECTION_GRACE, self.serving).await;
        if let Some(exporting) = self.exporting {
            // It ends within two seconds; a panic has been reported.
            let _ = exporting.await;
        }
        info!("stopped");
    }
}

async fn assemble(settings: &Settings, development: Option<Development>) -> Result<Parts, StartError> {
    let events: Arc<dyn Events> = Arc::new(LocalEvents::default());
    let ids: Arc<dyn Ids> = Arc::new(IdGenerator::new());
    let running = Arc::new(Running::default());
    let storage = open_storage(settings, SystemClock.now()).await?;
    let clock: Arc<dyn Clock> = Arc::new(StorageClock::measure(Arc::new(SystemClock), storage.time()).await?);
    let guarded: Arc<dyn Egress> = Arc::new(HttpEgress::new()?);
    let memory = Arc::new(HostMemory::new(settings.memory()));
    let Sandbox { sandbox, runner } = match development {
        None => sandbox::of_host(settings, &guarded, &memory)?,
        Some(development) => development.sandbox(settings, &memory)?,
    };
    let (of_plugins, news) = (Arc::clone(&storage), Arc::clone(&events));
    let plugins = Plugins::load(of_plugins, sandbox.clone(), Arc::clone(&clock), news).await?;
    let plugins = Arc::new(plugins);
    let shown = Shown { job: api::job_shown, order: api::order_shown };
    let webhooks = Webhooks::new(Arc::clone(&storage), guarded, Arc::clone(&clock), shown);
    let runner: Arc<dyn Runner> = Arc::new(AllTasks { webhooks, sandbox: runner });
    let registry: Arc<dyn Registry> = Arc::clone(&plugins) as Arc<dyn Registry>;
    let worker = WorkerPorts {
        storage,
        registry,
        runner,
        events,
        clock,
        ids,
        running,
        memory: memory.clone(),
        read_step: api::read_step,
    };
    Ok(Parts {
        plugins,
        orders: Arc::new(orders_over(&worker)),
        queue: Arc::new(queue_over(&worker).keeping(settings.retention()).with_names_max(settings.names)),
        schedules: Arc::new(schedules_over(&worker)),
        backups: Arc::new(Backups::new(worker.storage.clone(), worker.clock.clone())),
        tokens: Tokens::load(
            worker.storage.clone(),
            worker.clock.clone(),
            worker.ids.clone(),
            settings.tokens()?,
            settings.listen.ip().is_loopback(),
        )
        .await?,
        audit: AuditLog::new(worker.storage.clone(), worker.clock.clone(), settings.audit_retention()),
        events: worker.events.clone(),
        clock: worker.clock.clone(),
        worker,
        memory,
        sandbox,
    })
}

/// Prepares the code of plugins and follows the changes of other hosts in the background, until the host stops.
async fn follow(plugins: Arc<Plugins>, closing: CancellationToken) {
    closing.run_until_cancelled(plugins.follow()).await;
}

/// Follows the tokens that other hosts make and revoke, until the host stops.
async fn follow_tokens(tokens: Arc<Tokens>, closing: CancellationToken) {
    closing.run_until_cancelled(tokens.follow()).await;
}

/// Follows the files of the certificate, until the host stops.
async fn follow_tls(tls: Arc<Tls>, closing: CancellationToken) {
    closing.run_until_cancelled(tls.follow()).await;
}

/// Opens storage on a blocking thread: a million jobs take a second or two.
async fn open_storage(settings: &Settings, now: Timestamp) -> Result<Arc<dyn Storage>, StartError> {
    let data = settings.data.clone();
    let delay = settings.sync_delay.0;
    let opening = tokio::task::spawn_blocking(move || SledStorage::open_slowed(&data, now, delay));
    let opened = opening.await.map_err(|panic| StorageError::Corrupt(panic.to_string()))?;
    Ok(Arc::new(opened?))
}

fn orders_over(ports: &WorkerPorts) -> Orders {
    let WorkerPorts { storage, registry, events, clock, ids, .. } = ports;
    Orders::new(storage.clone(), registry.clone(), events.clone(), clock.clone(), ids.clone())
}

fn queue_over(ports: &WorkerPorts) -> Queue {
    let WorkerPorts { storage, registry, events, clock, ids, running, .. } = ports;
    Queue::new(storage.clone(), registry.clone(), events.clone(), clock.clone(), ids.clone(), running.clone())
}

fn schedules_over(ports: &WorkerPorts) -> Schedules {
    let WorkerPorts { storage, registry, events, clock, ids, .. } = ports;
    Schedules::new(SchedulePorts {
        storage: storage.clone(),
        registry: registry.clone(),
        events: events.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
    })
}

/// The name of this process for people: the machine's name and the process id.
fn worker_id() -> WorkerId {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine = if machine.trim().is_empty() { "localhost" } else { machine.trim() };
    WorkerId::new(format!("{machine}:{}", std::process::id()))
}
