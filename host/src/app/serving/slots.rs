//! Places for connections: a number in all, a number per remote address, and the rule for newcomers.
//!
//! A connection without a valid token so far is a stranger. When all slots are taken, or all of one address, the oldest
//! stranger is closed in favour of the newcomer. A client with a token thus gets in however many strangers hold their
//! connections: it has as much time to show the token as that many strangers take to connect after it. A connection
//! with a token keeps its slot.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::address::Address;
use crate::metering::catalog::{CONNECTIONS, CONNECTIONS_CLOSED};

/// The slots of a host.
pub(super) struct Slots {
    bounds: Bounds,
    taken: Mutex<Taken>,
    /// Notified when a slot becomes free, or taken by a stranger.
    vacant: Notify,
}

/// The numbers of slots.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    pub(super) in_all: usize,
    pub(super) per_address: usize,
    /// Whether the host has tokens. Without any, no connection is a stranger.
    pub(super) tells_strangers: Arc<AtomicBool>,
}

/// The reason why there is no slot for a newcomer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// All slots of the host are taken, none by a stranger: the next one to close frees a slot.
    Host,
    /// All slots of its address are taken, none by a stranger.
    Address,
}

#[derive(Default)]
struct Taken {
    next: u64,
    /// The taken slots. That of a stranger can be taken away.
    holders: HashMap<u64, Holder>,
    /// The slots of strangers, oldest first.
    strangers: BTreeSet<u64>,
    strangers_of: BTreeSet<(Address, u64)>,
    by_address: HashMap<Address, usize>,
}

struct Holder {
    address: Option<Address>,
    lost: CancellationToken,
}

/// The slot of one connection, until it is dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    number: u64,
    is_known: AtomicBool,
    lost: CancellationToken,
}

impl Slots {
    pub(super) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, taken: Mutex::default(), vacant: Notify::new() })
    }

    /// Whether there is a slot for a newcomer.
    pub(super) fn is_vacant(&self) -> bool {
        let taken = self.taken();
        taken.holders.len() < self.bounds.in_all || !taken.strangers.is_empty()
    }

    /// Waits until there is a slot for a newcomer.
    pub(super) async fn vacancy(&self) {
        loop {
            let vacant = self.vacant.notified();
            if self.is_vacant() {
                return;
            }
            vacant.await;
        }
    }

    /// Takes a slot for a newcomer, if need be that of a stranger. The error names the limit that is reached without a
    /// stranger.
    pub(super) fn take(self: &Arc<Self>, address: Option<Address>) -> Result<Arc<Slot>, Full> {
        let mut taken = self.taken();
        let tells_strangers = self.bounds.tells_strangers.load(Ordering::Relaxed);
        taken.make_room(address, &self.bounds)?;
        let (number, lost) = taken.add(address, tells_strangers);
        taken.show();
        drop(taken);
        let is_known = AtomicBool::new(!tells_strangers);
        Ok(Arc::new(Slot { slots: Arc::clone(self), number, is_known, lost }))
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Taken {
    /// Closes a stranger for a newcomer from this address, if there is no free slot.
    fn make_room(&mut self, address: Option<Address>, bounds: &Bounds) -> Result<(), Full> {
        if let Some(address) = address
            && self.by_address.get(&address).is_some_and(|count| *count >= bounds.per_address)
        {
            let mut strangers = self.strangers_of.range((address, 0)..=(address, u64::MAX));
            let (_, oldest) = *strangers.next().ok_or(Full::Address)?;
            self.displace(oldest);
        } else if self.holders.len() >= bounds.in_all {
            let oldest = *self.strangers.first().ok_or(Full::Host)?;
            self.displace(oldest);
        }
        Ok(())
    }

    fn displace(&mut self, number: u64) {
        CONNECTIONS_CLOSED.with(["displaced"]).increment(1);
        self.remove(number).into_iter().for_each(|holder| holder.lost.cancel());
    }

    fn add(&mut self, address: Option<Address>, is_stranger: bool) -> (u64, CancellationToken) {
        let (number, lost) = (self.next, CancellationToken::new());
        self.next += 1;
        self.holders.insert(number, Holder { address, lost: lost.clone() });
        if let Some(address) = address {
            *self.by_address.entry(address).or_default() += 1;
        }
        if is_stranger {
            self.strangers.insert(number);
            self.strangers_of.extend(address.map(|address| (address, number)));
        }
        (number, lost)
    }

    /// Frees a slot, unless it was taken away before.
    fn remove(&mut self, number: u64) -> Option<Holder> {
        self.forget_stranger(number);
        let holder = self.holders.remove(&number)?;
        if let Some(address) = holder.address
            && let Some(count) = self.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
        Some(holder)
    }

    fn forget_stranger(&mut self, number: u64) {
        self.strangers.remove(&number);
        if let Some(address) = self.holders.get(&number).and_then(|holder| holder.address) {
            self.strangers_of.remove(&(address, number));
        }
    }

    fn show(&self) {
        let strangers = self.strangers.len();
        CONNECTIONS.with(["stranger"]).set(strangers as f64);
        CONNECTIONS.with(["known"]).set((self.holders.len() - strangers) as f64);
    }
}

impl Slot {
    /// Keeps the slot for good: the client has shown a valid token.
    pub(super) fn keep(&self) {
        if !self.is_known.swap(true, Ordering::Relaxed) {
            let mut taken = self.slots.taken();
            taken.forget_stranger(self.number);
            taken.show();
        }
    }

    /// Returns when the slot is taken away.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.remove(self.number);
        taken.show();
        drop(taken);
        self.slots.vacant.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::serving::Proxies;

    fn slots(in_all: usize, per_address: usize) -> Arc<Slots> {
        Slots::new(Bounds { in_all, per_address, tells_strangers: Arc::new(true.into()) })
    }

    fn from(last: u8) -> Option<Address> {
        Address::counted([192, 0, 2, last].into(), &Proxies::default())
    }

    fn is_lost(slot: &Slot) -> bool {
        slot.lost.is_cancelled()
    }

    #[test]
    fn the_stranger_who_came_first_goes_for_a_newcomer_and_the_known_stay() {
        let slots = slots(3, 3);
        let known = slots.take(None).unwrap();
        known.keep();
        let (first, second) = (slots.take(None).unwrap(), slots.take(None).unwrap());
        let third = slots.take(None).unwrap();
        assert!(is_lost(&first) && !is_lost(&second) && !is_lost(&known));
        second.keep();
        third.keep();
        assert!(!slots.is_vacant(), "all have shown a token");
        assert_eq!(slots.take(None).err(), Some(Full::Host));
        drop(first);
        assert!(!slots.is_vacant(), "a slot that was taken away is not given back once more");
        drop(known);
        assert!(slots.is_vacant() && slots.take(None).is_ok());
    }

    #[test]
    fn an_address_at_its_bound_displaces_its_own_strangers_only() {
        let slots = slots(10, 2);
        let other = slots.take(from(1)).unwrap();
        let (first, second) = (slots.take(from(2)).unwrap(), slots.take(from(2)).unwrap());
        let third = slots.take(from(2)).unwrap();
        assert!(is_lost(&first) && !is_lost(&second) && !is_lost(&other));
        second.keep();
        third.keep();
        assert_eq!(slots.take(from(2)).err(), Some(Full::Address));
        assert!(slots.take(from(1)).is_ok());
    }

    #[test]
    fn where_nobody_has_a_token_nobody_is_displaced() {
        let slots = Slots::new(Bounds { in_all: 1, per_address: 1, tells_strangers: Arc::new(false.into()) });
        let only = slots.take(None).unwrap();
        assert!(!slots.is_vacant() && !is_lost(&only));
        assert_eq!(slots.take(None).err(), Some(Full::Host));
    }

    #[test]
    fn nothing_is_kept_of_who_has_gone() {
        let slots = slots(10, 2);
        drop((slots.take(from(1)), slots.take(from(2))));
        let displaced: Vec<_> = (0..5).map(|_| slots.take(from(3))).collect();
        drop(displaced);
        let taken = slots.taken();
        assert!(taken.holders.is_empty() && taken.strangers.is_empty());
        assert!(taken.strangers_of.is_empty() && taken.by_address.is_empty());
    }
}
