//! How many attempts of one plugin run on this host at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::domain::PluginName;

/// Counts attempts by plugin.
#[derive(Default)]
pub(super) struct Rooms {
    taken: Mutex<HashMap<PluginName, u32>>,
}

/// The right to run one more attempt of a plugin, until it is dropped.
pub(super) struct Room {
    rooms: Arc<Rooms>,
    plugin: PluginName,
}

impl Rooms {
    fn taken(&self) -> MutexGuard<'_, HashMap<PluginName, u32>> {
        self.taken.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A room, unless `limit` are taken.
    pub(super) fn enter(self: &Arc<Self>, plugin: &PluginName, limit: u32) -> Option<Room> {
        let mut taken = self.taken();
        let count = taken.entry(plugin.clone()).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Room { rooms: Arc::clone(self), plugin: plugin.clone() })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut taken = self.rooms.taken();
        if let Some(count) = taken.get_mut(&self.plugin) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.plugin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_limit_and_a_left_room_is_free_again() {
        let rooms = Arc::new(Rooms::default());
        let (mail, post) = ("mail".parse().unwrap(), "post".parse().unwrap());
        let first = rooms.enter(&mail, 1);
        assert!(first.is_some() && rooms.enter(&mail, 1).is_none() && rooms.enter(&post, 1).is_some());
        drop(first);
        assert!(rooms.enter(&mail, 1).is_some());
        assert!(rooms.taken().is_empty());
    }
}
