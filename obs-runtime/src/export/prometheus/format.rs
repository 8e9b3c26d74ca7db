//! Which of the two text formats a scraper gets.

/// A text format for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus text format 0.0.4: everyone reads it; knows no exemplars and no units.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// Chooses by the `Accept` header: OpenMetrics where it is named and nothing is preferred to it, else text.
    ///
    /// Weights as RFC 9110, section 12.4.2; a malformed weight counts as 0. Never fails: a scraper that accepts
    /// neither gets text, as from every Prometheus client.
    pub(crate) fn negotiate(accept: Option<&str>) -> Format {
        let ranges = || accept.unwrap_or_default().split(',').map(Range::parse);
        let best = |kind: &str| {
            let weights = ranges().filter(|r| r.kind.eq_ignore_ascii_case(kind)).map(|r| r.weight);
            weights.reduce(u16::max)
        };
        let open = ranges()
            .filter(|r| r.kind.eq_ignore_ascii_case("application/openmetrics-text"))
            .filter(|r| r.version.is_none_or(|v| v == "1.0.0"))
            .map(|r| r.weight)
            .max()
            .unwrap_or(0);
        let text = best("text/plain").or_else(|| best("text/*")).or_else(|| best("*/*")).unwrap_or(0);
        if open > 0 && open >= text { Format::OpenMetrics } else { Format::Text }
    }

    /// Returns the value of `Content-Type`.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// One member of an `Accept` header.
struct Range<'a> {
    kind: &'a str,
    version: Option<&'a str>,
    /// In thousandths.
    weight: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let mut range = Range { kind: parts.next().unwrap_or_default(), version: None, weight: 1_000 };
        for (key, value) in parts.filter_map(|p| p.split_once('=')) {
            let (key, value) = (key.trim(), value.trim());
            if key.eq_ignore_ascii_case("q") {
                range.weight = weight(value);
            } else if key.eq_ignore_ascii_case("version") {
                range.version = Some(value.trim_matches('"'));
            }
        }
        range
    }
}

/// Reads `0.5` as 500.
fn weight(text: &str) -> u16 {
    match text.parse::<f32>() {
        Ok(q) if (0.0..=1.0).contains(&q) => (q * 1_000.0) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_header_decides() {
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
            application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
            text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        let cases = [
            (None, Format::Text),
            (Some(""), Format::Text),
            (Some("*/*"), Format::Text),
            (Some(prometheus_3), Format::OpenMetrics),
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
