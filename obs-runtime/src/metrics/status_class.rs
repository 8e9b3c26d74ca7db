//! The class of an HTTP status.

use super::label::LabelValue;

/// The class of an HTTP status, as a label: five values and one for what is no status, instead of a series for each code.
///
/// ```text
/// { status: obs::StatusClass }        RESPONSES.with(RESPONSES { status: 404.into() })
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusClass {
    /// `1xx`
    Informational,
    /// `2xx`
    Success,
    /// `3xx`
    Redirection,
    /// `4xx`
    ClientError,
    /// `5xx`
    ServerError,
    /// `_OTHER`: below 100 or above 599, which RFC 9110 knows no class for.
    Other,
}

impl From<u16> for StatusClass {
    fn from(status: u16) -> Self {
        match status / 100 {
            1 => StatusClass::Informational,
            2 => StatusClass::Success,
            3 => StatusClass::Redirection,
            4 => StatusClass::ClientError,
            5 => StatusClass::ServerError,
            _ => StatusClass::Other,
        }
    }
}

impl From<http::StatusCode> for StatusClass {
    fn from(status: http::StatusCode) -> Self {
        status.as_u16().into()
    }
}

impl LabelValue for StatusClass {
    const VALUES: &'static [&'static str] = &["1xx", "2xx", "3xx", "4xx", "5xx", "_OTHER"];

    #[inline]
    fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn every_status_has_the_class_of_its_first_digit() {
        let of = |status: u16| *StatusClass::VALUES.get(StatusClass::from(status).index()).unwrap();
        let ends = [99, 100, 199, 200, 299, 300, 399, 400, 499, 500, 599, 600, u16::MAX];
        let classes = [
            "_OTHER", "1xx", "1xx", "2xx", "2xx", "3xx", "3xx", "4xx", "4xx", "5xx", "5xx", "_OTHER",
            "_OTHER",
        ];
        assert_eq!(ends.map(of), classes);
        assert_eq!(StatusClass::from(http::StatusCode::NOT_FOUND), StatusClass::ClientError);
    }
}
