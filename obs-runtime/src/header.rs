//! What a client prefers, as HTTP headers say it.

/// One member of an `Accept` or `Accept-Encoding` header (RFC 9110, sections 12.5.1 and 12.5.3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range<'a> {
    kind: &'a str,
    parameters: &'a str,
    /// In thousandths.
    pub(crate) weight: u16,
}

impl<'a> Range<'a> {
    /// Reads one; a malformed weight counts as 0.
    pub(crate) fn parse(text: &'a str) -> Self {
        let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
        let mut range = Range { kind: kind.trim(), parameters, weight: 1_000 };
        range.weight = range.parameter("q").map_or(1_000, weight);
        range
    }

    /// Tells whether this is about a kind, as `text/plain` or `gzip`.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// Returns the value of a parameter.
    pub(crate) fn parameter(&self, key: &str) -> Option<&'a str> {
        let pairs = self.parameters.split(';').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(k, _)| k.trim().eq_ignore_ascii_case(key));
        values.next().map(|(_, value)| value.trim().trim_matches('"'))
    }
}

/// Reads `0.5` as 500.
fn weight(text: &str) -> u16 {
    match text.parse::<f32>() {
        Ok(q) if (0.0..=1.0).contains(&q) => (q * 1_000.0) as u16,
        _ => 0,
    }
}

/// Tells whether a client that sends this `Accept-Encoding` reads gzip: only one that says so does.
pub(crate) fn reads_gzip(accept_encoding: Option<&str>) -> bool {
    let ranges = || accept_encoding.unwrap_or_default().split(',').map(Range::parse);
    let of = |kind: &str| ranges().find(|r| r.is(kind)).map(|r| r.weight);
    of("gzip").or_else(|| of("x-gzip")).or_else(|| of("*")).is_some_and(|weight| weight > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_those_who_name_it() {
        let cases = [
            (None, false),
            (Some(""), false),
            (Some("identity"), false),
            (Some("gzip"), true),
            (Some("br, GZip;q=0.5"), true),
            (Some("gzip;q=0, *"), false),
            (Some("gzip;q=nothing"), false),
            (Some("*"), true),
            (Some("*;q=0"), false),
            (Some("x-gzip"), true),
            (Some("deflate, gzip;q=1.0, *;q=0.5"), true),
        ];
        for (header, reads) in cases {
            assert_eq!(reads_gzip(header), reads, "{header:?}");
        }
    }
}
