//! What one series holds at one moment, and what came to it since another.

use std::borrow::Cow;

use super::exponential::Grid;
use crate::record::Point;

/// How distributions are sent (`OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HistogramAggregation {
    /// By the bounds that the metric declares.
    #[default]
    Explicit,
    /// By buckets that grow exponentially, where the metric keeps them; by its bounds where not.
    Exponential,
}

/// The value of a counter or a distribution.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reading<'a> {
    Int(u64),
    Double(f64),
    Explicit { buckets: Cow<'a, [u64]>, sum: f64 },
    Exponential { grid: Grid<'a>, sum: f64 },
}

impl<'a> Reading<'a> {
    /// Reads what only grows; `None` for a gauge.
    pub(super) fn of(point: &Point<'a>, aggregation: HistogramAggregation) -> Option<Self> {
        Some(match *point {
            Point::Counter(total) => Reading::Int(total),
            Point::Total(total) => Reading::Double(total),
            Point::Gauge(_) => return None,
            Point::Histogram { sum, exponential: Some(grid), .. }
                if aggregation == HistogramAggregation::Exponential =>
            {
                Reading::Exponential { grid: Grid::of(grid), sum }
            }
            Point::Histogram { buckets, sum, .. } => Reading::Explicit { buckets: buckets.into(), sum },
        })
    }

    /// Returns what came since `before`; all of it where it does not follow from `before`: then it began anew.
    pub(super) fn since(&self, before: &Reading<'_>) -> Reading<'a> {
        self.minus(before).unwrap_or_else(|| self.clone())
    }

    /// `None` where something became less, or is of another kind now.
    fn minus(&self, before: &Reading<'_>) -> Option<Reading<'a>> {
        Some(match (self, before) {
            (Reading::Int(now), Reading::Int(before)) => Reading::Int(now.checked_sub(*before)?),
            (Reading::Double(now), Reading::Double(before)) => {
                Reading::Double(Some(now - before).filter(|change| *change >= 0.0)?)
            }
            (Reading::Explicit { buckets, sum }, Reading::Explicit { buckets: old, sum: old_sum })
                if buckets.len() == old.len() =>
            {
                let pairs = buckets.iter().zip(old.iter());
                let buckets: Option<Vec<u64>> = pairs.map(|(now, old)| now.checked_sub(*old)).collect();
                Reading::Explicit { buckets: buckets?.into(), sum: sum - old_sum }
            }
            (Reading::Exponential { grid, sum }, Reading::Exponential { grid: old, sum: old_sum }) => {
                Reading::Exponential { grid: grid.minus(old)?, sum: sum - old_sum }
            }
            _ => return None,
        })
    }

    /// Tells whether nothing was counted.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Reading::Int(total) => *total == 0,
            Reading::Double(total) => *total == 0.0,
            Reading::Explicit { buckets, .. } => buckets.iter().all(|count| *count == 0),
            Reading::Exponential { grid, .. } => grid.count() == 0,
        }
    }

    pub(super) fn into_owned(self) -> Reading<'static> {
        match self {
            Reading::Int(total) => Reading::Int(total),
            Reading::Double(total) => Reading::Double(total),
            Reading::Explicit { buckets, sum } => {
                Reading::Explicit { buckets: buckets.into_owned().into(), sum }
            }
            Reading::Exponential { grid, sum } => Reading::Exponential { grid: grid.into_owned(), sum },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explicit(buckets: &'static [u64], sum: f64) -> Reading<'static> {
        Reading::Explicit { buckets: buckets.into(), sum }
    }

    #[test]
    fn what_came_since_is_the_difference() {
        assert_eq!(Reading::Int(7).since(&Reading::Int(5)), Reading::Int(2));
        assert_eq!(Reading::Double(0.75).since(&Reading::Double(0.5)), Reading::Double(0.25));
        assert_eq!(explicit(&[3, 2], 4.0).since(&explicit(&[1, 2], 1.5)), explicit(&[2, 0], 2.5));
        assert!(explicit(&[3, 2], 4.0).since(&explicit(&[3, 2], 4.0)).is_nothing());
    }

    #[test]
    fn what_became_less_began_anew() {
        assert_eq!(Reading::Int(2).since(&Reading::Int(5)), Reading::Int(2));
        assert_eq!(Reading::Double(0.5).since(&Reading::Double(1.5)), Reading::Double(0.5));
        assert_eq!(explicit(&[9, 0], 4.0).since(&explicit(&[1, 2], 1.5)), explicit(&[9, 0], 4.0));
        assert_eq!(explicit(&[9], 4.0).since(&Reading::Int(5)), explicit(&[9], 4.0));
    }
}
