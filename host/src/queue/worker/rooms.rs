//! How many attempts of each plugin run on this host. Whoever claims asks for no more than there is
//! room for, so that the jobs of a plugin at its limit wait in storage, and take nobody's place here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::domain::PluginName;

/// Counts attempts by plugin.
#[derive(Default)]
pub(super) struct Rooms {
    taken: Mutex<HashMap<PluginName, u32>>,
}

/// The room of one attempt, until it is dropped.
pub(super) struct Room {
    rooms: Arc<Rooms>,
    plugin: PluginName,
}

impl Rooms {
    /// How many more attempts there is room for, by the limit of each plugin.
    pub(super) fn free(&self, limits: &HashMap<PluginName, u32>) -> HashMap<PluginName, usize> {
        let taken = self.taken();
        let free = |(name, limit): (&PluginName, &u32)| {
            let left = limit.saturating_sub(taken.get(name).copied().unwrap_or(0));
            (name.clone(), usize::try_from(left).unwrap_or(usize::MAX))
        };
        limits.iter().map(free).collect()
    }

    /// Takes a room for an attempt of this plugin.
    pub(super) fn take(self: &Arc<Self>, plugin: PluginName) -> Room {
        *self.taken().entry(plugin.clone()).or_default() += 1;
        Room { rooms: Arc::clone(self), plugin }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<PluginName, u32>> {
        self.taken.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
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
    fn a_plugin_has_as_many_rooms_as_its_limit_says_and_one_that_is_gone_leaves_nothing_behind() {
        let rooms = Arc::new(Rooms::default());
        let (mail, post): (PluginName, PluginName) = ("mail".parse().unwrap(), "post".parse().unwrap());
        let limits = HashMap::from([(mail.clone(), 2)]);
        let taken = [rooms.take(mail.clone()), rooms.take(mail.clone()), rooms.take(post)];
        assert_eq!(rooms.free(&limits), HashMap::from([(mail.clone(), 0)]));
        let lowered = HashMap::from([(mail.clone(), 1)]);
        assert_eq!(rooms.free(&lowered), HashMap::from([(mail.clone(), 0)]));
        drop(taken);
        assert_eq!(rooms.free(&limits), HashMap::from([(mail, 2)]));
        assert!(rooms.taken().is_empty());
    }
}
