//! P9: what a scrape of ten thousand label sets costs: one counter, or one histogram of eleven buckets, with one label.
//!
//! Each is rendered as Prometheus text into memory that is used again where the subject has a way to; `obs` writes it in
//! pieces of 16 KiB, as it does to a scraper. One process measures one subject. Every series must be in the text.
//!
//! A scrape of `obs` also tells of the process (files under `/proc` and the cgroup), which those of the peers do not:
//! `of the process` is one that tells of nothing else, and the others take it along.

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use crate::Options;
use crate::report::{Report, median};

const SERIES: usize = 10_000;
const SCRAPES: usize = 41;
/// Ten bounds and infinity.
const BOUNDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// The seconds that series number `n` observed.
fn seconds(n: usize) -> f64 {
    (n % 600) as f64 / 100.0
}

/// The label of series number `n`: five digits.
fn kind(n: usize) -> String {
    (n + 10_000).to_string()
}

/// Returns what appends the whole exposition to a buffer.
type Subject = fn() -> Box<dyn FnMut(&mut Vec<u8>)>;

const SUBJECTS: [(&str, &str, Subject); 11] = [
    ("counters", "obs", obs_::counters),
    ("counters", "measured", measured_::counters),
    ("counters", "metrics", metrics_::counters),
    ("counters", "prometheus", prometheus_::counters),
    ("counters", "prometheus-client", prometheus_client_::counters),
    ("histograms", "obs", obs_::histograms),
    ("histograms", "measured", measured_::histograms),
    ("histograms", "metrics", metrics_::histograms),
    ("histograms", "prometheus", prometheus_::histograms),
    ("histograms", "prometheus-client", prometheus_client_::histograms),
    ("of the process", "obs", obs_::nothing),
];

pub fn measure(report: &mut Report, options: &Options) {
    let this = std::env::current_exe().expect("a program knows its file");
    for _ in 0..options.rounds {
        for (at, (variant, subject, _)) in SUBJECTS.iter().enumerate() {
            let mut command = Command::new(&this);
            command.args(["--child", "scrape", &at.to_string()]).env("OTEL_TRACES_EXPORTER", "none");
            let output = command.output().expect("it starts");
            let text = String::from_utf8_lossy(&output.stdout);
            let errors = String::from_utf8_lossy(&output.stderr);
            let millis: f64 =
                text.trim().parse().unwrap_or_else(|_| panic!("{variant}, {subject}: {errors}"));
            report.add("P9", variant, subject, "ms", millis);
        }
    }
}

/// Measures the subject that the arguments name and prints the milliseconds a scrape took.
pub fn child(args: &[String]) -> bool {
    let at = args.first().and_then(|a| a.parse::<usize>().ok()).expect("a number");
    let (variant, _, start) = SUBJECTS[at];
    let mut scrape = start();
    let mut out = Vec::new();
    scrape(&mut out);
    let text = String::from_utf8(out).expect("it is text");
    let lines = text.lines().filter(|l| l.starts_with("measured_things") && l.contains("kind=\"")).count();
    let each = match variant {
        "counters" => 1,
        // A line for each bucket, the sum and the count.
        "histograms" => BOUNDS.len() + 3,
        _ => 0,
    };
    assert_eq!(lines, SERIES * each, "{}", text.lines().take(20).collect::<Vec<_>>().join("\n"));
    let mut out = text.into_bytes();
    let times: Vec<f64> = (0..SCRAPES)
        .map(|_| {
            out.clear();
            let start = Instant::now();
            scrape(&mut out);
            let time = start.elapsed().as_secs_f64() * 1e3;
            black_box(&out);
            time
        })
        .collect();
    println!("{}", median(&times));
    true
}

mod obs_ {
    use super::{SERIES, seconds};

    /// One of as many as there are series.
    #[derive(Clone, Copy)]
    struct Kind(usize);

    /// The texts of `kind`, which a derive would take from ten thousand variants.
    static TEXTS: [[u8; 5]; SERIES] = {
        let (mut texts, mut n) = ([[0; 5]; SERIES], 0);
        while n < SERIES {
            let (mut at, mut rest) = (5, n + 10_000);
            while at > 0 {
                at -= 1;
                texts[n][at] = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            n += 1;
        }
        texts
    };

    impl obs::LabelValue for Kind {
        const VALUES: &'static [&'static str] = &{
            let (mut values, mut n) = ([""; SERIES], 0);
            while n < SERIES {
                values[n] = match std::str::from_utf8(&TEXTS[n]) {
                    Ok(text) => text,
                    Err(_) => panic!("digits are text"),
                };
                n += 1;
            }
            values
        };

        fn index(self) -> usize {
            self.0
        }
    }

    // A module each: what a program declares is turned on and off by module.
    mod counter {
        use super::Kind;

        obs::metrics! {
            /// Things.
            pub static COUNTER: Counter = "measured_things_total" { kind: Kind } max_series = 10000;
        }
    }

    mod histogram {
        use super::Kind;

        obs::metrics! {
            /// Things.
            pub static HISTOGRAM: Histogram = "measured_things_seconds" { kind: Kind }
                buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0] max_series = 10000;
        }
    }

    use counter::COUNTER;
    use histogram::HISTOGRAM;

    /// Starts with the metrics of these modules and no others.
    fn start(modules: &str) -> Box<dyn FnMut(&mut Vec<u8>)> {
        let builder = obs::builder().log("off").admin_off().metrics_filter(modules);
        let guard = builder.init().expect("it starts");
        Box::new(move |out| guard.write_metrics_text(out).expect("vectors take everything"))
    }

    pub fn nothing() -> Box<dyn FnMut(&mut Vec<u8>)> {
        start("off")
    }

    pub fn counters() -> Box<dyn FnMut(&mut Vec<u8>)> {
        let scrape = start(concat!("off,", module_path!(), "::counter=info"));
        (0..SERIES).for_each(|n| COUNTER.with(COUNTER { kind: Kind(n) }).inc());
        scrape
    }

    pub fn histograms() -> Box<dyn FnMut(&mut Vec<u8>)> {
        let scrape = start(concat!("off,", module_path!(), "::histogram=info"));
        (0..SERIES).for_each(|n| HISTOGRAM.with(HISTOGRAM { kind: Kind(n) }).observe(seconds(n)));
        scrape
    }
}

mod measured_ {
    use measured::label::StaticLabelSet;
    use measured::metric::histogram::Thresholds;
    use measured::text::BufferedTextEncoder;
    use measured::{CounterVec, FixedCardinalityLabel, HistogramVec, LabelGroup, MetricGroup};

    use super::{BOUNDS, SERIES, seconds};

    #[derive(Clone, Copy)]
    struct Kind(usize);

    impl measured::label::LabelValue for Kind {
        fn visit<V: measured::label::LabelVisitor>(&self, visitor: V) -> V::Output {
            visitor.write_int(self.0 as i64 + 10_000)
        }
    }

    impl FixedCardinalityLabel for Kind {
        fn cardinality() -> usize {
            SERIES
        }
        fn encode(&self) -> usize {
            self.0
        }
        fn decode(value: usize) -> Self {
            Kind(value)
        }
    }

    #[derive(Clone, Copy, LabelGroup)]
    #[label(set = ThingsSet)]
    struct Things {
        kind: Kind,
    }

    #[derive(MetricGroup)]
    #[metric(new())]
    struct Counters {
        /// Things.
        #[metric(init = CounterVec::with_label_set(ThingsSet { kind: StaticLabelSet::new() }))]
        measured_things_total: CounterVec<ThingsSet>,
    }

    #[derive(MetricGroup)]
    #[metric(new())]
    struct Histograms {
        /// Things.
        #[metric(init = HistogramVec::with_label_set_and_metadata(
            ThingsSet { kind: StaticLabelSet::new() },
            Thresholds::with_buckets(BOUNDS),
        ))]
        measured_things_seconds: HistogramVec<ThingsSet, 10>,
    }

    fn scrape(group: impl MetricGroup<BufferedTextEncoder> + 'static) -> Box<dyn FnMut(&mut Vec<u8>)> {
        let mut encoder = BufferedTextEncoder::new();
        Box::new(move |out| {
            let Ok(()) = group.collect_group_into(&mut encoder);
            out.extend_from_slice(&encoder.finish());
        })
    }

    pub fn counters() -> Box<dyn FnMut(&mut Vec<u8>)> {
        let counters = Counters::new();
        (0..SERIES).for_each(|n| counters.measured_things_total.inc(Things { kind: Kind(n) }));
        scrape(counters)
    }

    pub fn histograms() -> Box<dyn FnMut(&mut Vec<u8>)> {
        let histograms = Histograms::new();
        (0..SERIES)
            .for_each(|n| histograms.measured_things_seconds.observe(Things { kind: Kind(n) }, seconds(n)));
        scrape(histograms)
    }
}

mod metrics_ {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::{BOUNDS, SERIES, kind, seconds};

    fn scrape(record: impl Fn(String, usize)) -> Box<dyn FnMut(&mut Vec<u8>)> {
        let builder = PrometheusBuilder::new().set_buckets(&BOUNDS).expect("there are bounds");
        let recorder = builder.build_recorder();
        metrics::with_local_recorder(&recorder, || (0..SERIES).for_each(|n| record(kind(n), n)));
        let handle = recorder.handle();
        // It has no way to use memory again: the text is taken as it is.
        Box::new(move |out| *out = handle.render().into_bytes())
    }

    pub fn counters() -> Box<dyn FnMut(&mut Vec<u8>)> {
        scrape(|kind, _| metrics::counter!("measured_things_total", "kind" => kind).increment(1))
    }

    pub fn histograms() -> Box<dyn FnMut(&mut Vec<u8>)> {
        scrape(|kind, n| metrics::histogram!("measured_things_seconds", "kind" => kind).record(seconds(n)))
    }
}

mod prometheus_ {
    use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder};

    use super::{BOUNDS, SERIES, kind, seconds};

    fn scrape(registry: Registry) -> Box<dyn FnMut(&mut Vec<u8>)> {
        Box::new(move |out| {
            let mut text = String::from_utf8(std::mem::take(out)).expect("it is empty");
            TextEncoder::new().encode_utf8(&registry.gather(), &mut text).expect("strings take everything");
            *out = text.into_bytes();
        })
    }

    pub fn counters() -> Box<dyn FnMut(&mut Vec<u8>)> {
        let registry = Registry::new();
        let counters =
            IntCounterVec::new(Opts::new("measured_things_total", "Things."), &["kind"]).expect("it is well");
        registry.register(Box::new(counters.clone())).expect("it is the first");
        (0..SERIES).for_each(|n| counters.with_label_values(&[&kind(n)]).inc());
        scrape(registry)
    }

    pub fn histograms() -> Box<dyn FnMut(&mut Vec<u8>)> {
        let registry = Registry::new();
        let options = HistogramOpts::new("measured_things_seconds", "Things.").buckets(BOUNDS.to_vec());
        let histograms = HistogramVec::new(options, &["kind"]).expect("it is well");
        registry.register(Box::new(histograms.clone())).expect("it is the first");
        (0..SERIES).for_each(|n| histograms.with_label_values(&[&kind(n)]).observe(seconds(n)));
        scrape(registry)
    }
}

mod prometheus_client_ {
    use prometheus_client::encoding::EncodeLabelSet;
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::family::Family;
    use prometheus_client::metrics::histogram::Histogram;
    use prometheus_client::registry::Registry;

    use super::{BOUNDS, SERIES, kind, seconds};

    #[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
    struct Things {
        kind: String,
    }

    fn things(n: usize) -> Things {
        Things { kind: kind(n) }
    }

    fn scrape(registry: Registry) -> Box<dyn FnMut(&mut Vec<u8>)> {
        Box::new(move |out| {
            let mut text = String::from_utf8(std::mem::take(out)).expect("it is empty");
            prometheus_client::encoding::text::encode(&mut text, &registry).expect("strings take everything");
            *out = text.into_bytes();
        })
    }

    pub fn counters() -> Box<dyn FnMut(&mut Vec<u8>)> {
        let mut registry = Registry::default();
        let counters = Family::<Things, Counter>::default();
        registry.register("measured_things", "Things", counters.clone());
        (0..SERIES).for_each(|n| {
            counters.get_or_create(&things(n)).inc();
        });
        scrape(registry)
    }

    pub fn histograms() -> Box<dyn FnMut(&mut Vec<u8>)> {
        let mut registry = Registry::default();
        let histograms =
            Family::<Things, Histogram, fn() -> Histogram>::new_with_constructor(|| Histogram::new(BOUNDS));
        registry.register("measured_things_seconds", "Things", histograms.clone());
        (0..SERIES).for_each(|n| histograms.get_or_create(&things(n)).observe(seconds(n)));
        scrape(registry)
    }
}
