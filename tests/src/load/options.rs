//! The command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// What is asked for.
pub(crate) struct Options {
    pub(crate) rate_of_a_thread: f64,
    pub(crate) spans_of_a_thread: u64,
    pub(crate) time: Duration,
    pub(crate) threads: u64,
    pub(crate) text: usize,
    pub(crate) flush: Duration,
    pub(crate) leave: Duration,
    pub(crate) every: Duration,
    pub(crate) until: Option<PathBuf>,
    pub(crate) chatty: bool,
}

impl Options {
    pub(crate) fn read() -> Self {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let threads: u64 = value(&words, "--threads", 2);
        Options {
            rate_of_a_thread: value(&words, "--rate", 1_000.0) / threads as f64,
            spans_of_a_thread: value(&words, "--spans", u64::MAX) / threads,
            time: Duration::from_secs_f64(value(&words, "--seconds", 1e9)),
            threads,
            text: value(&words, "--text", 0),
            flush: Duration::from_millis(value(&words, "--flush", 10_000)),
            leave: Duration::from_millis(value(&words, "--leave", 5_000)),
            every: Duration::from_secs_f64(value(&words, "--every", 1e9)),
            until: given(&words, "--until").map(PathBuf::from),
            chatty: words.iter().any(|word| word == "--chatty"),
        }
    }
}

fn given<'a>(words: &'a [String], name: &str) -> Option<&'a String> {
    let at = words.iter().position(|word| word == name)?;
    words.get(at + 1)
}

fn value<T: FromStr>(words: &[String], name: &str, otherwise: T) -> T {
    let read = |word: &String| word.parse().unwrap_or_else(|_| panic!("`{name} {word}` is no number"));
    given(words, name).map_or(otherwise, read)
}
