//! Whether something answers HTTP as it should.

mod exchange;
mod secured;
mod url;

use std::ops::{Bound, RangeBounds, RangeInclusive};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::http::header::HOST;
use ::http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use self::exchange::{Answer, Exchange};
use self::secured::secured;
use self::url::Url;
use super::most;
use crate::Health;
use crate::health::check::{Check, Work};
use crate::record::Text;

/// What a status can be (RFC 9110, section 15).
const STATUSES: RangeInclusive<u16> = 100..=599;

/// What [`http()`] looks at.
#[derive(Clone, Debug)]
pub struct Http {
    url: String,
    status: RangeInclusive<u16>,
    /// As they were given.
    headers: Vec<(String, String)>,
    contains: Option<String>,
    certificate: Option<PathBuf>,
}

/// Makes a check that a GET of `url` is answered, by default with a status from 200 to 299.
///
/// Each run is a connection and a request of its own; redirects are not followed, no proxy is asked, and at most 64 KiB of the
/// answer are read. The reason tells apart a name that does not resolve, a connection that is refused, one that answers with
/// another status or not in HTTP, and what is not there within the check's timeout. The URL's query is sent and shown nowhere;
/// a URL with a user is refused. `https` needs the feature `tls` and trusts the system's authorities, or those of
/// `SSL_CERT_FILE`. Runs on a thread of ours and needs no runtime of the program's. Details: `url`, `status`, `bytes` (of the
/// answer, as far as it was read), `address`, `seconds`.
///
/// ```
/// # extern crate obs_runtime as obs;
/// use obs::health::http;
///
/// let search = http("search", "http://search:9200/_cluster/health").contains("\"green\"").critical();
/// let builder = obs::builder().health_check(search);
/// # let _ = builder;
/// ```
pub fn http(name: impl Into<Text>, url: impl Into<String>) -> Check<Http> {
    Check::of(
        name,
        Http { url: url.into(), status: 200..=299, headers: Vec::new(), contains: None, certificate: None },
    )
}

impl Check<Http> {
    /// Sets which statuses are well, as in `200..=204`; from 200 to 299.
    pub fn status(mut self, statuses: impl RangeBounds<u16>) -> Self {
        let start = match statuses.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => *STATUSES.start(),
        };
        let end = match statuses.end_bound() {
            Bound::Included(end) => *end,
            Bound::Excluded(after) => after.saturating_sub(1),
            Bound::Unbounded => *STATUSES.end(),
        };
        self.work.status = start..=end;
        self
    }

    /// Adds a header to the request, or replaces the one of that name, `host` and `user-agent` too. Values are shown nowhere.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.work.headers.push((name.into(), value.into()));
        self
    }

    /// Demands that the first 64 KiB of the answer contain a text.
    pub fn contains(mut self, text: impl Into<String>) -> Self {
        self.work.contains = Some(text.into());
        self
    }

    /// Trusts the authorities in a file (PEM) in the place of the system's, for `https`. The file is read once, when the check is
    /// registered.
    #[cfg(feature = "tls")]
    pub fn certificate(mut self, path: impl Into<PathBuf>) -> Self {
        self.work.certificate = Some(path.into());
        self
    }
}

impl From<Check<Http>> for Check {
    fn from(check: Check<Http>) -> Check {
        check.into_work(|http| {
            let probe = Arc::new(http.probe()?);
            Ok(Work::own(move |_, timeout| {
                let probe = Arc::clone(&probe);
                Ok(async move { probe.look(most(timeout)).await })
            }))
        })
    }
}

/// All of it, taken apart.
struct Probe {
    exchange: Exchange,
    status: RangeInclusive<u16>,
    contains: Option<String>,
}

impl Http {
    fn probe(self) -> Result<Probe, String> {
        let Http { url, status, headers, contains, certificate } = self;
        if status.is_empty() || !STATUSES.contains(status.start()) || !STATUSES.contains(status.end()) {
            let (start, end) = status.into_inner();
            return Err(format!(
                "from {start} to {end} are no statuses; write some of 100 to 599, as in `200..=204`"
            ));
        }
        let url = Url::parse(&url)?;
        let headers = self::headers(&url, &headers)?;
        let secured = secured(&url, certificate.as_deref())?;
        Ok(Probe { exchange: Exchange::new(url, headers, secured), status, contains })
    }
}

/// Returns the headers of every request, or says which of the `given` ones cannot be sent.
fn headers(url: &Url, given: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    map.insert(HOST, url.authority.clone());
    map.insert("user-agent", HeaderValue::from_static(concat!("obs/", env!("CARGO_PKG_VERSION"))));
    map.insert("accept", HeaderValue::from_static("*/*"));
    map.insert("connection", HeaderValue::from_static("close"));
    for (name, value) in given {
        let problem = |what| {
            format!("the {what} of the header `{}` cannot be sent; write another", name.escape_debug())
        };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| problem("name"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| problem("value"))?;
        value.set_sensitive(true);
        map.insert(key, value);
    }
    Ok(map)
}

impl Probe {
    async fn look(&self, limit: Duration) -> Health {
        let started = Instant::now();
        let looked = self.exchange.run(started + limit, limit).await;
        let health = match looked {
            Err(reason) => Health::unhealthy(reason),
            Ok(answer) => self
                .judge(&answer)
                .with("status", u32::from(answer.status.as_u16()))
                .with("bytes", answer.body.len() as u64)
                .with("address", answer.address.to_string()),
        };
        health.with("url", self.exchange.url.shown.clone()).with("seconds", started.elapsed().as_secs_f64())
    }

    fn judge(&self, answer: &Answer) -> Health {
        let shown = &self.exchange.url.shown;
        if !self.status.contains(&answer.status.as_u16()) {
            let hint = match &answer.redirect {
                Some(host) => format!(", a redirect to {host}, which is not followed; name the place itself"),
                None => String::new(),
            };
            return Health::unhealthy(format!("{shown} answered {}{hint}", answer.status));
        }
        let Some(text) = &self.contains else {
            return Health::healthy();
        };
        if memchr::memmem::find(&answer.body, text.as_bytes()).is_some() {
            return Health::healthy();
        }
        let within = if answer.is_cut { "first 64 KiB of the answer" } else { "answer" };
        Health::unhealthy(format!("`{text}` is not in the {within} of {shown}"))
    }
}

#[cfg(test)]
mod tests;
