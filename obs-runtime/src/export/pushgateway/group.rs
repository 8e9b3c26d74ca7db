//! The group that a process is in a Pushgateway.

use std::fmt;

/// A Prometheus Pushgateway, and the group of metrics that this process is there: what
/// [`Builder::pushgateway`](crate::Builder::pushgateway) takes.
///
/// Metrics are pushed on an interval, at every flush and when the guard is dropped. A push replaces what the group held
/// (HTTP `PUT`). The gateway keeps a group until somebody deletes it: jobs that run again should push to the same one.
#[derive(Clone, PartialEq, Eq)]
pub struct Pushgateway {
    url: String,
    job: Option<String>,
    grouping: Vec<(String, String)>,
    keep_others: bool,
    /// The option that gave it.
    option: &'static str,
}

/// Without the URL, which may hold a secret.
impl fmt::Debug for Pushgateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Pushgateway");
        out.field("job", &self.job).field("grouping", &self.grouping).finish_non_exhaustive()
    }
}

impl<U: Into<String>> From<U> for Pushgateway {
    fn from(url: U) -> Self {
        Pushgateway::new(url)
    }
}

impl Pushgateway {
    /// Names a gateway by its address, as in `http://localhost:9091`; a wrong one is an error of `init()`.
    pub fn new(url: impl Into<String>) -> Self {
        let (url, option) = (url.into(), "Builder::pushgateway");
        Pushgateway { url, job: None, grouping: Vec::new(), keep_others: false, option }
    }

    /// Sets the label `job` of everything that is pushed; the name of the service unless it is set.
    pub fn job(mut self, job: impl Into<String>) -> Self {
        self.job = Some(job.into());
        self
    }

    /// Adds a label to all that is pushed, and makes what has another value there another group. No metric of the
    /// program may have a label of this name.
    pub fn grouping(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.grouping.push((label.into(), value.into()));
        self
    }

    /// Leaves metrics in the group that have names of which nothing is pushed (HTTP `POST`).
    pub fn keep_others(mut self) -> Self {
        self.keep_others = true;
        self
    }

    /// Sets the job where it was not set.
    pub(crate) fn or_job(mut self, job: &str) -> Self {
        self.job.get_or_insert_with(|| job.to_owned());
        self
    }

    /// Says which option gave it.
    pub(crate) fn named_by(self, option: &'static str) -> Self {
        Pushgateway { option, ..self }
    }

    /// Returns its address, which may hold a secret.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the option that gave it.
    pub(crate) fn option(&self) -> &'static str {
        self.option
    }

    pub(super) fn keeps_others(&self) -> bool {
        self.keep_others
    }

    /// Returns where to push, or what is wrong with the group.
    pub(super) fn endpoint(&self) -> Result<String, String> {
        if self.url.contains("/metrics/job") {
            return Err("the address names a group; leave `/metrics/job...` away and name the job by \
                        `OBS_PUSHGATEWAY_JOB` or `Pushgateway::job`"
                .to_owned());
        }
        let job = self.job.as_deref().unwrap_or_default();
        if job.is_empty() {
            return Err("the job is empty; set `OBS_PUSHGATEWAY_JOB` or `Pushgateway::job`".to_owned());
        }
        let mut endpoint = format!("{}/metrics", self.url.trim_end_matches('/'));
        write_label(&mut endpoint, "job", job);
        for (at, (label, value)) in self.grouping.iter().enumerate() {
            let before = self.grouping.get(..at).unwrap_or_default();
            if label == "job" || before.iter().any(|(other, _)| other == label) {
                return Err(format!("the group has `{label}` twice; leave one away"));
            }
            if !is_label(label) {
                let wanted = "write letters, digits and `_`, not beginning with a digit or `__`";
                return Err(format!("`{}` is no name of a label; {wanted}", label.escape_debug()));
            }
            write_label(&mut endpoint, label, value);
        }
        Ok(endpoint)
    }
}

fn is_label(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && !name.starts_with("__") && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Writes one label of the path. What holds a slash, and what is empty, goes as base64 (README of the Pushgateway, "URL").
fn write_label(out: &mut String, label: &str, value: &str) {
    out.push('/');
    out.push_str(label);
    if value.is_empty() {
        out.push_str("@base64/=");
    } else if value.contains('/') || value == "." || value == ".." {
        out.push_str("@base64/");
        write_base64(out, value.as_bytes());
    } else {
        out.push('/');
        value.bytes().for_each(|byte| write_percent(out, byte));
    }
}

fn write_percent(out: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        out.push(char::from(byte));
    } else {
        out.push_str(&format!("%{byte:02X}"));
    }
}

/// Base64 for URLs, without padding (RFC 4648, section 5).
fn write_base64(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..=chunk.len() {
            let six = (bits >> (18 - 6 * digit)) & 0x3f;
            out.extend(DIGITS.get(six as usize).map(|digit| char::from(*digit)));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    fn group() -> Pushgateway {
        Pushgateway::new("http://gateway:9091/")
    }

    #[test]
    fn the_group_is_the_path() {
        let endpoint = |group: Pushgateway| group.endpoint().unwrap();
        assert_eq!(endpoint(group().job("nightly")), "http://gateway:9091/metrics/job/nightly");
        assert_eq!(
            endpoint(group().job("a b").grouping("shard", "3").grouping("zone", "é")),
            "http://gateway:9091/metrics/job/a%20b/shard/3/zone/%C3%A9"
        );
        assert_eq!(
            endpoint(group().job("some/job").grouping("path", "/var/tmp").grouping("none", "")),
            "http://gateway:9091/metrics/job@base64/c29tZS9qb2I/path@base64/L3Zhci90bXA/none@base64/="
        );
    }

    #[test]
    fn groups_that_cannot_be_are_refused_with_their_remedy() {
        let error = |group: Pushgateway| group.endpoint().unwrap_err();
        assert!(error(group()).contains("set `OBS_PUSHGATEWAY_JOB`"));
        assert!(error(group().job("a").grouping("job", "b")).contains("`job` twice"));
        assert!(error(group().job("a").grouping("b", "1").grouping("b", "2")).contains("`b` twice"));
        assert!(error(group().job("a").grouping("1-b", "x")).contains("write letters"));
        assert!(error(Pushgateway::new("http://g/metrics/job/x").job("a")).contains("names a group"));
    }
}
