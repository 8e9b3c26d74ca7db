//! Buckets that grow exponentially: how two of different scales are compared.

use std::borrow::Cow;

use crate::record::{Buckets, Exponential};

/// An exponential histogram without its sum.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid<'a> {
    pub(super) scale: i32,
    pub(super) zero_threshold: f64,
    pub(super) zero_count: u64,
    pub(super) positive: Row<'a>,
    pub(super) negative: Row<'a>,
}

/// Buckets that follow each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row<'a> {
    pub(super) offset: i32,
    pub(super) counts: Cow<'a, [u64]>,
}

impl<'a> Grid<'a> {
    pub(super) fn of(grid: Exponential<'a>) -> Self {
        let Exponential { scale, zero_threshold, zero_count, positive, negative, .. } = grid;
        let (positive, negative) = (Row::of(positive), Row::of(negative));
        Grid { scale, zero_threshold, zero_count, positive, negative }
    }

    /// Returns how many observations there are.
    pub(super) fn count(&self) -> u64 {
        self.zero_count + self.positive.count() + self.negative.count()
    }

    /// Returns what is here and was not in `before`, at the coarser scale of the two; `None` where something is gone.
    pub(super) fn minus(&self, before: &Grid<'_>) -> Option<Grid<'a>> {
        let scale = self.scale.min(before.scale);
        let (by, before_by) = (steps(self.scale, scale), steps(before.scale, scale));
        let row = |now: &Row<'a>, before: &Row<'_>| now.coarser(by).minus(&before.coarser(before_by));
        Some(Grid {
            scale,
            zero_threshold: self.zero_threshold,
            zero_count: self.zero_count.checked_sub(before.zero_count)?,
            positive: row(&self.positive, &before.positive)?,
            negative: row(&self.negative, &before.negative)?,
        })
    }

    pub(super) fn into_owned(self) -> Grid<'static> {
        Grid { positive: self.positive.into_owned(), negative: self.negative.into_owned(), ..self }
    }
}

/// Each step joins two neighbours. Beyond 31 everything is in one of two buckets.
fn steps(from: i32, to: i32) -> u32 {
    u32::try_from(from.saturating_sub(to)).unwrap_or(0).min(31)
}

impl<'a> Row<'a> {
    fn of(buckets: Buckets<'a>) -> Self {
        Row { offset: buckets.offset, counts: buckets.counts.into() }
    }

    fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn index(&self, position: usize) -> i32 {
        self.offset.saturating_add(i32::try_from(position).unwrap_or(i32::MAX))
    }

    /// Joins buckets, `2^steps` to one: bucket `i` of the finer goes to `i >> steps` of the coarser.
    fn coarser(&self, steps: u32) -> Row<'a> {
        if steps == 0 || self.counts.is_empty() {
            return self.clone();
        }
        let offset = self.offset >> steps;
        let mut counts: Vec<u64> = Vec::new();
        for (position, count) in self.counts.iter().enumerate() {
            let to = usize::try_from((self.index(position) >> steps) - offset).unwrap_or(0);
            if counts.len() <= to {
                counts.resize(to + 1, 0);
            }
            if let Some(bucket) = counts.get_mut(to) {
                *bucket += count;
            }
        }
        Row { offset, counts: counts.into() }
    }

    /// Returns the count of the bucket with this index.
    fn at(&self, index: i32) -> u64 {
        let position = usize::try_from(i64::from(index) - i64::from(self.offset)).ok();
        position.and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    /// `None` where a bucket holds less than before.
    fn minus(self, before: &Row<'_>) -> Option<Row<'a>> {
        let change: Option<Vec<u64>> = self
            .counts
            .iter()
            .enumerate()
            .map(|(at, count)| count.checked_sub(before.at(self.index(at))))
            .collect();
        let change = change?;
        let gone = change.iter().sum::<u64>() + before.count() != self.count();
        (!gone).then(|| Row { offset: self.offset, counts: change.into() }.trimmed())
    }

    /// Leaves empty buckets at both ends away.
    fn trimmed(self) -> Row<'a> {
        let Some(first) = self.counts.iter().position(|count| *count > 0) else { return Row::default() };
        let last = self.counts.iter().rposition(|count| *count > 0).unwrap_or(first);
        let offset = self.index(first);
        Row { offset, counts: self.counts.get(first..=last).unwrap_or_default().to_vec().into() }
    }

    fn into_owned(self) -> Row<'static> {
        Row { offset: self.offset, counts: self.counts.into_owned().into() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    fn row(offset: i32, counts: &[u64]) -> Row<'static> {
        Row { offset, counts: counts.to_vec().into() }
    }

    fn grid(scale: i32, positive: Row<'static>) -> Grid<'static> {
        Grid { scale, zero_threshold: 0.0, zero_count: 0, positive, negative: Row::default() }
    }

    #[test]
    fn coarser_buckets_hold_the_same() {
        let fine = row(-3, &[1, 2, 3, 4, 5]); // -3 -2 | -1 | 0 1
        assert_eq!(fine.coarser(1), row(-2, &[1, 5, 9]), "-3 to -2, -2 and -1 to -1, 0 and 1 to 0");
        assert_eq!(fine.coarser(31), row(-1, &[6, 9]));
        assert_eq!(fine.coarser(0), fine);
    }

    #[test]
    fn a_grid_that_became_coarser_is_compared_at_the_coarser_scale() {
        let before = grid(1, row(-2, &[1, 1]));
        let now = grid(0, row(-1, &[4, 0, 7]));
        assert_eq!(now.minus(&before), Some(grid(0, row(-1, &[2, 0, 7]))));
    }

    #[test]
    fn what_is_gone_is_noticed() {
        let before = grid(0, row(0, &[5, 1]));
        assert_eq!(grid(0, row(0, &[5])).minus(&before), None, "a bucket is not there any more");
        assert_eq!(grid(0, row(0, &[4, 9])).minus(&before), None, "a bucket has less");
        assert_eq!(before.minus(&before).unwrap().count(), 0);
    }
}
