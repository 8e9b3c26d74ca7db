//! Every numbered example prints what the first lines of its file say.

use std::process::Command;

use obs_tests::{example, workspace_root};

/// Returns the block that a file's doc comment opens with ```` ```text ````.
fn promised(source: &str) -> String {
    let lines = source.lines().skip_while(|l| *l != "//! ```text").skip(1).take_while(|l| *l != "//! ```");
    lines.map(|l| l.strip_prefix("//! ").unwrap_or_default().to_owned() + "\n").collect()
}

#[test]
fn numbered_examples_print_what_they_promise() {
    let files = workspace_root().join("examples").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &std::path::Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut examples: Vec<_> =
        files.filter(|path| name(path).starts_with(|c: char| c.is_ascii_digit())).collect();
    examples.sort();
    assert!(examples.len() >= 4, "{examples:?}");
    for path in examples {
        let expected = promised(&std::fs::read_to_string(&path).unwrap());
        let name = name(&path);
        assert!(!expected.is_empty(), "{name} promises nothing");
        let mut command: Command = example(&name);
        let ran = command.output().unwrap();
        let complaints = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{name}: {complaints}");
        let printed = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(printed, expected, "{name} prints something else than its file says");
    }
}
