//! The README's tables say what is tried here: the code of a row stands in these files, word for word.

use std::path::Path;

/// Beginnings of what is said of theirs and not tried here: exporters, which bring servers and clients along.
const UNTRIED: &[&str] = &[
    "AUTOMETRICS_COMMIT",
    "vergen",
    "prometheus_exporter::",
    "otel_push_exporter::",
    "exemplars-tracing",
    "ProcessCollector",
    "prometheus::push_metrics",
    "PrometheusBuilder",
    "with_http_listener",
    "set_buckets_for_metric",
    "add_global_label",
    "PrometheusHandle",
    "with_push_gateway",
    "idle_timeout",
    "DebuggingRecorder",
];

/// Appends the sources of a folder, but for files of these names.
fn texts(folder: &Path, but: &[&str], into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, but, into);
        } else if !but.iter().any(|name| path.ends_with(name)) && path.extension().is_some_and(|e| e == "rs")
        {
            into.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// Returns the cells of every row of the section, but for heads and rules.
fn rows(readme: &str) -> Vec<Vec<String>> {
    let (_, section) = readme.split_once("\n## Coming from other crates\n").expect("the section");
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let rows = section
        .lines()
        .filter(|l| l.starts_with('|') && !l.starts_with("| ---") && !l.starts_with("| from "));
    rows.map(cells).collect()
}

/// Splits a row at its bars, of which those that are written `\|` belong to the text.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_matches('|').replace("\\|", "\u{0}");
    row.split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect()
}

/// Returns what stands in backticks, up to a `..` that leaves the rest away.
fn code(cell: &str) -> impl Iterator<Item = &str> {
    let shown = |c| str::strip_suffix(c, "..)").or_else(|| str::strip_suffix(c, " .. }")).unwrap_or(c);
    cell.split('`').skip(1).step_by(2).map(shown)
}

#[test]
fn the_code_of_every_row_is_tried() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(here.join("../../README.md")).unwrap();
    let (mut theirs, mut ours) = (String::new(), String::new());
    texts(here, &["tables.rs", "ours.rs"], &mut theirs);
    texts(here, &["tables.rs", "theirs.rs", "once/main.rs"], &mut ours);
    let rows = rows(&readme);
    assert!(rows.len() > 60, "{} rows", rows.len());
    let mut missing = Vec::new();
    for row in &rows {
        assert_eq!(row.len(), 3, "{row:?}");
        assert!(!row[0].is_empty() && !row[1].is_empty(), "{row:?}");
        let left = code(&row[0]).filter(|c| !UNTRIED.iter().any(|u| c.starts_with(u)));
        missing.extend(left.filter(|c| !theirs.contains(c)));
        missing.extend(code(&row[1]).filter(|c| !ours.contains(c)));
    }
    assert!(missing.is_empty(), "said and not tried: {missing:#?}");
}

#[test]
fn what_is_untried_is_said() {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let rows = rows(&readme);
    for beginning in UNTRIED {
        assert!(rows.iter().any(|row| code(&row[0]).any(|c| c.starts_with(beginning))), "{beginning}");
    }
}
