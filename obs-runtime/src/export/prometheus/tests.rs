#![allow(clippy::unwrap_used)] // a test fails by panicking

mod escaping;
mod protobuf;

use super::*;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::record::Exemplar;

/// A source made of a function.
struct Source<F>(F);

impl<F: Fn(&mut dyn MetricVisitor) + Send + Sync> MetricSource for Source<F> {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        (self.0)(visitor);
    }
}

fn family(visitor: &mut dyn MetricVisitor, name: &str, help: &str, unit: &str, kind: MetricKind) {
    visitor.family(&Family { name, help, unit, kind });
}

fn text_of(format: Format, sources: Vec<Arc<dyn MetricSource>>) -> String {
    rendered(&sources, format)
}

fn shop(visitor: &mut dyn MetricVisitor) {
    family(visitor, "orders_total", "Orders.", "", MetricKind::Counter);
    visitor.point(&[("region", "eu"), ("outcome", "ok")], Point::Counter(7));
    family(visitor, "order_duration_seconds", "Time.", "seconds", MetricKind::Histogram);
    let exemplar = Exemplar {
        context: Some(SpanContext {
            trace_id: TraceId::new(0xabc).unwrap(),
            span_id: SpanId::new(0xdef).unwrap(),
            flags: 1,
            tracestate: None,
        }),
        correlation_id: Some("order-7".into()),
        value: 0.75,
        time_unix_nanos: 1_500_000_000,
    };
    visitor.point(
        &[("region", "eu")],
        Point::Histogram {
            bounds: &[0.5, 1.0],
            buckets: &[1, 2, 3],
            sum: 9.5,
            exemplars: &[None, Some(exemplar), None],
            exponential: None,
        },
    );
    family(visitor, "build_info", "Build.", "", MetricKind::Info);
    visitor.point(&[("version", "1")], Point::Gauge(1.0));
}

#[test]
fn text_has_suffixes_everywhere_and_no_exemplars() {
    let expected = r#"# HELP orders_total Orders.
# TYPE orders_total counter
orders_total{region="eu",outcome="ok"} 7
# HELP order_duration_seconds Time.
# TYPE order_duration_seconds histogram
order_duration_seconds_bucket{region="eu",le="0.5"} 1
order_duration_seconds_bucket{region="eu",le="1"} 3
order_duration_seconds_bucket{region="eu",le="+Inf"} 6
order_duration_seconds_sum{region="eu"} 9.5
order_duration_seconds_count{region="eu"} 6
# HELP build_info Build.
# TYPE build_info gauge
build_info{version="1"} 1
"#;
    assert_eq!(text_of(Format::Text, vec![Arc::new(Source(shop))]), expected);
}

#[test]
fn open_metrics_has_units_exemplars_and_an_end() {
    let expected = r##"# HELP orders Orders.
# TYPE orders counter
orders_total{region="eu",outcome="ok"} 7
# HELP order_duration_seconds Time.
# TYPE order_duration_seconds histogram
# UNIT order_duration_seconds seconds
order_duration_seconds_bucket{region="eu",le="0.5"} 1
order_duration_seconds_bucket{region="eu",le="1.0"} 3 # {trace_id="00000000000000000000000000000abc",span_id="0000000000000def",correlation_id="order-7"} 0.75 1.500000000
order_duration_seconds_bucket{region="eu",le="+Inf"} 6
order_duration_seconds_sum{region="eu"} 9.5
order_duration_seconds_count{region="eu"} 6
# HELP build Build.
# TYPE build info
build_info{version="1"} 1
# EOF
"##;
    assert_eq!(text_of(Format::OpenMetrics, vec![Arc::new(Source(shop))]), expected);
}

#[test]
fn help_and_label_values_are_escaped() {
    let source = |visitor: &mut dyn MetricVisitor| {
        family(visitor, "g", "a \"b\" \\ c\nd", "", MetricKind::Gauge);
        visitor.point(&[("l", "a \"b\" \\ c\nd")], Point::Gauge(f64::NAN));
    };
    let text = text_of(Format::Text, vec![Arc::new(Source(source))]);
    assert_eq!(text, "# HELP g a \"b\" \\\\ c\\nd\n# TYPE g gauge\ng{l=\"a \\\"b\\\" \\\\ c\\nd\"} NaN\n");
    let open = text_of(Format::OpenMetrics, vec![Arc::new(Source(source))]);
    assert!(open.starts_with("# HELP g a \\\"b\\\" \\\\ c\\nd\n"));
}

#[test]
fn the_second_family_of_a_name_is_left_out() {
    let gauge = |visitor: &mut dyn MetricVisitor| {
        family(visitor, "orders", "Another.", "", MetricKind::Gauge);
        visitor.point(&[], Point::Gauge(2.0));
        family(visitor, "fine", "", "", MetricKind::Gauge);
        visitor.point(&[], Point::Gauge(3.0));
    };
    let sources = || -> Vec<Arc<dyn MetricSource>> { vec![Arc::new(Source(shop)), Arc::new(Source(gauge))] };
    for format in [Format::Text, Format::OpenMetrics] {
        let text = text_of(format, sources());
        assert!(!text.contains("Another.") && !text.contains("\norders 2"), "{text}");
        assert!(text.contains("# TYPE fine gauge\nfine 3\n"), "{text}");
    }
}

#[test]
fn a_unit_that_the_name_does_not_end_in_is_left_out() {
    let source = |visitor: &mut dyn MetricVisitor| family(visitor, "size", "", "bytes", MetricKind::Gauge);
    assert_eq!(text_of(Format::OpenMetrics, vec![Arc::new(Source(source))]), "# TYPE size gauge\n# EOF\n");
}

#[test]
fn a_bound_below_zero_leaves_the_sum_of_open_metrics_away() {
    let source = |visitor: &mut dyn MetricVisitor| {
        family(visitor, "degrees", "", "", MetricKind::Histogram);
        let (bounds, buckets, sum) = (&[-1.0][..], &[1, 1][..], -2.0);
        visitor.point(&[], Point::Histogram { bounds, buckets, sum, exemplars: &[], exponential: None });
    };
    let lines = "degrees_bucket{le=\"-1.0\"} 1\ndegrees_bucket{le=\"+Inf\"} 2\n";
    let open = text_of(Format::OpenMetrics, vec![Arc::new(Source(source))]);
    assert_eq!(open, format!("# TYPE degrees histogram\n{lines}# EOF\n"));
    assert!(
        text_of(Format::Text, vec![Arc::new(Source(source))]).ends_with("degrees_sum -2\ndegrees_count 2\n")
    );
}

#[test]
fn bounds_and_labels_are_those_of_the_series_at_hand() {
    let source = |visitor: &mut dyn MetricVisitor| {
        for (name, bounds) in [("a", &[1.0][..]), ("b", &[1.0]), ("c", &[2.0, 3.0])] {
            family(visitor, name, "", "", MetricKind::Histogram);
            for labels in
                [&[("x", "1"), ("y", "1")][..], &[("x", "1"), ("y", "2")], &[("x", "2")], &[("z", "2")], &[]]
            {
                let buckets = if bounds.len() == 1 { &[1, 0][..] } else { &[1, 0, 0] };
                let point = Point::Histogram { bounds, buckets, sum: 0.5, exemplars: &[], exponential: None };
                visitor.point(labels, point);
            }
        }
    };
    let text = text_of(Format::Text, vec![Arc::new(Source(source))]);
    let mut expected = String::new();
    for (name, bounds) in [("a", &["1"][..]), ("b", &["1"]), ("c", &["2", "3"])] {
        expected += &format!("# TYPE {name} histogram\n");
        for labels in ["x=\"1\",y=\"1\"", "x=\"1\",y=\"2\"", "x=\"2\"", "z=\"2\"", ""] {
            let (comma, braced) = match labels {
                "" => ("", String::new()),
                labels => (",", format!("{{{labels}}}")),
            };
            for le in bounds.iter().chain(&["+Inf"]) {
                expected += &format!("{name}_bucket{{{labels}{comma}le=\"{le}\"}} 1\n");
            }
            expected += &format!("{name}_sum{braced} 0.5\n{name}_count{braced} 1\n");
        }
    }
    assert_eq!(text, expected);
}

/// Takes a number of pieces, then none.
struct Takes {
    pieces: usize,
    largest: usize,
    all: usize,
}

impl io::Write for Takes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pieces = self.pieces.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        self.largest = self.largest.max(bytes.len());
        self.all += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn however_much_there_is_pieces_are_small_and_an_error_ends_it() {
    let many = |visitor: &mut dyn MetricVisitor| {
        family(visitor, "a_total", "", "", MetricKind::Counter);
        for n in 0..100_000 {
            visitor.point(&[("n", &n.to_string())], Point::Counter(n));
        }
    };
    for (format, most) in
        [(Format::Text, 20 << 10), (Format::OpenMetrics, 20 << 10), (Format::Protobuf, 100 << 10)]
    {
        let sources: [Arc<dyn MetricSource>; 1] = [Arc::new(Source(many))];
        let mut all = Takes { pieces: usize::MAX, largest: 0, all: 0 };
        render(&sources, format, &mut all).unwrap();
        assert!(all.all > 1 << 20 && all.largest <= most, "{format:?}: {}", all.largest);
        let mut few = Takes { pieces: 3, largest: 0, all: 0 };
        assert_eq!(render(&sources, format, &mut few).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(few.all < all.all / 2);
    }
}

#[test]
fn a_correlation_id_that_does_not_fit_an_exemplar_is_left_out() {
    let of = |id: &str| Exemplar {
        context: Some(SpanContext {
            trace_id: TraceId::new(1).unwrap(),
            span_id: SpanId::new(2).unwrap(),
            flags: 1,
            tracestate: None,
        }),
        correlation_id: Some(id.into()),
        value: 1.0,
        time_unix_nanos: 0,
    };
    let fits = "c".repeat(128 - 8 - 32 - 7 - 16 - 14);
    assert_eq!(correlation_id(&of(&fits)), Some(fits.as_str()));
    assert_eq!(correlation_id(&of(&format!("{fits}c"))), None);
}
