//! Whatever the collector answers, the deltas that it received add up to what there is.

use std::collections::BTreeMap;

use super::*;
use crate::record::Buckets;

/// The finest scale of the test's observations.
const FINEST: i32 = 3;

/// A small generator of numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A counter and a histogram that grow, and the latter becomes coarser.
#[derive(Clone, Default)]
struct World {
    orders: u64,
    /// Observations by their bucket at the finest scale.
    seen: BTreeMap<i32, u64>,
    coarser: i32,
}

impl World {
    fn grow(&mut self, numbers: &mut Numbers) {
        self.orders += numbers.below(5);
        for _ in 0..numbers.below(4) {
            let index = i32::try_from(numbers.below(200)).unwrap() - 100;
            *self.seen.entry(index).or_default() += 1 + numbers.below(3);
        }
        self.coarser += i32::from(numbers.below(10) == 0 && self.coarser < 6);
    }

    fn show(&self, visitor: &mut dyn MetricVisitor) {
        orders(self.orders)(visitor);
        let (Some(first), Some(last)) = (self.seen.keys().next(), self.seen.keys().last()) else { return };
        let offset = first >> self.coarser;
        let mut counts = vec![0; usize::try_from((last >> self.coarser) - offset).unwrap() + 1];
        for (index, count) in &self.seen {
            *counts.get_mut(usize::try_from((index >> self.coarser) - offset).unwrap()).unwrap() += count;
        }
        family(visitor, "order_duration_seconds", "seconds", MetricKind::Histogram);
        let exponential = Exponential {
            scale: FINEST - self.coarser,
            zero_threshold: 0.0,
            zero_count: 0,
            positive: Buckets { offset, counts: &counts },
            negative: Buckets::default(),
        };
        let count: u64 = counts.iter().sum();
        let (bounds, buckets, exemplars) = (&[][..], &[count][..], &[][..]);
        let (sum, exponential) = (count as f64, Some(exponential));
        visitor.point(&[], Point::Histogram { bounds, buckets, sum, exemplars, exponential });
    }
}

/// What a collector has received.
#[derive(Default)]
struct Received {
    orders: f64,
    /// Observations by scale and bucket.
    seen: Vec<(i32, i32, u64)>,
    sum: f64,
    /// Where the latest interval ended, by metric.
    until: BTreeMap<String, u64>,
}

impl Received {
    fn add(&mut self, metric: Metric) {
        let until = self.until.entry(metric.name).or_insert(1_000);
        match metric.data.unwrap() {
            Data::Sum(sum) => {
                for point in sum.data_points {
                    assert!(point.start_time_unix_nano >= *until, "intervals do not overlap");
                    *until = point.time_unix_nano;
                    let Some(number_data_point::Value::AsInt(value)) = point.value else {
                        panic!("{point:?}")
                    };
                    self.orders += value as f64;
                }
            }
            Data::ExponentialHistogram(histogram) => {
                for point in histogram.data_points {
                    assert!(point.start_time_unix_nano >= *until, "intervals do not overlap");
                    *until = point.time_unix_nano;
                    self.sum += point.sum.unwrap();
                    let row = point.positive.unwrap();
                    assert_eq!(row.bucket_counts.iter().sum::<u64>(), point.count);
                    let places = row.bucket_counts.iter().zip(row.offset..);
                    self.seen.extend(places.map(|(count, index)| (point.scale, index, *count)));
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn at(&self, scale: i32) -> BTreeMap<i32, u64> {
        let mut by_bucket = BTreeMap::new();
        for (fine, index, count) in self.seen.iter().filter(|(.., count)| *count > 0) {
            *by_bucket.entry(index >> (fine - scale)).or_default() += count;
        }
        by_bucket
    }
}

#[test]
fn what_was_received_adds_up_to_what_there_is() {
    const ROUNDS: usize = 40;
    for seed in 0..5 {
        let mut numbers = Numbers(seed);
        let statuses: Vec<u16> = (0..ROUNDS)
            .map(|_| [200, 503, 400, 307, 0].get(numbers.below(5) as usize).copied().unwrap())
            .collect();
        let reply = |status: &u16| if *status == 0 { Reply::Reset } else { Reply::status(*status) };
        let collector = Collector::start(statuses.iter().map(reply));
        let base = local(&collector);
        // One attempt for each request, so that each has one answer.
        let config = with(base, |s| Settings { retry: Retry { attempts: 1, ..s.retry }, ..s });
        let pipeline = Pipeline::with(config, (Temporality::Delta, HistogramAggregation::Exponential), NEVER);
        let mut world = World::default();
        for _ in 0..ROUNDS + 5 {
            world.grow(&mut numbers);
            let shown = world.clone();
            pipeline.shelf.put(move |visitor: &mut dyn MetricVisitor| shown.show(visitor));
            pipeline.push();
        }
        let mut received = Received::default();
        let arrived: Vec<_> = collector.arrived.try_iter().collect();
        for (at, arrived) in arrived.iter().enumerate() {
            if statuses.get(at).is_none_or(|status| *status == 200) {
                metrics(arrived).into_iter().for_each(|metric| received.add(metric));
            }
        }
        let scale = FINEST - world.coarser;
        let mut expected = BTreeMap::new();
        for (index, count) in &world.seen {
            *expected.entry(index >> world.coarser).or_default() += count;
        }
        assert_eq!(received.orders, world.orders as f64, "seed {seed}");
        assert_eq!(received.at(scale), expected, "seed {seed}");
        assert_eq!(received.sum, expected.values().sum::<u64>() as f64, "seed {seed}");
    }
}
