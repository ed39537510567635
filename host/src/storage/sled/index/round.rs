//! A claim as it goes on: who is next, and what is left behind.
//!
//! Each start counts against the gates of its queue, its task and its plugin before the next is
//! looked for, so that the order is that of claims of one job each.

use std::collections::HashMap;

use super::Index;
use super::class::Place;
use super::names::Symbol;
use super::probe;
use crate::domain::{Admission, JobId, PluginName, Timestamp};
use crate::ports::ClaimRequest;

/// A claim as it goes on.
pub struct Round<'a> {
    request: &'a ClaimRequest,
    /// How many more may start of each plugin that has a limit.
    plugins: HashMap<&'a PluginName, usize>,
    classes: Vec<Class>,
    /// How many more may start behind each gate.
    rooms: Vec<usize>,
    /// The class of the job that is next.
    next: usize,
}

/// A class that was open when it was looked at, and the places of its gates among the rooms.
struct Class {
    queue: Symbol,
    task: Symbol,
    gates: [usize; 3],
}

/// What a claim leaves behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Behind {
    /// When the next job may start, as far as time decides it.
    pub next_due: Option<Timestamp>,
    /// Whether a job waits for a running one to end.
    pub held: bool,
}

/// A gate among the rooms of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Name<'a> {
    Queue(Symbol),
    Task(Symbol),
    Plugin(&'a PluginName),
    None,
}

impl<'a> Round<'a> {
    /// Begins to serve a request.
    pub fn new(request: &'a ClaimRequest, index: &Index) -> Self {
        let plugins = request.rooms.iter().map(|(name, room)| (name, *room)).collect();
        let mut round = Self { request, plugins, classes: Vec::new(), rooms: Vec::new(), next: 0 };
        round.look_again(index);
        round
    }

    /// Looks which classes are open: at the beginning, and when something else than a start changed them.
    pub fn look_again(&mut self, index: &Index) {
        self.classes.clear();
        self.rooms.clear();
        let mut known = HashMap::new();
        for (queue, name) in index.queue_names.iter() {
            let line = &index.lines[queue.place()];
            if !self.request.queues.includes(name) {
                continue;
            }
            for task in line.classes().tasks() {
                probe::step();
                let plugin = self.plugin(index, task);
                let names = [Name::Queue(queue), Name::Task(task), plugin.map_or(Name::None, Name::Plugin)];
                let gates = names.map(|name| {
                    *known.entry(name).or_insert_with(|| {
                        self.rooms.push(self.room(index, name));
                        self.rooms.len() - 1
                    })
                });
                if gates.iter().all(|gate| self.rooms[*gate] > 0) {
                    self.classes.push(Class { queue, task, gates });
                }
            }
        }
    }

    /// The due job that should run next.
    pub fn next(&mut self, index: &mut Index) -> Option<JobId> {
        let now = self.request.now;
        let mut best: Option<(Place, usize)> = None;
        for (place, class) in self.classes.iter().enumerate() {
            if class.gates.iter().any(|gate| self.rooms[*gate] == 0) {
                continue;
            }
            let classes = index.lines[class.queue.place()].classes_mut();
            let first = classes.class_mut(class.task).and_then(|jobs| jobs.first(&index.turns, now));
            best = best.into_iter().chain(first.map(|first| (first, place))).min();
        }
        let ((_, _, (_, id)), class) = best?;
        self.next = class;
        Some(id)
    }

    /// Counts the start of the job that was next.
    pub fn count_start(&mut self, index: &Index) {
        let Class { task, gates, .. } = self.classes[self.next];
        if let Some(plugin) = self.plugin(index, task)
            && let Some(room) = self.plugins.get_mut(plugin)
        {
            *room -= 1;
        }
        gates.into_iter().for_each(|gate| self.rooms[gate] = self.rooms[gate].saturating_sub(1));
    }

    /// Says when those may start that were not taken.
    pub fn behind(&self, index: &mut Index) -> Behind {
        let now = self.request.now;
        let mut behind = Behind::default();
        for (queue, name) in index.queue_names.iter() {
            if !self.request.queues.includes(name) {
                continue;
            }
            let line = &mut index.lines[queue.place()];
            behind.held |= line.holds_one_by_key();
            let gate = line.gate().admission(now);
            for (task, class) in line.classes_mut().iter_mut() {
                let Some(due_at) = class.next_due(&index.turns, now) else { continue };
                let plugin = self.request.routes.get(index.task_names.name(task)).map(|plugin| &plugin.name);
                let places = plugin.and_then(|plugin| self.plugins.get(plugin));
                let places = places.map_or(Admission::Room(usize::MAX), |free| Admission::of_places(*free));
                let admission = gate.and(index.tasks[task.place()].gate().admission(now)).and(places);
                behind.held |= admission == Admission::Full && due_at <= now;
                behind.next_due = behind.next_due.into_iter().chain(admission.next_start(due_at)).min();
            }
        }
        behind
    }

    /// The plugin that would run a task, if it has a limit.
    fn plugin(&self, index: &Index, task: Symbol) -> Option<&'a PluginName> {
        let plugin = &self.request.routes.get(index.task_names.name(task))?.name;
        self.plugins.get_key_value(plugin).map(|(name, _)| *name)
    }

    fn room(&self, index: &Index, name: Name<'a>) -> usize {
        let now = self.request.now;
        match name {
            Name::Queue(queue) => index.lines[queue.place()].gate().admission(now).room(),
            Name::Task(task) => index.tasks[task.place()].gate().admission(now).room(),
            Name::Plugin(plugin) => self.plugins.get(plugin).copied().unwrap_or(usize::MAX),
            Name::None => usize::MAX,
        }
    }
}
