//! The attempts of each plugin that run on this host. A claim asks for no more than a plugin's limit leaves, so that
//! the jobs of a plugin at its limit wait in storage, and keep no permit of this host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::domain::PluginName;

/// Counts attempts by plugin.
#[derive(Default)]
pub(super) struct Capacity {
    taken: Mutex<HashMap<PluginName, u32>>,
}

/// The permit of one attempt, until it is dropped.
pub(super) struct CapacityPermit {
    capacity: Arc<Capacity>,
    plugin: PluginName,
}

/// Capacity reserved for a claim, until it is dropped.
pub(super) struct Reserved {
    capacity: Arc<Capacity>,
    /// By plugin that has a limit.
    of: HashMap<PluginName, usize>,
}

impl Capacity {
    /// Reserves what is free for a claim of so many jobs, by the limit of each plugin: a claim that begins before
    /// this one has ended may not fill the same.
    pub(super) fn reserve(self: &Arc<Self>, limits: &HashMap<PluginName, u32>, jobs: usize) -> Reserved {
        let mut taken = self.taken();
        let mut reserve = |(name, limit): (&PluginName, &u32)| {
            let jobs = u32::try_from(jobs).unwrap_or(u32::MAX);
            let count = limit.saturating_sub(taken.get(name).copied().unwrap_or(0)).min(jobs);
            if count > 0 {
                *taken.entry(name.clone()).or_default() += count;
            }
            (name.clone(), count as usize)
        };
        let of = limits.iter().map(&mut reserve).collect();
        Reserved { capacity: Arc::clone(self), of }
    }

    /// Takes a permit for an attempt of this plugin.
    pub(super) fn take(self: &Arc<Self>, plugin: PluginName) -> CapacityPermit {
        *self.taken().entry(plugin.clone()).or_default() += 1;
        CapacityPermit { capacity: Arc::clone(self), plugin }
    }

    fn give_back(&self, plugin: &PluginName, count: u32) {
        let mut all = self.taken();
        if let Some(taken) = all.get_mut(plugin) {
            *taken = taken.saturating_sub(count);
            if *taken == 0 {
                all.remove(plugin);
            }
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<PluginName, u32>> {
        self.taken.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Reserved {
    /// The reserved attempts of each plugin that has a limit.
    pub(super) fn by_plugin(&self) -> &HashMap<PluginName, usize> {
        &self.of
    }
}

impl Drop for CapacityPermit {
    fn drop(&mut self) {
        self.capacity.give_back(&self.plugin, 1);
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        for (plugin, count) in &self.of {
            self.capacity.give_back(plugin, u32::try_from(*count).unwrap_or(u32::MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_has_the_capacity_of_its_limit_and_one_that_is_gone_leaves_nothing_behind() {
        let capacity = Arc::new(Capacity::default());
        let (mail, post): (PluginName, PluginName) = ("mail".parse().unwrap(), "post".parse().unwrap());
        let free = |limit| capacity.reserve(&HashMap::from([(mail.clone(), limit)]), 64).by_plugin()[&mail];
        let taken = [capacity.take(mail.clone()), capacity.take(mail.clone()), capacity.take(post)];
        assert_eq!([free(2), free(1), free(5)], [0, 0, 3]);
        drop(taken);
        assert_eq!(free(2), 2);
        assert!(capacity.taken().is_empty());
    }

    #[test]
    fn two_claims_never_fill_the_same_capacity() {
        let capacity = Arc::new(Capacity::default());
        let mail: PluginName = "mail".parse().unwrap();
        let limits = HashMap::from([(mail.clone(), 5)]);
        let reserve = |jobs| capacity.reserve(&limits, jobs);
        let (first, second) = (reserve(3), reserve(3));
        assert_eq!([first.by_plugin()[&mail], second.by_plugin()[&mail]], [3, 2]);
        assert_eq!(reserve(3).by_plugin()[&mail], 0);
        // The first found a job, which runs on when the claim is over.
        let attempt = capacity.take(mail.clone());
        drop(first);
        assert_eq!(reserve(3).by_plugin()[&mail], 2);
        drop((second, attempt));
        assert!(capacity.taken().is_empty());
    }
}
