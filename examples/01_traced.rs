//! A span for a function: its name, the fields that you name, and how the call ended.
//!
//! ```text
//! bake ok bread.kind="rye"
//! `- weigh ok
//! bake error bread.kind="stone" error.type=01_traced::Inedible
//! `- weigh ok
//! ```

use obs::traced;

#[derive(Debug)]
struct Inedible;

#[traced(fields(bread.kind = ?kind))]
fn bake(kind: &str) -> Result<u32, Inedible> {
    let grams = weigh(kind);
    if kind == "stone" { Err(Inedible) } else { Ok(grams) }
}

#[traced]
fn weigh(kind: &str) -> u32 {
    kind.chars().map(u32::from).sum()
}

fn main() {
    obs::testing::capture(|telemetry| {
        let _loaves = [bake("rye"), bake("stone")];
        print!("{}", telemetry.tree());
    });
}
