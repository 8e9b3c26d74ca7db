//! R30: what may be unsafe is in one room, where models, sanitizers and reviewers look; what users build is no larger
//! than it must be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use obs_tests::workspace_root;

/// Where unsafe code may live.
const ROOM: &str = "obs-runtime/src/engine/";

/// What stands elsewhere: the exit hooks, a look at a disk, the attribute of a place in a linker section, which no annotation can do without,
/// and who writes one by hand.
const EXCEPTIONS: [(&str, &str); 4] = [
    // The exit hooks, and the room of a file system: what only the C library can do, in files of their own.
    ("obs-runtime/src/init/exit/system.rs", ""),
    ("obs-runtime/src/health/checks/system.rs", ""),
    ("obs-runtime/src/callsite.rs", "unsafe(link_section"),
    ("obs-runtime/src/metrics/tests/capture.rs", "#[allow(unsafe_code)]"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .collect()
}

/// Tells whether a line allows unsafe code, or is some. Comments are not, and neither is a longer word.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap();
    let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| word == "unsafe") || code.contains("allow(unsafe_code")
}

#[test]
fn unsafe_code_lives_in_the_engine_only() {
    let root = workspace_root();
    let mut found = Vec::new();
    let mut room = 0;
    for file in ["src", "obs-runtime/src"].iter().flat_map(|folder| sources(&root.join(folder))) {
        let name = file.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().filter(|line| is_unsafe(line));
        if name.starts_with(ROOM) {
            room += lines.count();
            continue;
        }
        let excepted =
            |line: &&str| !EXCEPTIONS.iter().any(|(file, what)| name == *file && line.contains(what));
        found.extend(lines.filter(excepted).map(|line| format!("{name}: {}", line.trim())));
    }
    assert!(found.is_empty(), "unsafe code outside of {ROOM}:\n{}", found.join("\n"));
    assert!(room > 0, "the test sees unsafe code where there is some");
}

#[test]
fn unsafe_code_is_denied_elsewhere_and_its_reasons_are_asked_for() {
    let manifest = fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap();
    for lint in ["unsafe_code = \"deny\"", "undocumented_unsafe_blocks = \"warn\""] {
        assert!(manifest.contains(lint), "the workspace's lints hold {lint}");
    }
}

/// Licences, advisories and sources are for `scripts/deny`, which needs a program that not every machine has.
#[test]
fn what_a_user_builds_has_no_crate_in_two_versions() {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--duplicates", "-e", "no-dev", "-p", "obs", "--features", "axum,metrics,tokio"]);
    let output = tree.args(["--locked", "--offline"]).current_dir(workspace_root()).output().unwrap();
    let (found, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(found.is_empty(), "{found}");
}
