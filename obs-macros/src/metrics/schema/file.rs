//! `obs.toml`: where it is and what it says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::syntax::nearest;

const NAME: &str = "obs.toml";

/// The metrics that may be emitted, by name.
pub(super) type Schema = BTreeMap<String, Entry>;

/// What is said of one metric.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Entry {
    pub(super) kind: Option<String>,
    pub(super) unit: Option<String>,
    /// The labels that it has.
    pub(super) labels: Vec<String>,
    /// Those that it may have.
    pub(super) optional: Vec<String>,
}

/// Returns the file of a crate: its own, or that of its workspace.
pub(super) fn find(crate_: &Path) -> Option<PathBuf> {
    let own = crate_.join(NAME);
    if own.is_file() {
        return Some(own);
    }
    let root = crate_.ancestors().find(|folder| is_workspace(folder))?;
    Some(root.join(NAME)).filter(|file| file.is_file())
}

fn is_workspace(folder: &Path) -> bool {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line.starts_with("[workspace]") || line.starts_with("[workspace."))
}

/// Reads the file's text; an error says in which line it is.
pub(super) fn read(text: &str) -> Result<Schema, String> {
    let at = |start: usize, message: &str| {
        let line = text.get(..start).unwrap_or(text).matches('\n').count() + 1;
        format!("{NAME}:{line}: {message}")
    };
    let table =
        DeTable::parse(text).map_err(|error| at(error.span().map_or(0, |s| s.start), error.message()))?;
    let mut schema = Schema::new();
    for (key, value) in table.get_ref() {
        if key.get_ref() != "metrics" {
            return Err(at(key.span().start, &unknown(key.get_ref(), &["metrics"])));
        }
        let metrics = table_of(value).map_err(|m| at(value.span().start, &m))?;
        for (name, value) in metrics {
            let entry = entry(value).map_err(|(start, message)| at(start, &message))?;
            schema.insert(name.get_ref().to_string(), entry);
        }
    }
    Ok(schema)
}

/// Reads one metric; an error has its place.
fn entry(value: &Spanned<DeValue<'_>>) -> Result<Entry, (usize, String)> {
    let mut entry = Entry::default();
    for (key, value) in table_of(value).map_err(|m| (value.span().start, m))? {
        let here = |message| (value.span().start, message);
        match key.get_ref().as_ref() {
            "kind" => entry.kind = Some(kind(value).map_err(here)?),
            "unit" => entry.unit = Some(text(value).map_err(here)?),
            "labels" => entry.labels = texts(value).map_err(here)?,
            "optional" => entry.optional = texts(value).map_err(here)?,
            "brief" => {
                text(value).map_err(here)?;
            }
            other => {
                let known = ["kind", "unit", "labels", "optional", "brief"];
                return Err((key.span().start, unknown(other, &known)));
            }
        }
    }
    Ok(entry)
}

fn table_of<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Result<&'a DeTable<'i>, String> {
    match value.get_ref() {
        DeValue::Table(table) => Ok(table),
        _ => Err("this is a table; write `[metrics.orders_total]`".to_owned()),
    }
}

fn kind(value: &Spanned<DeValue<'_>>) -> Result<String, String> {
    const KINDS: [&str; 4] = ["counter", "gauge", "histogram", "info"];
    let kind = text(value)?;
    if KINDS.contains(&&*kind) { Ok(kind) } else { Err(unknown(&kind, &KINDS)) }
}

fn text(value: &Spanned<DeValue<'_>>) -> Result<String, String> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err("this is a text; write it as `\"seconds\"`".to_owned()),
    }
}

fn texts(value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, String> {
    match value.get_ref() {
        DeValue::Array(list) => list.iter().map(text).collect(),
        _ => Err("this is a list; write it as `[\"region\", \"outcome\"]`".to_owned()),
    }
}

fn unknown(word: &str, accepted: &[&str]) -> String {
    let meant = nearest(word, accepted.iter().copied());
    let meant = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
    format!("unknown word `{word}`; {meant}accepted: `{}`", accepted.join("`, `"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn it_says_what_may_be_emitted() {
        let text = "[metrics.orders_total]\nkind = \"counter\"\nlabels = [\"region\"]\noptional = [\"outcome\"]\n\
                    [metrics.waiting]\n";
        let schema = read(text).unwrap();
        let orders = Entry {
            kind: Some("counter".into()),
            unit: None,
            labels: vec!["region".into()],
            optional: vec!["outcome".into()],
        };
        assert_eq!(schema.get("orders_total"), Some(&orders));
        assert_eq!(schema.get("waiting"), Some(&Entry::default()));
        assert_eq!(read("").unwrap(), Schema::new());
    }

    #[test]
    fn a_mistake_in_it_has_a_line() {
        let says = |text| read(text).unwrap_err();
        let misspelt = says("[metrics.a]\n\nlables = [\"b\"]\n");
        assert!(
            misspelt.starts_with("obs.toml:3: unknown word `lables`; did you mean `labels`?"),
            "{misspelt}"
        );
        assert!(
            says("[metric.a]\n").starts_with("obs.toml:1: unknown word `metric`; did you mean `metrics`?")
        );
        assert!(says("[metrics.a]\nlabels = \"b\"\n").starts_with("obs.toml:2: this is a list"));
        assert!(says("[metrics.a]\nkind = \"conter\"\n").contains("did you mean `counter`?"));
        assert!(says("[metrics.a]\nunit = 5\n").starts_with("obs.toml:2: this is a text"));
        assert!(says("metrics = 5\n").starts_with("obs.toml:1: this is a table"));
        assert!(says("[metrics.a]\nkind =\n").starts_with("obs.toml:2: "));
    }

    #[test]
    fn the_file_is_the_crates_or_that_of_its_workspace() {
        let root = std::env::temp_dir().join(format!("obs-schema-{}", std::process::id()));
        let member = root.join("ws/member");
        std::fs::create_dir_all(&member).unwrap();
        let write = |path: &str, text: &str| std::fs::write(root.join(path), text).unwrap();
        write("obs.toml", "");
        write("ws/member/Cargo.toml", "[package]\n");
        assert_eq!(find(&member), None, "no workspace, and a file that is nobody's");
        write("ws/Cargo.toml", "[workspace]\n");
        assert_eq!(find(&member), None, "the file above the workspace is nobody's");
        write("ws/obs.toml", "");
        assert_eq!(find(&member), Some(root.join("ws/obs.toml")));
        write("ws/member/obs.toml", "");
        assert_eq!(find(&member), Some(root.join("ws/member/obs.toml")));
        std::fs::remove_dir_all(&root).unwrap();
    }
}
