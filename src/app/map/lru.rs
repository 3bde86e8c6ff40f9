//! A cache that holds so many bytes and lets go of what was not used for longest.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by key, each with its size. What was used in the current frame is never let go of.
#[derive(Debug)]
pub(super) struct Lru<K, V> {
    entries: HashMap<K, Entry<V>>,
    bytes: usize,
    budget: usize,
    frame: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Eq + Hash + Clone, V> Lru<K, V> {
    pub(super) fn new(budget: usize) -> Self {
        Self { entries: HashMap::new(), bytes: 0, budget, frame: 0 }
    }

    /// Begins a frame: makes room down to the budget, oldest first.
    pub(super) fn begin_frame(&mut self) {
        self.trim();
        self.frame += 1;
    }

    /// Whether it is there; that is no use of it.
    pub(super) fn has(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// The value, used in this frame.
    pub(super) fn get(&mut self, key: &K) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        entry.used = self.frame;
        Some(&entry.value)
    }

    /// Keeps a value of this many bytes, in place of one with the same key.
    pub(super) fn insert(&mut self, key: K, value: V, bytes: usize) {
        let old = self.entries.insert(key, Entry { value, bytes, used: self.frame });
        self.bytes += bytes;
        self.bytes -= old.map_or(0, |old| old.bytes);
        self.trim();
    }

    /// Lets go of every value whose key does not pass.
    pub(super) fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        let bytes = &mut self.bytes;
        self.entries.retain(|key, entry| {
            let kept = keep(key);
            *bytes -= if kept { 0 } else { entry.bytes };
            kept
        });
    }

    fn trim(&mut self) {
        if self.bytes <= self.budget {
            return;
        }
        let unused = self.entries.iter().filter(|(_, entry)| entry.used < self.frame);
        let mut oldest: Vec<(u64, K)> = unused.map(|(key, entry)| (entry.used, key.clone())).collect();
        oldest.sort_by_key(|(used, _)| *used);
        for (_, key) in oldest {
            if self.bytes <= self.budget {
                break;
            }
            self.bytes -= self.entries.remove(&key).map_or(0, |entry| entry.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_longest_unused_goes_first() {
        let mut lru = Lru::new(30);
        for key in 0..3 {
            lru.begin_frame();
            lru.insert(key, (), 10);
        }
        lru.begin_frame();
        assert!(lru.get(&0).is_some());
        lru.insert(3, (), 10);
        assert!(lru.has(&0) && !lru.has(&1) && lru.has(&2) && lru.has(&3));
    }

    #[test]
    fn what_a_frame_uses_stays_through_it() {
        let mut lru = Lru::new(10);
        lru.begin_frame();
        lru.insert(1, (), 10);
        lru.insert(2, (), 10);
        assert!(lru.has(&1) && lru.has(&2));
        lru.begin_frame();
        lru.begin_frame();
        assert_eq!(lru.bytes, 10);
    }

    proptest! {
        #[test]
        fn the_budget_is_kept_between_frames(inserts in prop::collection::vec((0u8..20, 1usize..40), 0..100), budget in 0usize..200) {
            let mut lru = Lru::new(budget);
            for (key, bytes) in inserts {
                lru.begin_frame();
                lru.insert(key, (), bytes);
                prop_assert_eq!(lru.bytes, lru.entries.values().map(|entry| entry.bytes).sum::<usize>());
                prop_assert!(lru.bytes <= budget.max(bytes));
            }
        }
    }
}
