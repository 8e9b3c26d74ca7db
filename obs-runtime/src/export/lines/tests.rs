#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

mod files;
mod outages;
mod printed;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

use super::*;
use crate::export::testing::{Bench, Folder, quick};
use crate::export::{Exporter, Signal, otlp_spans};

const NAME: &str = "file";

/// A file that is never full.
fn file(path: &Path) -> FileConfig {
    FileConfig { name: NAME, path: path.to_owned(), max_bytes: u64::MAX, max_files: 1, settings: quick() }
}

/// A worker that writes spans into a file.
fn bench(config: FileConfig) -> Bench {
    Bench::new(|ledger, notices| {
        vec![Arc::new(otlp_spans(config, ledger, notices).unwrap()) as Arc<dyn Exporter>]
    })
}

/// Reads a file, of which each line is a request; returns the ids of its spans.
#[track_caller]
fn ids(path: &Path) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{} ends with a whole line", path.display());
    let request = |line| serde_json::from_str::<ExportTraceServiceRequest>(line).unwrap();
    let scopes = text.lines().map(request).flat_map(|r| r.resource_spans).flat_map(|r| r.scope_spans);
    scopes.flat_map(|s| s.spans).map(|span| span.span_id).collect()
}

/// Returns all files of a folder, by name.
fn all(folder: &Folder) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Returns the ids of the spans of all files of a folder; none is there twice.
fn all_ids(folder: &Folder) -> BTreeSet<Vec<u8>> {
    let ids: Vec<_> = all(folder).iter().flat_map(|path| ids(path)).collect();
    let count = ids.len();
    let ids: BTreeSet<_> = ids.into_iter().collect();
    assert_eq!(ids.len(), count, "nothing is there twice");
    ids
}
