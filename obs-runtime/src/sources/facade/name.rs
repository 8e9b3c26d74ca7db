//! Names and labels, made to fit Prometheus' grammar.

use ::metrics::Key;

use super::limits;
use crate::record::MetricKind;

/// Names and values, sorted by name.
pub(super) type Labels = Vec<(String, String)>;

/// Returns the name of a family: what the grammar has no letter for becomes `_`, and a counter ends in `_total`.
pub(super) fn of_family(kind: MetricKind, name: &str) -> String {
    let mut text = fitted(name, true);
    if kind == MetricKind::Counter && !text.ends_with("_total") {
        text += "_total";
    }
    text
}

/// Returns the labels of a series; `None` where there are too many. Of labels that become one, the first stays.
pub(super) fn labels(key: &Key) -> Option<Labels> {
    let mut labels = Labels::new();
    for label in key.labels() {
        let name = of_label(label.key());
        if labels.iter().any(|(known, _)| *known == name) {
            continue;
        }
        if labels.len() == limits::LABELS {
            return None;
        }
        labels.push((name, cut(label.value(), limits::VALUE).to_owned()));
    }
    labels.sort();
    Some(labels)
}

/// Names that exposition formats use themselves get Prometheus' own prefix for such.
fn of_label(name: &str) -> String {
    let text = fitted(name, false);
    let is_reserved = matches!(text.as_str(), "le" | "quantile") || text.starts_with("__");
    if is_reserved { format!("exported_{}", text.trim_start_matches('_')) } else { text }
}

fn fitted(name: &str, colons: bool) -> String {
    let name = cut(name, limits::NAME);
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
    let mut text = String::with_capacity(name.len() + 1);
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        text.push('_');
    }
    text.extend(name.chars().map(|c| if fits(c) { c } else { '_' }));
    text
}

/// Returns the beginning of a text, up to the end of a character.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}
