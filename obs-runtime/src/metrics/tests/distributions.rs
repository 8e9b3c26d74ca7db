//! Histograms: exact at every declared bound, exponential in between.
#![allow(clippy::cast_precision_loss)] // small counts

use super::*;
use crate::record::Exponential;

/// One histogram's series, as it was shown.
#[derive(Default)]
struct Shown {
    bounds: Vec<f64>,
    buckets: Vec<u64>,
    sum: f64,
    scale: i32,
    zero: u64,
    /// Bucket and count of those that have any, above zero and below it.
    sides: [Vec<(i32, u64)>; 2],
    widest: usize,
}

impl MetricVisitor for Shown {
    fn family(&mut self, _: &Family<'_>) {}

    fn point(&mut self, _: &[(&str, &str)], point: Point<'_>) {
        let Point::Histogram { bounds, buckets, sum, exponential, .. } = point else { panic!("{point:?}") };
        let Exponential { scale, zero_threshold, zero_count, positive, negative } = exponential.unwrap();
        assert_eq!(zero_threshold, 2.0_f64.powi(-32));
        let side = |side: crate::record::Buckets<'_>| {
            let counts = side.counts.iter().copied().zip(side.offset..);
            counts.filter(|(count, _)| *count > 0).map(|(count, at)| (at, count)).collect()
        };
        *self = Shown {
            bounds: bounds.to_vec(),
            buckets: buckets.to_vec(),
            sum,
            scale,
            zero: zero_count,
            sides: [side(positive), side(negative)],
            widest: positive.counts.len().max(negative.counts.len()),
        };
    }
}

fn shown(metric: &'static Histogram<None_>) -> Shown {
    let mut shown = Shown::default();
    Families::new(&[Entry::Metric(metric)]).visit(&Services(vec!["the-process".to_owned()]), &mut shown);
    shown
}

impl Shown {
    fn total(&self) -> u64 {
        self.zero + self.sides.iter().flatten().map(|(_, count)| count).sum::<u64>()
    }
}

/// A histogram with these bounds.
fn histogram(bounds: &[f64]) -> &'static Histogram<None_> {
    Box::leak(Box::new(Histogram::new(declared("distributed", bounds.to_vec().leak(), 1))))
}

/// Where a value belongs, found the slow way.
fn bucket(bounds: &[f64], value: f64) -> usize {
    bounds.iter().filter(|bound| **bound < value).count()
}

const ODD: &[f64] = &[
    f64::MIN,
    -1e300,
    -3.0,
    -1.0,
    -0.999,
    -1e-12,
    0.0,
    1e-300,
    1e-12,
    0.005,
    0.01,
    0.025,
    0.5,
    0.6,
    0.601,
    0.602,
    1.0,
    1.1,
    2.0,
    1024.0,
    1e14,
    1e15,
    1e200,
    f64::MAX,
];

#[test]
fn what_is_at_below_and_above_each_bound_lands_right() {
    let usual = super::super::function::BOUNDS;
    for bounds in [usual, ODD, &[], &[0.0], &[1.0, 1.000_000_1, 1.000_000_2]] {
        let around = |bound: &f64| [bound.next_down(), *bound, bound.next_up()];
        for value in bounds.iter().flat_map(around) {
            let metric = histogram(bounds);
            metric.observe(value);
            let found = shown(metric);
            let mut expected = vec![0; bounds.len() + 1];
            expected[bucket(bounds, value)] = 1;
            assert_eq!((found.buckets, found.bounds.as_slice()), (expected, bounds), "{value}");
        }
    }
}

/// Numbers that look random, the same every time.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    })
}

#[test]
fn every_observation_is_in_one_declared_and_one_exponential_bucket() {
    for (seed, spread) in (1..40).zip([1, 4, 15, 40, 300, 2000].into_iter().cycle()) {
        let metric = histogram(if seed % 2 == 0 { ODD } else { super::super::function::BOUNDS });
        let values: Vec<f64> = numbers(seed)
            .take(500)
            .map(|n| {
                let octave = i32::try_from(n >> 20 & 0xFFFF).unwrap() % spread - spread / 2;
                let value = (1.0 + (n & 0xF_FFFF) as f64 / 1e6) * 2.0_f64.powi(octave);
                if seed % 3 == 0 && n & 1 << 40 != 0 { -value } else { value }
            })
            .collect();
        values.iter().for_each(|value| metric.observe(*value));
        let found = shown(metric);
        let mut buckets = vec![0; found.bounds.len() + 1];
        values.iter().for_each(|value| buckets[bucket(&found.bounds, *value)] += 1);
        assert_eq!(found.buckets, buckets);
        assert_eq!((found.total(), found.buckets.iter().sum::<u64>()), (500, 500));
        let sum: f64 = values.iter().sum();
        assert!(found.sum == sum || (found.sum - sum).abs() <= sum.abs() * 1e-9 + 1e-9, "{sum}");
        assert!(found.widest <= 160, "{} buckets", found.widest);

        // base^i < value <= base^(i + 1), where it is above what counts as zero
        let mut sides: [std::collections::BTreeMap<i32, u64>; 2] = Default::default();
        let mut zero = 0;
        for value in &values {
            if value.abs() <= 2.0_f64.powi(-32) {
                zero += 1;
                continue;
            }
            // The logarithm is exact enough: a random value is never within rounding of an edge.
            let index = (value.abs().log2() * 2.0_f64.powi(found.scale)).ceil() as i32 - 1;
            *sides[usize::from(*value < 0.0)].entry(index).or_default() += 1;
        }
        assert_eq!(found.zero, zero);
        assert_eq!(
            found.sides,
            sides.map(|side| side.into_iter().collect::<Vec<_>>()),
            "scale {}",
            found.scale
        );
    }
}

#[test]
fn resolution_goes_as_the_spread_grows_and_no_further() {
    let metric = histogram(&[1.0]);
    let mut scales = Vec::new();
    for value in [1.0, 1000.0, 1e7, 1e-9, 1e14, 1e20, f64::MAX] {
        metric.observe(value);
        let found = shown(metric);
        assert!(found.widest <= 160);
        scales.push(found.scale);
    }
    assert_eq!(scales, [3, 3, 2, 1, 1, -3, -3]);
}

#[test]
fn what_is_no_usual_number_is_counted_all_the_same() {
    let metric = histogram(&[-1.0, 0.0, 1.0]);
    for value in [0.0, -0.0, f64::from_bits(1), -f64::from_bits(1), f64::MIN_POSITIVE] {
        metric.observe(value);
    }
    metric.observe(f64::NAN);
    let found = shown(metric);
    assert_eq!((found.zero, found.total()), (5, 5));
    assert_eq!(found.buckets, [0, 3, 2, 0]); // what is above zero at all is above the bound 0

    let infinite = histogram(&[-1.0, 0.0, 1.0]);
    infinite.observe(f64::INFINITY);
    infinite.observe(f64::NEG_INFINITY);
    infinite.observe(f64::MAX);
    let found = shown(infinite);
    assert_eq!(found.buckets, [1, 0, 0, 2]);
    // Infinity has the bucket after the one that ends at 2^1024.
    assert_eq!(found.sides, [vec![(127, 1), (128, 1)], vec![(128, 1)]]);
    assert_eq!(found.scale, -3);
    assert!(found.sum.is_nan());
}

#[test]
fn services_and_threads_are_added_up_cell_by_cell() {
    static TIMES: Histogram<None_> = Histogram::new(declared("added_seconds", &[0.5, 1.0], 1));
    let observe = || (1_u16..=1000).for_each(|n| TIMES.observe(f64::from(n) / 1000.0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(observe);
        }
    });
    let found = shown(&TIMES);
    assert_eq!(found.buckets, [2000, 2000, 0]);
    assert_eq!(found.total(), 4000);
    let (last, _) = found.sides[0].last().unwrap();
    assert_eq!(*last, -1); // 1.0 is in the bucket that ends at 1
}
