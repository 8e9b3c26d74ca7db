//! Which of the formats a scraper gets.

use crate::header::Range;

/// A format for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus text format 0.0.4: everyone reads it; knows no exemplars and no units.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
    /// Delimited messages of Prometheus' data model: the only one with native histograms.
    Protobuf,
}

impl Format {
    /// Chooses by the `Accept` header: what it prefers, and of what it likes as much the richest. OpenMetrics and protobuf
    /// must be named.
    ///
    /// Weights as RFC 9110, section 12.4.2; a malformed weight counts as 0. Parameters that say nothing to us are
    /// passed over, `escaping` among them: no name of ours needs any. Never fails: a scraper that accepts nothing of
    /// ours gets text, as from every Prometheus client.
    pub(crate) fn negotiate(accept: Option<&str>) -> Format {
        let weights = |format: Format| {
            let ranges = accept.unwrap_or_default().split(',').map(Range::parse);
            ranges.filter(move |range| format.is_named_by(range)).map(|range| range.weight)
        };
        let of_kind = |kind: &str| {
            let ranges = accept.unwrap_or_default().split(',').map(Range::parse);
            ranges.filter(|r| r.is(kind)).map(|r| r.weight).reduce(u16::max)
        };
        let text =
            weights(Format::Text).reduce(u16::max).or_else(|| of_kind("text/*")).or_else(|| of_kind("*/*"));
        let named = [Format::Protobuf, Format::OpenMetrics].map(|f| (f, weights(f).max().unwrap_or(0)));
        let mut best = (Format::Text, text.unwrap_or(0));
        for (format, weight) in named.into_iter().rev() {
            if weight > 0 && weight >= best.1 {
                best = (format, weight);
            }
        }
        best.0
    }

    fn is_named_by(self, range: &Range<'_>) -> bool {
        let says =
            |key: &str, value: &str| range.parameter(key).is_none_or(|v| v.eq_ignore_ascii_case(value));
        match self {
            Format::Text => range.is("text/plain") && says("version", "0.0.4"),
            Format::OpenMetrics => range.is("application/openmetrics-text") && says("version", "1.0.0"),
            // Each of its parameters changes what the bytes are: none is left to a guess.
            Format::Protobuf => {
                range.is("application/vnd.google.protobuf")
                    && range.parameter("proto") == Some("io.prometheus.client.MetricFamily")
                    && range.parameter("encoding") == Some("delimited")
            }
        }
    }

    /// Returns the value of `Content-Type`.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Format::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_header_decides() {
        let prometheus_2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
            text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let prometheus_2_native = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
            encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,\
            application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
            application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
            text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        let prometheus_3_native = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; \
            encoding=delimited; escaping=allow-utf-8; q=0.6,application/openmetrics-text;version=1.0.0;\
            escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        let protobuf =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        let cases = [
            (None, Format::Text),
            (Some(""), Format::Text),
            (Some("*/*"), Format::Text),
            (Some(prometheus_2), Format::OpenMetrics),
            (Some(prometheus_2_native), Format::Protobuf),
            (Some(prometheus_3), Format::OpenMetrics),
            (Some(prometheus_3_native), Format::Protobuf),
            (Some(protobuf), Format::Protobuf),
            (Some(&format!("text/plain;q=0.7,{protobuf};q=0.6")), Format::Text),
            (Some(&format!("application/openmetrics-text;q=0.6,{protobuf};q=0.6")), Format::Protobuf),
            (Some(&format!("application/openmetrics-text;q=0.7,{protobuf};q=0.6")), Format::OpenMetrics),
            (Some(&protobuf.replace("delimited", "text")), Format::Text),
            (Some(&protobuf.replace("io.prometheus.client.MetricFamily", "other")), Format::Text),
            (Some("application/vnd.google.protobuf"), Format::Text),
            (Some("text/plain;version=1.0.0,application/openmetrics-text;q=0.1"), Format::OpenMetrics),
            (Some("application/openmetrics-text"), Format::OpenMetrics),
            (Some("Application/OpenMetrics-Text; Version=1.0.0"), Format::OpenMetrics),
            (Some("application/openmetrics-text; version=\"1.0.0\", */*"), Format::OpenMetrics),
            (Some("application/openmetrics-text; version=0.0.1"), Format::Text),
            (Some("application/openmetrics-text;q=0"), Format::Text),
            (Some("application/openmetrics-text;q=0.4, text/plain;q=0.5"), Format::Text),
            (Some("application/openmetrics-text;q=0.4, */*;q=0.5"), Format::Text),
            (Some("application/openmetrics-text;q=banana"), Format::Text),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Format::Text),
            (Some(";;;=,,,q=;\u{0};"), Format::Text),
        ];
        for (accept, format) in cases {
            assert_eq!(Format::negotiate(accept), format, "{accept:?}");
        }
    }
}
