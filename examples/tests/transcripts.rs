//! Every numbered example prints what the first lines of its file say.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use std::path::Path;
use std::process::Command;

/// Returns the block that a file's doc comment opens with ```` ```text ````.
fn promised(source: &str) -> String {
    let lines = source.lines().skip_while(|l| *l != "//! ```text").skip(1).take_while(|l| *l != "//! ```");
    lines.map(|l| l.strip_prefix("//! ").unwrap_or_default().to_owned() + "\n").collect()
}

#[test]
fn numbered_examples_print_what_they_promise() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut examples: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "rs")).collect();
    examples.sort();
    assert!(examples.len() >= 4, "{examples:?}");
    for path in examples {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let expected = promised(&std::fs::read_to_string(&path).unwrap());
        let ran = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--locked", "--package", "obs-examples", "--example", name])
            .current_dir(folder)
            .output()
            .unwrap();
        let printed = String::from_utf8(ran.stdout).unwrap();
        let complaints = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{name}: {complaints}");
        assert!(!expected.is_empty(), "{name} promises nothing");
        assert_eq!(printed, expected, "{name} prints something else than its file says");
    }
}
