//! A scrape in the Prometheus text format, read back.

use std::collections::BTreeMap;

use crate::get;

/// The samples of one scrape.
#[derive(Clone, Debug, Default)]
pub struct Scrape {
    samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

impl Scrape {
    /// Scrapes `http://ADMIN/metrics`; `None` where nobody answers.
    pub fn of(admin: &str) -> Option<Scrape> {
        get(&format!("http://{admin}/metrics")).map(|(_, text)| Scrape::read(&text))
    }

    /// Reads the text format, line by line.
    pub fn read(text: &str) -> Scrape {
        let lines = text.lines().filter(|l| !l.starts_with('#') && !l.is_empty());
        Scrape { samples: lines.map(sample).collect() }
    }

    /// Returns the sum of all series of `name` that have these labels; `None` where there is none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let fits = |have: &BTreeMap<String, String>| {
            labels.iter().all(|(key, value)| have.get(*key).is_some_and(|v| v == value))
        };
        let found: Vec<f64> = self
            .samples
            .iter()
            .filter(|(n, l, _)| n == name && fits(l))
            .map(|(_, _, value)| *value)
            .collect();
        (!found.is_empty()).then(|| found.iter().sum())
    }
}

fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
    let (name, labels) = match series.split_once('{') {
        Some((name, rest)) => (name, rest.trim_end_matches('}')),
        None => (series, ""),
    };
    let labels = labels.split("\",").filter(|l| !l.is_empty()).map(|label| {
        let (key, value) = label.split_once("=\"").expect("a label has a value");
        (key.to_owned(), value.trim_end_matches('"').to_owned())
    });
    (name.to_owned(), labels.collect(), value.parse().expect("a value is a number"))
}
