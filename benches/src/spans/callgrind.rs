//! Counts instructions with valgrind: a figure that noise does not move. It leaves out what the processor does with them.

use std::path::Path;
use std::process::Command;

/// Returns whether valgrind is there.
pub fn is_installed() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|o| o.status.success())
}

/// Returns a command that runs `program` and counts inside `child::counted_burst`, in the thread that calls it.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_burst*"]);
    command.arg(program);
    command
}

/// Returns the count that callgrind told when it ended.
pub fn collected(told: &str) -> f64 {
    let count = told.lines().find_map(|l| l.split("Collected :").nth(1)).map(str::trim);
    count.and_then(|c| c.split(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("no count in: {told}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_count_is_found_among_what_else_is_told() {
        assert_eq!(super::collected("==1== Events    : Ir\n==1== Collected : 5820370\n==1==\n"), 5_820_370.0);
    }
}
