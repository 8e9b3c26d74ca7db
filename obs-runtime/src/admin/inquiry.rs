//! What is asked of the health checks: path and query (RFC 3986, section 3.4), as the Kubernetes API server has them.

use http::{HeaderMap, Uri};

use super::desk::listed;
use crate::header::Range;
use crate::health::{Probe, Question};
use crate::percent;

/// A question, and what its answer is to look like.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Inquiry {
    pub(super) question: Question,
    pub(super) form: Form,
    /// The answer tells everything, whatever is asked for besides.
    pub(super) is_detailed: bool,
}

/// What an answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `ok`, or what is wrong in one line.
    Short,
    /// A line for each check.
    Verbose,
    Json,
}

impl Inquiry {
    /// Reads a request; `None` where its path is none of a probe's. What is wrong with the query is an error, with its remedy.
    pub(super) fn of(uri: &Uri, headers: &HeaderMap) -> Option<Result<Self, String>> {
        let path = uri.path();
        let is_detailed = path == "/health/detailed";
        let (probe, only) = probe(path)?;
        Some(only.and_then(|only| {
            let usual =
                if is_detailed || listed(headers, http::header::ACCEPT).is_some_and(|it| prefers_json(&it)) {
                    Form::Json
                } else {
                    Form::Short
                };
            let question = Question { only, ..probe.into() };
            let mut inquiry = Inquiry { question, form: usual, is_detailed };
            inquiry.read(uri.query().unwrap_or_default())?;
            Ok(inquiry)
        }))
    }

    /// Reads the query. What it does not know it leaves alone, as everybody does.
    fn read(&mut self, query: &str) -> Result<(), String> {
        let (mut is_verbose, mut named) = (self.is_detailed, None);
        for pair in query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, value) = (decoded(key)?, decoded(value)?);
            match key.as_str() {
                "verbose" => is_verbose = true,
                "group" | "tag" if value.is_empty() => {
                    return Err(format!("`{key}` is empty; write a name behind it"));
                }
                "exclude" => self.question.exclude.push(value),
                "group" => self.question.groups.push(value),
                "tag" => self.question.tags.push(value),
                "format" if value == "json" => named = Some(Form::Json),
                "format" if value == "text" => named = Some(Form::Short),
                "format" => return Err("`format` is unknown; write `json` or `text`".to_owned()),
                _ => {}
            }
        }
        self.form = match named.unwrap_or(self.form) {
            Form::Short if is_verbose => Form::Verbose,
            form => form,
        };
        Ok(())
    }
}

/// Returns the probe of a path, and the one check that it names.
fn probe(path: &str) -> Option<(Probe, Result<Option<String>, String>)> {
    let whole = |probe| Some((probe, Ok(None)));
    match path {
        "/health/live" => return whole(Probe::Live),
        "/health/ready" => return whole(Probe::Ready),
        "/health" | "/health/detailed" => return whole(Probe::All),
        _ => {}
    }
    let (first, name) =
        path.strip_prefix('/')?.split_once('/').map_or((path.get(1..)?, None), |(f, n)| (f, Some(n)));
    let probe = match first {
        "livez" => Probe::Live,
        "readyz" => Probe::Ready,
        "startupz" => Probe::Startup,
        "healthz" => Probe::All,
        _ => return None,
    };
    let name = name.filter(|name| !name.is_empty()); // a slash at the end changes nothing
    Some((probe, name.map(decoded).transpose()))
}

/// Tells whether an `Accept` header prefers JSON to text (RFC 9110, section 12.5.1). Of what is as welcome JSON is sent only where
/// it is named and text is not.
fn prefers_json(accept: &str) -> bool {
    let ranges: Vec<_> = accept.split(',').map(Range::parse).collect();
    let named = |kinds: &[&str]| {
        let named = ranges.iter().filter(|range| kinds.iter().any(|kind| range.is(kind)));
        named.map(|range| range.weight).max()
    };
    // What is said of a type itself counts before what is said of its like.
    let json = named(&["application/json", "application/health+json"]).or_else(|| named(&["application/*"]));
    let text = named(&["text/plain", "text/html"]).or_else(|| named(&["text/*"]));
    let others = named(&["*/*"]).unwrap_or(0);
    let (wants_json, wants_text) = (json.unwrap_or(others), text.unwrap_or(others));
    wants_json > wants_text
        || (wants_json == wants_text && wants_json > 0 && json.is_some() && text.is_none())
}

fn decoded(text: &str) -> Result<String, String> {
    percent::decode(text).ok_or_else(|| "a name is not percent-encoded UTF-8; write `%` as `%25`".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use http::header::ACCEPT;

    use super::*;

    fn asked(uri: &str, accept: &str) -> Option<Result<Inquiry, String>> {
        let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
        Inquiry::of(&uri.parse().unwrap(), &headers)
    }

    fn question(uri: &str) -> Question {
        asked(uri, "*/*").unwrap().unwrap().question
    }

    fn form(uri: &str, accept: &str) -> Form {
        asked(uri, accept).unwrap().unwrap().form
    }

    #[test]
    fn paths_name_probes_and_checks() {
        for (path, probe) in [
            ("/livez", Probe::Live),
            ("/readyz", Probe::Ready),
            ("/startupz", Probe::Startup),
            ("/healthz", Probe::All),
            ("/health", Probe::All),
            ("/health/live", Probe::Live),
            ("/health/ready", Probe::Ready),
            ("/health/detailed", Probe::All),
        ] {
            assert_eq!(question(path), probe.into(), "{path}");
        }
        assert_eq!(question("/readyz/d%62").only.as_deref(), Some("db"));
        assert_eq!(question("/readyz/"), Probe::Ready.into(), "an empty name is no name");
        assert_eq!(question("/livez/a/b").only.as_deref(), Some("a/b"), "no check is called so");
        for path in ["/", "/metrics", "/ready", "/health/", "/health/db", "/healthzz", "/Readyz"] {
            assert_eq!(asked(path, "*/*"), None, "{path}");
        }
    }

    #[test]
    fn queries_select_and_repeat() {
        let of = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let it = question("/readyz?exclude=a&tag=eu%2Fwest&exclude=b&group=storage&other=%20&tag=x");
        assert_eq!(
            (it.exclude, it.groups, it.tags),
            (of(&["a", "b"]), of(&["storage"]), of(&["eu/west", "x"]))
        );
        for wrong in [
            "/readyz?group",
            "/readyz?tag=",
            "/readyz?tag=%zz",
            "/readyz?%ff",
            "/readyz/%f",
            "/readyz?format=xml",
        ] {
            assert!(asked(wrong, "*/*").unwrap().unwrap_err().contains("; write "), "{wrong}");
        }
    }

    #[test]
    fn what_it_looks_like_is_said_in_the_query_before_the_header() {
        let json = "application/health+json, */*;q=0.9";
        assert_eq!(form("/readyz", "*/*"), Form::Short);
        for verbose in ["/readyz?verbose", "/readyz?a=b&verbose=1", "/readyz?verbose=&format=text"] {
            assert_eq!(form(verbose, "*/*"), Form::Verbose, "{verbose}");
        }
        assert_eq!(form("/readyz?verbose", json), Form::Json);
        assert_eq!(form("/readyz?format=json&verbose", "*/*"), Form::Json);
        assert_eq!(form("/readyz?format=text", json), Form::Short);
        assert_eq!(form("/health/detailed", "*/*"), Form::Json);
        assert_eq!(form("/health/detailed?format=text", json), Form::Verbose);
    }

    #[test]
    fn the_form_that_is_accepted_best_is_sent() {
        for (accept, expected) in [
            ("", Form::Short),
            ("*/*", Form::Short),
            ("text/plain", Form::Short),
            ("application/json", Form::Json),
            ("Application/Health+JSON", Form::Json),
            ("application/*", Form::Json),
            ("application/json;q=0", Form::Short),
            ("application/json; q=0.000, */*", Form::Short),
            ("application/json;q=0.1", Form::Json),
            ("application/json;q=much", Form::Short),
            ("application/health+json;q=0, application/json", Form::Json),
            ("text/html,application/json;q=0.1", Form::Short),
            ("text/html;q=0.1,application/json", Form::Json),
            ("text/plain;q=0.5, application/json;q=0.5", Form::Short),
            ("application/json, text/plain, */*", Form::Short),
            ("application/json, */*", Form::Json),
            ("application/json;q=0.9, */*", Form::Short),
            ("application/json;q=0.9, */*;q=0.8", Form::Json),
            ("application/*;q=0.3, text/*;q=0.2", Form::Json),
            ("application/*;q=0.3, text/*;q=0.4", Form::Short),
            ("application/*, application/json;q=0, application/health+json;q=0", Form::Short),
            ("text/plain;q=0, */*", Form::Json),
        ] {
            assert_eq!(form("/readyz", accept), expected, "{accept}");
        }
    }
}
