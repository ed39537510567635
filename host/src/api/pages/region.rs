//! Regions: parts of pages that the host renders anew while they are watched.
//!
//! All who watch the same region share one task, which renders it once for each change, however many they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::response::Response;
use axum::response::sse::Event as SseEvent;
use futures::stream;
use tokio::sync::watch;

use super::clockless::without_clocks;
use crate::api::Api;
use crate::api::live::{self, Watcher};
use crate::api::problem::{Kind, Problem};
use crate::ports::Topic;

/// The most regions that are watched at the same time, each with a task of its own.
const REGIONS_MAX: usize = 1_000;

/// The period after which a region without events is rendered anew.
const PERIOD: Duration = Duration::from_secs(1);

/// The time for which events are gathered before a region is rendered.
const GATHER: Duration = Duration::from_millis(100);

/// A region as it is now.
#[derive(Debug, Clone)]
pub(super) struct Region {
    /// Its markup.
    pub(super) html: String,
    /// Whether it will not change any more.
    pub(super) is_last: bool,
}

/// When a region is rendered anew.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trigger {
    /// Every second.
    Clock,
    /// At the events of a topic.
    Events(Topic),
}

type Shown = Option<Arc<Region>>;

/// The regions that are watched now, by their addresses and what their viewers may see.
#[derive(Default)]
pub struct Regions(Mutex<HashMap<String, watch::Sender<Shown>>>);

impl Regions {
    fn watched(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Shown>>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Forgets a region that has no watcher. Returns whether it had none.
    fn forget(&self, name: &str) -> bool {
        let mut watched = self.watched();
        let is_alone = watched.get(name).is_none_or(|sender| sender.receiver_count() == 0);
        if is_alone {
            watched.remove(name);
        }
        is_alone
    }
}

/// A stream of a region: as it is now, and at every change. `render` renders it anew; an error keeps it as it is.
pub(super) fn watch<Rendering>(
    api: &Api,
    name: String,
    trigger: Trigger,
    render: impl Fn(Api) -> Rendering + Send + Sync + 'static,
) -> Result<Response, Problem>
where
    Rendering: Future<Output = Result<Region, Problem>> + Send + 'static,
{
    let shown = subscribe(api, name, trigger, render)?;
    let next = async |mut shown: watch::Receiver<Shown>| {
        loop {
            shown.changed().await.ok()?;
            let region = shown.borrow_and_update().clone();
            if let Some(region) = region {
                let name = if region.is_last { "done" } else { "region" };
                return Some((Ok(SseEvent::default().event(name).data(&region.html)), shown));
            }
        }
    };
    Ok(live::stream(stream::unfold(shown, next)))
}

fn subscribe<Rendering>(
    api: &Api,
    name: String,
    trigger: Trigger,
    render: impl Fn(Api) -> Rendering + Send + Sync + 'static,
) -> Result<watch::Receiver<Shown>, Problem>
where
    Rendering: Future<Output = Result<Region, Problem>> + Send + 'static,
{
    let mut watched = api.regions.watched();
    if let Some(sender) = watched.get(&name) {
        let mut shown = sender.subscribe();
        shown.mark_changed();
        return Ok(shown);
    }
    if watched.len() >= REGIONS_MAX {
        let detail = format!("{REGIONS_MAX} pages are watched already, the most that may be");
        return Err(Problem::new(Kind::OVERLOADED, detail));
    }
    let (sender, shown) = watch::channel(None);
    watched.insert(name.clone(), sender.clone());
    tokio::spawn(keep(api.clone(), name, sender, trigger, render));
    Ok(shown)
}

/// Renders a region until it has no watcher, or the host stops.
async fn keep<Rendering>(
    api: Api,
    name: String,
    sender: watch::Sender<Shown>,
    trigger: Trigger,
    render: impl Fn(Api) -> Rendering,
) where
    Rendering: Future<Output = Result<Region, Problem>>,
{
    let mut watcher = match trigger {
        Trigger::Clock => None,
        Trigger::Events(topic) => Some(Watcher::new(&api, topic)),
    };
    while !api.stopping.is_cancelled() {
        if let Ok(region) = render(api.clone()).await {
            sender.send_if_modified(|shown| replace(shown, region));
        }
        tokio::select! {
            () = sender.closed() => {}
            () = changed(&api, watcher.as_mut()) => {}
        }
        if api.regions.forget(&name) {
            return;
        }
    }
    // The end of the sender ends the streams.
    api.regions.watched().remove(&name);
}

/// Shows a region that differs from the one before by more than its clocks.
fn replace(shown: &mut Shown, region: Region) -> bool {
    let is_same = shown.as_ref().is_some_and(|shown| {
        shown.is_last == region.is_last && without_clocks(&shown.html) == without_clocks(&region.html)
    });
    if !is_same {
        *shown = Some(Arc::new(region));
    }
    !is_same
}

async fn changed(api: &Api, watcher: Option<&mut Watcher>) {
    let Some(watcher) = watcher else {
        return api.clock.sleep_until(api.clock.now().plus(PERIOD)).await;
    };
    if watcher.next().await.is_some() {
        api.clock.sleep_until(api.clock.now().plus(GATHER)).await;
        watcher.drain();
    }
}
