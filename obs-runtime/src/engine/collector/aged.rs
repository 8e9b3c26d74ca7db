//! A map that knows which of its entries is the oldest.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

/// Values by an id of ours, and the order in which they came.
#[derive(Debug)]
pub(super) struct Aged<T> {
    values: HashMap<u64, (u64, T), BuildHasherDefault<Random>>,
    order: BTreeMap<u64, u64>,
    next: u64,
}

impl<T> Default for Aged<T> {
    fn default() -> Self {
        Aged { values: HashMap::default(), order: BTreeMap::new(), next: 0 }
    }
}

impl<T> Aged<T> {
    pub(super) fn get(&self, id: u64) -> Option<&T> {
        self.values.get(&id).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.values.get_mut(&id).map(|(_, value)| value)
    }

    /// Returns a value, made by `make` where there is none.
    pub(super) fn entry(&mut self, id: u64, make: impl FnOnce() -> T) -> &mut T {
        let (next, order) = (&mut self.next, &mut self.order);
        let (_, value) = self.values.entry(id).or_insert_with(|| {
            *next += 1;
            order.insert(*next, id);
            (*next, make())
        });
        value
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<T> {
        let (at, value) = self.values.remove(&id)?;
        self.order.remove(&at);
        Some(value)
    }

    /// Returns the id of the value that was made first.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.order.first_key_value().map(|(_, id)| *id)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.values.len(), self.order.len());
        self.values.len()
    }
}

/// The hash of ids that are random already; nobody else chooses them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Random(u64);

impl Hasher for Random {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_the_one_that_was_made_first() {
        let mut aged = Aged::default();
        for id in [7, 3, 9, 3] {
            *aged.entry(id, || 0) += 1;
        }
        assert_eq!((aged.oldest(), aged.get(3), aged.len()), (Some(7), Some(&2), 3));
        assert_eq!((aged.remove(7), aged.remove(7), aged.oldest()), (Some(1), None, Some(3)));
    }
}
