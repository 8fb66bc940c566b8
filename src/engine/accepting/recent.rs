//! A bounded memory that forgets what was written the longest ago.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::session::Instant;

/// The latest so many values by key, each with when it was written.
#[derive(Clone, Debug)]
pub(super) struct Recent<K, V> {
    max: usize,
    values: BTreeMap<K, (Instant, V)>,
    by_age: BTreeSet<(Instant, K)>,
}

impl<K: Ord + Clone, V> Recent<K, V> {
    /// Room for so many, for one at least.
    pub(super) const fn new(max: usize) -> Self {
        let max = if max == 0 { 1 } else { max };
        Self { max, values: BTreeMap::new(), by_age: BTreeSet::new() }
    }

    pub(super) fn get(&self, key: &K) -> Option<(Instant, &V)> {
        self.values.get(key).map(|(written, value)| (*written, value))
    }

    /// Writes a value; the oldest makes room for it.
    pub(super) fn put(&mut self, now: Instant, key: K, value: V) {
        self.remove(&key);
        if self.values.len() >= self.max
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.values.remove(&oldest);
        }
        self.by_age.insert((now, key.clone()));
        self.values.insert(key, (now, value));
    }

    pub(super) fn remove(&mut self, key: &K) {
        if let Some((written, _)) = self.values.remove(key) {
            self.by_age.remove(&(written, key.clone()));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut recent = Recent::new(2);
        recent.put(at(1), 'a', 1);
        recent.put(at(2), 'b', 2);
        // Written again, it is no longer the oldest, and takes no more room.
        recent.put(at(3), 'a', 3);
        assert_eq!(recent.len(), 2);
        recent.put(at(4), 'c', 4);
        assert_eq!(recent.get(&'a'), Some((at(3), &3)));
        assert_eq!(recent.get(&'b'), None);
        recent.remove(&'a');
        recent.remove(&'b');
        assert_eq!((recent.len(), recent.by_age.len()), (1, 1));
        recent.put(at(5), 'd', 5);
        assert_eq!(recent.get(&'c'), Some((at(4), &4)));
        assert_eq!((recent.len(), recent.by_age.len()), (2, 2));
    }

    #[test]
    fn there_is_room_for_one() {
        let mut recent = Recent::new(0);
        recent.put(at(1), 'a', 1);
        assert_eq!(recent.get(&'a'), Some((at(1), &1)));
        recent.put(at(1), 'b', 1);
        assert_eq!((recent.get(&'a'), recent.len()), (None, 1));
    }
}
