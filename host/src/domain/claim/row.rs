//! Waiting jobs of one queue and task: those without a concurrency key, and of each key the one that it puts
//! forward.

use std::collections::BTreeMap;

use super::heads::Look;
use super::key_jobs::KeyJobs;
use super::lane_jobs::{HeadChange, LaneJobs};
use super::queued_job::{Head, KeyDigest, LaneKey, Position, Share};
use super::ready_order::ReadyOrder;
use super::scan::Scan;
use super::symbols::Symbol;
use super::watches::Span;

/// Jobs of one queue and task.
pub struct Row {
    queue: Symbol,
    /// The jobs that may start, as far as concurrency keys are concerned.
    ready: LaneJobs,
    /// The jobs with concurrency keys.
    keys: BTreeMap<KeyDigest, KeyJobs>,
    /// The keys of which the next job depends on the time.
    watched: BTreeMap<KeyDigest, Span>,
    laid: Laid,
}

/// The order that has the heads of a row.
enum Laid {
    /// Nowhere: no claim looks for them.
    Nowhere,
    /// Among those of the other queues of the task.
    Shared,
    /// In an order of their own.
    Apart(Box<ReadyOrder>),
}

/// The kind of a [`Laid`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lie {
    /// [`Laid::Nowhere`]
    Nowhere,
    /// [`Laid::Shared`]
    Shared,
    /// [`Laid::Apart`]
    Apart,
}

impl Row {
    /// One without jobs.
    pub fn new(queue: Symbol) -> Self {
        let (ready, keys, watched) = (LaneJobs::default(), BTreeMap::new(), BTreeMap::new());
        Self { queue, ready, keys, watched, laid: Laid::Nowhere }
    }

    /// Adds a job that may start.
    pub fn insert(&mut self, lane: LaneKey, position: Position, shared: &mut ReadyOrder) {
        let change = self.ready.insert(lane, position);
        self.move_head(lane, change, shared);
    }

    /// Takes such a job out.
    pub fn remove(&mut self, lane: LaneKey, position: Position, shared: &mut ReadyOrder) {
        let change = self.ready.remove(lane, position);
        self.move_head(lane, change, shared);
    }

    /// A lane's head follows to where the heads are.
    fn move_head(&mut self, lane: LaneKey, change: HeadChange, shared: &mut ReadyOrder) {
        let (queue, order) = (self.queue, self.order(shared));
        if let Some(order) = order {
            change.gone.into_iter().for_each(|position| order.remove(lane, Head { position, queue }));
            change.come.into_iter().for_each(|position| order.insert(lane, Head { position, queue }));
        }
    }

    /// Adds a job of a concurrency key, or takes it out. Returns whether that may change which one of the key is
    /// next: then the caller refreshes the key.
    pub fn change_key(
        &mut self,
        key: KeyDigest,
        (lane, position): (LaneKey, Position),
        comes: bool,
        shared: &mut ReadyOrder,
    ) -> bool {
        let jobs = self.keys.entry(key).or_default();
        let changed = jobs.change(self.queue, lane, position, comes);
        let is_empty = jobs.is_empty();
        if !comes && jobs.chosen == Some((lane, position)) {
            self.put_forward(key, None, None, shared);
        }
        if is_empty {
            self.watch(key, None, shared);
            self.keys.remove(&key);
        }
        changed
    }

    /// Chooses the next job of a key anew, or none if the key is closed. Says how much was moved.
    pub fn refresh_key(&mut self, key: KeyDigest, is_open: bool, shared: &mut ReadyOrder) -> u64 {
        let Some(jobs) = self.keys.get(&key) else { return 0 };
        let (chosen, span) = match jobs.only() {
            _ if !is_open => (None, None),
            Some(only) => (Some(only), None),
            None => (jobs.chosen, Some(Span::NEVER)),
        };
        self.put_forward(key, chosen, span, shared)
    }

    /// Chooses the next job of a key that is open.
    pub fn choose(&mut self, key: KeyDigest, shared: &mut ReadyOrder, scan: &mut Scan<'_>) {
        let queue = self.queue;
        let chosen = self.keys.get_mut(&key).map(|jobs| jobs.choose(queue, &mut scan.of_key(queue, &key)));
        let (chosen, span) = chosen.map_or((None, None), |(chosen, span)| (chosen, Some(span)));
        *scan.steps += self.put_forward(key, chosen, span, shared);
    }

    fn put_forward(
        &mut self,
        key: KeyDigest,
        chosen: Option<(LaneKey, Position)>,
        span: Option<Span>,
        shared: &mut ReadyOrder,
    ) -> u64 {
        self.watch(key, span, shared);
        let Some(jobs) = self.keys.get_mut(&key) else { return 0 };
        let before = std::mem::replace(&mut jobs.chosen, chosen);
        if before == chosen {
            return 0;
        }
        before.into_iter().for_each(|(lane, position)| self.remove(lane, position, shared));
        chosen.into_iter().for_each(|(lane, position)| self.insert(lane, position, shared));
        u64::from(before.is_some()) + u64::from(chosen.is_some())
    }

    /// Watches a key, or no longer.
    fn watch(&mut self, key: KeyDigest, span: Option<Span>, shared: &mut ReadyOrder) {
        let before = match span {
            Some(span) => self.watched.insert(key, span),
            None => self.watched.remove(&key),
        };
        let queue = self.queue;
        if before != span
            && let Some(order) = self.order(shared)
        {
            before.into_iter().for_each(|span| order.unwatch((queue, key), span));
            span.into_iter().for_each(|span| order.watch((queue, key), span));
        }
    }

    /// Whether it has no job.
    pub fn is_empty(&self) -> bool {
        self.is_idle() && self.keys.is_empty()
    }

    /// Whether it has no job that may start, as far as concurrency keys are concerned.
    pub fn is_idle(&self) -> bool {
        self.ready.is_empty() && self.watched.is_empty()
    }

    /// Its concurrency keys.
    pub fn keys(&self) -> Vec<KeyDigest> {
        self.keys.keys().copied().collect()
    }

    /// Whether jobs of a concurrency key wait.
    pub fn has_key(&self, key: &KeyDigest) -> bool {
        self.keys.contains_key(key)
    }

    /// Number of its heads, which move together.
    pub fn width(&self) -> usize {
        self.ready.len() + self.watched.len()
    }

    /// The order that has its heads.
    pub fn lie(&self) -> Lie {
        match self.laid {
            Laid::Nowhere => Lie::Nowhere,
            Laid::Shared => Lie::Shared,
            Laid::Apart(_) => Lie::Apart,
        }
    }

    /// The order in which its heads are.
    fn order<'a>(&'a mut self, shared: &'a mut ReadyOrder) -> Option<&'a mut ReadyOrder> {
        match &mut self.laid {
            Laid::Nowhere => None,
            Laid::Shared => Some(shared),
            Laid::Apart(own) => Some(own),
        }
    }

    /// Moves its heads.
    pub fn lay(&mut self, lie: Lie, shared: &mut ReadyOrder) {
        if self.lie() == Lie::Shared {
            self.heads().for_each(|(lane, head)| shared.remove(lane, head));
            self.watched.iter().for_each(|(key, span)| shared.unwatch((self.queue, *key), *span));
        }
        self.laid = match lie {
            Lie::Nowhere => Laid::Nowhere,
            Lie::Shared => {
                self.fill(shared);
                Laid::Shared
            }
            Lie::Apart => {
                let mut own = Box::<ReadyOrder>::default();
                self.fill(&mut own);
                Laid::Apart(own)
            }
        };
    }

    fn fill(&self, order: &mut ReadyOrder) {
        self.heads().for_each(|(lane, head)| order.insert(lane, head));
        self.watched.iter().for_each(|(key, span)| order.watch((self.queue, *key), *span));
    }

    fn heads(&self) -> impl Iterator<Item = (LaneKey, Head)> {
        self.ready.heads().map(|(lane, position)| (lane, Head { position, queue: self.queue }))
    }

    /// Finds the due job that is next, if its heads have an order of their own. Otherwise it only finds when one
    /// is due, by a look at each of its few heads.
    pub fn look(&mut self, shared: &mut ReadyOrder, scan: &mut Scan<'_>) -> Look {
        while let Laid::Apart(own) = &self.laid
            && let Some((_, key)) = own.stale(scan.now)
        {
            self.choose(key, shared, scan);
        }
        if let Laid::Apart(own) = &mut self.laid {
            return own.look(scan);
        }
        let stale = self.watched.iter().filter(|(_, span)| !span.holds(scan.now));
        let stale: Vec<KeyDigest> = stale.map(|(key, _)| *key).collect();
        stale.into_iter().for_each(|key| self.choose(key, shared, scan));
        *scan.steps += self.width() as u64;
        let due = self.heads().map(|(_, head)| head.due_at().max(scan.now));
        let watched = self.watched.values().filter_map(|span| span.until);
        Look { first: None, until: due.chain(watched).min() }
    }

    /// Makes the next look order these lanes anew, after their virtual times were restored.
    pub fn lay_anew(&mut self, share: Share, steps: &mut u64) {
        if let Laid::Apart(own) = &mut self.laid {
            own.heads.lay_anew(share, steps);
        }
    }

    /// The same for the order of a concurrency key.
    pub fn lay_key_anew(&mut self, key: &KeyDigest, share: Share, steps: &mut u64) {
        if let Some(order) = self.keys.get_mut(key).and_then(KeyJobs::order) {
            order.lay_anew(share, steps);
        }
    }
}
