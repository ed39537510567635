//! Runs jobs: claims what is due, keeps the leases alive, settles what came of it.
//!
//! Six loops share one [`Running`] table: the dispatcher claims and starts attempts, heartbeats
//! renew their leases, the rescuer takes back what other hosts lost, the expirer discards what did not
//! start in time, the sweeper forgets final jobs that are kept no longer, and [`Worker::drain`] ends them.
//! Nothing here decides what a state becomes; that is `domain::transition`.

mod attempt;
mod attempt_host;
mod capacity;
mod config;
mod dispatcher;
mod expirer;
mod heartbeat;
mod job_result;
mod meters;
mod pauses;
mod recorder;
mod rescuer;
mod running;
mod settler;
mod steps;
mod sweeper;
mod trace;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::info;

use crate::domain::WorkerId;
use crate::intake::Intake;
use crate::metering::catalog::CAPACITY;
use crate::ports::{Clock, Events, Ids, Memory, ReadStep, Registry, Runner, Storage};

use capacity::Capacity;
pub use config::WorkerConfig;
use pauses::Pauses;
use running::StopCause;
pub use running::{Printed, Running};

/// The context of the loops of a worker.
struct WorkerContext {
    storage: Arc<dyn Storage>,
    registry: Arc<dyn Registry>,
    runner: Arc<dyn Runner>,
    events: Arc<dyn Events>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    running: Arc<Running>,
    capacity: Arc<Capacity>,
    memory: Arc<dyn Memory>,
    intake: Arc<Intake>,
    read_step: ReadStep,
    pauses: Pauses,
    /// Whether a job may wait for the end of another one, so that the dispatcher is notified of every end.
    held: AtomicBool,
    config: WorkerConfig,
    id: WorkerId,
}

/// The ports that a worker needs.
pub struct WorkerPorts {
    /// Storage of jobs.
    pub storage: Arc<dyn Storage>,
    /// The code of tasks.
    pub registry: Arc<dyn Registry>,
    /// Runs attempts.
    pub runner: Arc<dyn Runner>,
    /// Events for watchers.
    pub events: Arc<dyn Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes lease tokens.
    pub ids: Arc<dyn Ids>,
    /// What runs on this host.
    pub running: Arc<Running>,
    /// The memory budget.
    pub memory: Arc<dyn Memory>,
    /// Reads the jobs that tasks submit.
    pub read_step: ReadStep,
}

/// A worker at work.
pub struct Worker {
    context: Arc<WorkerContext>,
    /// Cancelled: claim nothing more.
    closing: CancellationToken,
    /// Cancelled: end the loops that keep attempts alive.
    closed: CancellationToken,
    attempts: TaskTracker,
    dispatcher: JoinHandle<()>,
    loops: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts the loops. They run until [`Worker::drain`].
    pub fn start(ports: WorkerPorts, id: WorkerId, config: WorkerConfig) -> Self {
        let WorkerPorts { storage, registry, runner, events, clock, ids, running, memory, read_step } = ports;
        let intake = Intake::new(storage.clone(), registry.clone(), events.clone(), ids.clone());
        let context = Arc::new(WorkerContext {
            storage,
            registry,
            runner,
            events,
            clock,
            ids,
            running,
            capacity: Arc::default(),
            memory,
            intake,
            read_step,
            pauses: Pauses::default(),
            held: AtomicBool::new(false),
            config,
            id,
        });
        let (closing, closed, attempts) =
            (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());
        let permits = Arc::new(Semaphore::new(context.config.concurrency));
        CAPACITY.set(context.config.concurrency as f64);
        let dispatching = dispatcher::run(Arc::clone(&context), permits, attempts.clone(), closing.clone());
        let dispatcher = tokio::spawn(dispatching);
        let loops = vec![
            tokio::spawn(heartbeat::run(Arc::clone(&context), closed.clone())),
            tokio::spawn(rescuer::run(Arc::clone(&context), closing.clone())),
            tokio::spawn(expirer::run(Arc::clone(&context), closing.clone())),
            tokio::spawn(sweeper::run(Arc::clone(&context), closing.clone())),
            tokio::spawn(recorder::run(Arc::clone(&context), closed.clone())),
        ];
        Self { context, closing, closed, attempts, dispatcher, loops }
    }

    /// Ends in order: claims nothing more, lets attempts finish within the grace period, gives the
    /// others back with their attempt.
    pub async fn drain(self) {
        self.closing.cancel();
        // First the dispatcher: what it has claimed must be among the attempts that are waited for. A
        // loop that panicked has been reported by the panic hook; the others still end.
        let _ = self.dispatcher.await;
        self.attempts.close();
        let grace_ends = self.context.clock.now().plus(self.context.config.drain_grace);
        tokio::select! {
            () = self.attempts.wait() => {}
            () = self.context.clock.sleep_until(grace_ends) => {
                let count = self.context.running.stop_all(StopCause::Shutdown);
                info!(count, "the grace period is over: attempts are given back");
                self.attempts.wait().await;
            }
        }
        self.closed.cancel();
        for ended in self.loops {
            let _ = ended.await;
        }
    }
}
