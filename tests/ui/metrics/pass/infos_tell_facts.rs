//! An info tells facts: those of its declaration, and those that the program tells when it runs.
#![deny(warnings)]

use std::borrow::Cow;

const COMMIT: &str = "4f2a";

obs::metrics! {
    /// What was built.
    pub static BUILD: Info = "app_build_info" { version = env!("CARGO_PKG_VERSION"), commit = COMMIT };
    /// What was configured.
    static CONFIG: Info = "app_config_info" {
        /// Where it came from.
        source: String,
        mode: Mode,
        workers: usize,
        host: &'static str,
        user: Cow<'static, str>,
        strict: bool,
        schema = "1",
    };
}

#[derive(obs::Label, Clone, Copy)]
enum Mode {
    ReadOnly,
}

fn main() {
    let _: &obs::Info<BUILD> = &BUILD;
    CONFIG.set(CONFIG {
        source: "file".to_owned(),
        mode: Mode::ReadOnly,
        workers: 4,
        host: "here",
        user: Cow::Borrowed("me"),
        strict: true,
    });
}
