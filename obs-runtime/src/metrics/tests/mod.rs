//! Metrics as a reader sees them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

mod capture;
mod conflicts;
mod distributions;
mod dynamic;
mod error_types;
mod functions;
mod infos;
mod observed;
mod threads;
mod values;

use super::show::Services;
use super::source::Families;
use super::*;
use crate::callsite::Entry;
use crate::record::{Exemplar, Family, MetricVisitor, Point};

/// Draws what is shown: one line a family, one a series.
#[derive(Default)]
struct Drawing {
    name: String,
    lines: Vec<String>,
    exemplars: Vec<Exemplar>,
}

impl MetricVisitor for Drawing {
    fn family(&mut self, family: &Family<'_>) {
        self.name = family.name.to_owned();
        let (kind, unit) = (family.kind.as_str(), family.unit);
        self.lines.push(format!("{kind} {} [{unit}] {}", family.name, family.help));
    }

    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>) {
        let labels: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let value = match point {
            Point::Counter(n) => n.to_string(),
            Point::Total(v) | Point::Gauge(v) => v.to_string(),
            Point::Histogram { bounds, buckets, sum, exemplars, .. } => {
                assert_eq!(buckets.len(), bounds.len() + 1);
                assert!(exemplars.is_empty() || exemplars.len() == buckets.len());
                self.exemplars.extend(exemplars.iter().flatten().cloned());
                format!("{buckets:?} sum {sum}")
            }
        };
        self.lines.push(format!("{}{{{}}} {value}", self.name, labels.join(",")));
    }
}

/// Draws the families of a catalog, in a process that is one service.
fn drawn(catalog: &[Entry]) -> Vec<String> {
    draw(catalog, &Services(vec!["the-process".to_owned()])).lines
}

/// Draws the families of a catalog, with every service that this test program named.
fn drawn_by_service(catalog: &[Entry]) -> Vec<String> {
    draw(catalog, &Services::now()).lines
}

fn draw(catalog: &[Entry], services: &Services) -> Drawing {
    let mut drawing = Drawing::default();
    Families::new(catalog).visit(services, &mut drawing);
    drawing
}

const fn declared(name: &'static str, buckets: &'static [f64], line: u32) -> Declared {
    Declared { name, help: "Help.", unit: "", buckets, file: "tests.rs", line }
}

#[derive(Clone, Copy)]
enum Region {
    Eu,
    Us,
}

impl LabelValue for Region {
    const VALUES: &'static [&'static str] = &["eu", "us"];

    fn index(self) -> usize {
        self as usize
    }
}

/// `{ region: Region }`
#[derive(Clone, Copy)]
struct ByRegion(Region);

impl LabelSet for ByRegion {
    const KEYS: &'static [&'static str] = &["region"];
    const VALUES: &'static [LabelValues] = &[LabelValues::Fixed(Region::VALUES)];
    const OUTCOME: bool = false;

    fn index(self) -> usize {
        self.0.index()
    }
}

impl Plain for ByRegion {}
impl Seconds for ByRegion {}

/// `{ retried: bool, outcome: Outcome }`
#[derive(Clone, Copy)]
struct RetriedOutcome(bool);

impl LabelSet for RetriedOutcome {
    const KEYS: &'static [&'static str] = &["retried"];
    const VALUES: &'static [LabelValues] = &[LabelValues::Fixed(bool::VALUES)];
    const OUTCOME: bool = true;

    fn index(self) -> usize {
        self.0.index()
    }
}

impl Judged for RetriedOutcome {}

/// `{}`
#[derive(Clone, Copy)]
struct None_;

impl LabelSet for None_ {
    const KEYS: &'static [&'static str] = &[];
    const VALUES: &'static [LabelValues] = &[];
    const OUTCOME: bool = false;

    fn index(self) -> usize {
        0
    }
}

impl Plain for None_ {}
impl Seconds for None_ {}

impl Unlabelled for None_ {
    const ONLY: Self = None_;
}
