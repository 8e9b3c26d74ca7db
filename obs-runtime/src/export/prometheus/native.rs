//! Buckets that grow exponentially as native histograms have them: runs of buckets, and differences between neighbours.

use crate::record::Buckets;

/// Empty buckets between two others that are written rather than skipped: a run costs more than they do.
const GAP: usize = 2;

/// Buckets that follow each other, without many empty ones among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run<'a> {
    /// Buckets skipped since the run before; of the first run, the index of its first bucket.
    pub(super) offset: i32,
    pub(super) counts: &'a [u64],
}

/// Returns the runs. Prometheus' index of a bucket is that of its upper bound, one more than ours.
pub(super) fn runs(buckets: Buckets<'_>) -> impl Iterator<Item = Run<'_>> {
    let (mut rest, mut skipped) = (buckets.counts, buckets.offset.saturating_add(1));
    std::iter::from_fn(move || {
        let start = rest.iter().position(|n| *n > 0)?;
        let (_, from) = rest.split_at_checked(start)?;
        let (counts, after) = from.split_at_checked(length(from))?;
        let offset = skipped.saturating_add(i32::try_from(start).unwrap_or(i32::MAX));
        (rest, skipped) = (after, 0);
        Some(Run { offset, counts })
    })
}

/// How far a run reaches that begins with the first of these; its last bucket is not empty.
fn length(counts: &[u64]) -> usize {
    let mut length = 0;
    for (index, count) in counts.iter().enumerate() {
        if index > length + GAP {
            break;
        }
        if *count > 0 {
            length = index + 1;
        }
    }
    length
}

/// Returns each bucket of the runs as what it has more than the one before it.
pub(super) fn deltas(buckets: Buckets<'_>) -> impl Iterator<Item = i64> {
    let counts = runs(buckets).flat_map(|run| run.counts.iter().copied());
    counts.scan(0_u64, |before, count| {
        let delta = count.wrapping_sub(*before).cast_signed();
        *before = count;
        Some(delta)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_become_runs_and_differences() {
        let counts = [0, 3, 1, 0, 0, 2, 0, 0, 0, 7, 0];
        let buckets = Buckets { offset: -4, counts: &counts };
        let expected = [Run { offset: -2, counts: &[3, 1, 0, 0, 2] }, Run { offset: 3, counts: &[7] }];
        assert!(runs(buckets).eq(expected));
        assert!(deltas(buckets).eq([3, -2, -1, 0, 2, 5]));
    }

    #[test]
    fn empty_buckets_have_no_run() {
        for counts in [&[][..], &[0, 0, 0]] {
            let buckets = Buckets { offset: 7, counts };
            assert_eq!((runs(buckets).count(), deltas(buckets).count()), (0, 0));
        }
    }

    #[test]
    fn runs_hold_every_observation_at_its_index() {
        let mut state = 7_u64;
        for _ in 0..500 {
            let counts: Vec<u64> = (0..40)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    if state >> 62 == 0 { state >> 40 } else { 0 }
                })
                .collect();
            let (mut index, mut count, mut found) = (0_i64, 0_i64, Vec::new());
            let mut differences = deltas(Buckets { offset: -9, counts: &counts });
            for run in runs(Buckets { offset: -9, counts: &counts }) {
                index += i64::from(run.offset);
                for _ in run.counts {
                    count += differences.next().unwrap_or_default();
                    if count > 0 {
                        found.push((index, count.unsigned_abs()));
                    }
                    index += 1;
                }
            }
            let all = (-8..).zip(counts.iter().copied()).filter(|(_, n)| *n > 0);
            assert!(found.into_iter().eq(all), "{counts:?}");
        }
    }
}
