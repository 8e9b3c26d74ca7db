//! Messages with every field, out of a seed.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar,
    number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

/// A generator of messages (SplitMix64). Floats have few digits: whoever reads the JSON here may round others.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(super) fn list<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(3)).map(|_| make(self)).collect()
    }

    /// A list that is never empty: what the generated types of lists in values and of entities cannot do without.
    fn some<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..=self.below(2)).map(|_| make(self)).collect()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) > 0).then(|| make(self))
    }

    /// Small, large and in between.
    fn long(&mut self) -> u64 {
        let bits = self.below(65) as u32;
        self.next().checked_shr(bits).unwrap_or(0)
    }

    fn int(&mut self) -> u32 {
        self.long() as u32
    }

    fn double(&mut self) -> f64 {
        let exponent = self.below(20) as i32 - 10;
        (self.next() as i16) as f64 * 2_f64.powi(exponent)
    }

    fn text(&mut self) -> String {
        const LETTERS: &[char] = &[
            'a', 'Z', '0', ' ', '"', '\\', '/', '\n', '\u{0}', '\u{7f}', '\u{85}', 'é', '\u{2028}',
            '\u{202e}', '🦀',
        ];
        (0..self.below(6)).map(|_| LETTERS[self.below(LETTERS.len() as u64) as usize]).collect()
    }

    fn id(&mut self, length: usize) -> Vec<u8> {
        if self.below(4) == 0 { Vec::new() } else { (0..length).map(|_| self.next() as u8).collect() }
    }

    fn value(&mut self, depth: u32) -> AnyValue {
        let value = match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => return AnyValue { value: None },
            1 => Value::StringValue(self.text()),
            2 => Value::BoolValue(self.below(2) == 0),
            3 => Value::IntValue(self.long().cast_signed()),
            4 => Value::DoubleValue(self.double()),
            5 => Value::BytesValue((0..self.below(6)).map(|_| self.next() as u8).collect()),
            6 => Value::ArrayValue(ArrayValue { values: self.some(|r| r.value(depth - 1)) }),
            _ => Value::KvlistValue(KeyValueList { values: self.some(|r| r.attribute_within(depth - 1)) }),
        };
        AnyValue { value: Some(value) }
    }

    /// Never without a name: the generated types do not read it then.
    fn attribute_within(&mut self, depth: u32) -> KeyValue {
        KeyValue {
            key: format!("k{}", self.text()),
            value: self.maybe(|r| r.value(depth)),
            key_strindex: self.int().cast_signed(),
        }
    }

    fn attribute(&mut self) -> KeyValue {
        self.attribute_within(3)
    }

    fn resource(&mut self) -> Resource {
        Resource {
            attributes: self.list(Random::attribute),
            dropped_attributes_count: self.int(),
            entity_refs: self.list(|r| EntityRef {
                schema_url: format!("s{}", r.text()),
                r#type: format!("t{}", r.text()),
                id_keys: r.some(Random::text),
                description_keys: r.some(Random::text),
            }),
        }
    }

    fn scope(&mut self) -> InstrumentationScope {
        InstrumentationScope {
            name: self.text(),
            version: self.text(),
            attributes: self.list(Random::attribute),
            dropped_attributes_count: self.int(),
        }
    }

    pub(super) fn resource_spans(&mut self) -> ResourceSpans {
        ResourceSpans {
            resource: self.maybe(Random::resource),
            scope_spans: self.list(|r| ScopeSpans {
                scope: r.maybe(Random::scope),
                spans: r.list(Random::span),
                schema_url: r.text(),
            }),
            schema_url: self.text(),
        }
    }

    fn span(&mut self) -> Span {
        Span {
            trace_id: self.id(16),
            span_id: self.id(8),
            trace_state: self.text(),
            parent_span_id: self.id(8),
            flags: self.int(),
            name: self.text(),
            kind: self.below(6) as i32,
            start_time_unix_nano: self.long(),
            end_time_unix_nano: self.long(),
            attributes: self.list(Random::attribute),
            dropped_attributes_count: self.int(),
            events: self.list(|r| Event {
                time_unix_nano: r.long(),
                name: r.text(),
                attributes: r.list(Random::attribute),
                dropped_attributes_count: r.int(),
            }),
            dropped_events_count: self.int(),
            links: self.list(|r| Link {
                trace_id: r.id(16),
                span_id: r.id(8),
                trace_state: r.text(),
                attributes: r.list(Random::attribute),
                dropped_attributes_count: r.int(),
                flags: r.int(),
            }),
            dropped_links_count: self.int(),
            status: self.maybe(|r| Status { message: r.text(), code: r.below(3) as i32 }),
        }
    }

    pub(super) fn resource_logs(&mut self) -> ResourceLogs {
        ResourceLogs {
            resource: self.maybe(Random::resource),
            scope_logs: self.list(|r| ScopeLogs {
                scope: r.maybe(Random::scope),
                log_records: r.list(Random::log),
                schema_url: r.text(),
            }),
            schema_url: self.text(),
        }
    }

    fn log(&mut self) -> LogRecord {
        LogRecord {
            time_unix_nano: self.long(),
            observed_time_unix_nano: self.long(),
            severity_number: self.below(25) as i32,
            severity_text: self.text(),
            body: self.maybe(|r| r.value(3)),
            attributes: self.list(Random::attribute),
            dropped_attributes_count: self.int(),
            flags: self.int(),
            trace_id: self.id(16),
            span_id: self.id(8),
            event_name: self.text(),
        }
    }

    pub(super) fn resource_metrics(&mut self) -> ResourceMetrics {
        ResourceMetrics {
            resource: self.maybe(Random::resource),
            scope_metrics: self.list(|r| ScopeMetrics {
                scope: r.maybe(Random::scope),
                metrics: r.list(Random::metric),
                schema_url: r.text(),
            }),
            schema_url: self.text(),
        }
    }

    fn metric(&mut self) -> Metric {
        let aggregation_temporality = self.below(3) as i32;
        let data = match self.below(6) {
            0 => None,
            1 => Some(Data::Gauge(Gauge { data_points: self.list(Random::number_point) })),
            2 => Some(Data::Sum(Sum {
                data_points: self.list(Random::number_point),
                aggregation_temporality,
                is_monotonic: self.below(2) == 0,
            })),
            3 => {
                let data_points = self.list(Random::histogram_point);
                Some(Data::Histogram(Histogram { data_points, aggregation_temporality }))
            }
            4 => {
                let data_points = self.list(Random::exponential_point);
                Some(Data::ExponentialHistogram(ExponentialHistogram {
                    data_points,
                    aggregation_temporality,
                }))
            }
            _ => Some(Data::Summary(Summary { data_points: self.list(Random::summary_point) })),
        };
        Metric {
            name: self.text(),
            description: self.text(),
            unit: self.text(),
            metadata: self.list(Random::attribute),
            data,
        }
    }

    fn number_point(&mut self) -> NumberDataPoint {
        let value = self.maybe(|r| match r.below(2) {
            0 => number_data_point::Value::AsDouble(r.double()),
            _ => number_data_point::Value::AsInt(r.long().cast_signed()),
        });
        NumberDataPoint {
            attributes: self.list(Random::attribute),
            start_time_unix_nano: self.long(),
            time_unix_nano: self.long(),
            exemplars: self.list(Random::exemplar),
            flags: self.int(),
            value,
        }
    }

    fn histogram_point(&mut self) -> HistogramDataPoint {
        HistogramDataPoint {
            attributes: self.list(Random::attribute),
            start_time_unix_nano: self.long(),
            time_unix_nano: self.long(),
            count: self.long(),
            sum: self.maybe(Random::double),
            bucket_counts: self.list(Random::long),
            explicit_bounds: self.list(Random::double),
            exemplars: self.list(Random::exemplar),
            flags: self.int(),
            min: self.maybe(Random::double),
            max: self.maybe(Random::double),
        }
    }

    fn exponential_point(&mut self) -> ExponentialHistogramDataPoint {
        let buckets =
            |r: &mut Random| Buckets { offset: r.int().cast_signed(), bucket_counts: r.list(Random::long) };
        ExponentialHistogramDataPoint {
            attributes: self.list(Random::attribute),
            start_time_unix_nano: self.long(),
            time_unix_nano: self.long(),
            count: self.long(),
            sum: self.maybe(Random::double),
            scale: self.int().cast_signed(),
            zero_count: self.long(),
            positive: self.maybe(buckets),
            negative: self.maybe(buckets),
            flags: self.int(),
            exemplars: self.list(Random::exemplar),
            min: self.maybe(Random::double),
            max: self.maybe(Random::double),
            zero_threshold: self.double(),
        }
    }

    fn summary_point(&mut self) -> SummaryDataPoint {
        SummaryDataPoint {
            attributes: self.list(Random::attribute),
            start_time_unix_nano: self.long(),
            time_unix_nano: self.long(),
            count: self.long(),
            sum: self.double(),
            quantile_values: self.list(|r| ValueAtQuantile { quantile: r.double(), value: r.double() }),
            flags: self.int(),
        }
    }

    fn exemplar(&mut self) -> Exemplar {
        let value = self.maybe(|r| match r.below(2) {
            0 => exemplar::Value::AsDouble(r.double()),
            _ => exemplar::Value::AsInt(r.long().cast_signed()),
        });
        Exemplar {
            filtered_attributes: self.list(Random::attribute),
            time_unix_nano: self.long(),
            span_id: self.id(8),
            trace_id: self.id(16),
            value,
        }
    }
}
