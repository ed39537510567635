//! How many attempts of one plugin run on this host at the same time.
//!
//! A few attempts wait here for a room, so that the next begins as soon as one ends. More than a few
//! would take the places of other plugins: those are sent back to the queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

use crate::domain::PluginName;

/// How many attempts of one plugin wait here for a room.
const WAITING_MAX: usize = 64;

/// Counts attempts by plugin.
#[derive(Default)]
pub(super) struct Rooms {
    plugins: Mutex<HashMap<PluginName, Plugin>>,
}

/// The attempts of one plugin.
#[derive(Default)]
struct Plugin {
    taken: u32,
    waiting: usize,
    freed: Arc<Notify>,
}

/// The right to run one more attempt of a plugin, until it is dropped.
pub(super) struct Room {
    rooms: Arc<Rooms>,
    plugin: PluginName,
}

/// A place in the line for a room, until it is dropped.
struct Waiting<'a> {
    rooms: &'a Rooms,
    plugin: &'a PluginName,
    freed: Arc<Notify>,
}

/// What there is for an attempt that comes.
enum Found<'a> {
    Room(Room),
    Line(Waiting<'a>),
    Nothing,
}

impl Rooms {
    /// A room, as soon as fewer than `limit` are taken; none when too many wait already.
    pub(super) async fn enter(self: &Arc<Self>, plugin: &PluginName, limit: u32) -> Option<Room> {
        loop {
            let waiting = match self.look(plugin, limit) {
                Found::Room(room) => return Some(room),
                Found::Line(waiting) => waiting,
                Found::Nothing => return None,
            };
            waiting.freed.notified().await;
        }
    }

    fn look<'a>(self: &'a Arc<Self>, name: &'a PluginName, limit: u32) -> Found<'a> {
        let mut plugins = self.plugins();
        let plugin = plugins.entry(name.clone()).or_default();
        if plugin.taken < limit {
            plugin.taken += 1;
            return Found::Room(Room { rooms: Arc::clone(self), plugin: name.clone() });
        }
        if plugin.waiting >= WAITING_MAX {
            return Found::Nothing;
        }
        plugin.waiting += 1;
        Found::Line(Waiting { rooms: self, plugin: name, freed: Arc::clone(&plugin.freed) })
    }

    fn plugins(&self) -> MutexGuard<'_, HashMap<PluginName, Plugin>> {
        self.plugins.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Changes the counts of a plugin, and forgets it when nobody is left.
    fn leave(&self, name: &PluginName, change: impl FnOnce(&mut Plugin)) {
        let mut plugins = self.plugins();
        if let Some(plugin) = plugins.get_mut(name) {
            change(plugin);
            if plugin.taken == 0 && plugin.waiting == 0 {
                plugins.remove(name);
            }
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.rooms.leave(&self.plugin, |plugin| {
            plugin.taken -= 1;
            plugin.freed.notify_one();
        });
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.rooms.leave(self.plugin, |plugin| plugin.waiting -= 1);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn no_more_than_the_limit_and_who_waits_gets_the_room_that_is_left() {
        let rooms = Arc::new(Rooms::default());
        let (mail, post) = ("mail".parse().unwrap(), "post".parse().unwrap());
        let first = rooms.enter(&mail, 1).await;
        assert!(first.is_some() && rooms.enter(&post, 1).await.is_some());
        let mut second = std::pin::pin!(rooms.enter(&mail, 1));
        assert!(second.as_mut().now_or_never().is_none(), "it waits");
        drop(first);
        assert!(second.await.is_some());
        assert!(rooms.plugins().is_empty());
    }

    #[tokio::test]
    async fn only_a_few_wait_and_who_gives_up_leaves_nothing_behind() {
        let rooms = Arc::new(Rooms::default());
        let mail = "mail".parse().unwrap();
        let first = rooms.enter(&mail, 1).await;
        let mut line: Vec<_> = (0..WAITING_MAX).map(|_| Box::pin(rooms.enter(&mail, 1))).collect();
        assert!(line.iter_mut().all(|waiting| waiting.now_or_never().is_none()));
        assert!(rooms.enter(&mail, 1).await.is_none(), "the line is full");
        drop((line, first));
        assert!(rooms.plugins().is_empty());
    }
}
