//! The schema file: made of a registry of semantic conventions, and followed by the compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const OBS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const FILE: &str = include_str!("schema/obs.toml");

/// What a crate declares that keeps to the file.
const PROGRAM: &str = r#"
#[derive(obs::Label, Clone, Copy)]
pub enum Region {
    Eu,
}

obs::metrics! {
    group "shop_" {
        /// How long orders took.
        pub static TIME: Histogram = "order_duration_seconds" { shop_region: Region, error_type: obs::ErrorTypeOf<E> };
        /// Orders in a batch.
        pub static BATCH: Histogram = "batch_orders" unit = "orders" buckets = [1.0, 10.0];
    }
}

#[derive(Debug, obs::ErrorType)]
pub enum E {
    Declined,
}

#[obs::counted(name = "shop_orders_total", shop_region: Region = Region::Eu)]
pub fn order() {}
"#;

#[test]
fn a_registry_of_semantic_conventions_becomes_a_schema_file() {
    let script = Path::new(OBS).join("scripts/schema");
    let made =
        Command::new(script).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/system/schema")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(String::from_utf8_lossy(&made.stdout), FILE);
}

/// One crate from the first compilation to the last: each looks at what the one before left.
#[test]
fn the_compiler_follows_the_file() {
    let package = Package::new();
    let file = FILE.replace("[\"error_type\"]", "[\"error_type\", \"outcome\"]");

    assert_eq!(package.check(), None, "without a file nothing is checked");

    // A file that is new is not seen before the crate is compiled again: nothing was there to be watched.
    package.write("obs.toml", &file);
    package.write("src/lib.rs", &format!("{PROGRAM}\n"));
    assert_eq!(package.check(), None);

    package.write("obs.toml", &file.replace("shop_orders_total", "shop_order_total"));
    let refused = package.check().unwrap();
    let expected = "metric `shop_orders_total` is not in `obs.toml`; did you mean `shop_order_total`?";
    assert!(refused.contains(expected), "{refused}");

    package.write("obs.toml", &file.replace("shop_region", "shop_regoin"));
    let refused = package.check().unwrap();
    let expected = "metric `shop_order_duration_seconds` has no label `shop_region` in `obs.toml`; did you mean \
                    `shop_regoin`?";
    assert!(refused.contains(expected), "{refused}");

    package.write("obs.toml", &file.replace("kind =", "knd ="));
    let refused = package.check().unwrap();
    assert!(refused.contains("unknown word `knd`; did you mean `kind`?"), "{refused}");

    package.write("obs.toml", &file);
    assert_eq!(package.check(), None);
}

/// A crate of its own, outside of the workspace.
struct Package(PathBuf);

impl Package {
    fn new() -> Self {
        let package = Package(Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema"));
        fs::create_dir_all(package.0.join("src")).unwrap();
        let _former = fs::remove_file(package.0.join("obs.toml"));
        let manifest = format!(
            "[workspace]\n\n[package]\nname = \"obs-schema\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nobs = {{ path = {OBS:?}, features = [\"schema\"] }}\n"
        );
        package.write("Cargo.toml", &manifest);
        package.write("src/lib.rs", PROGRAM);
        fs::copy(Path::new(OBS).join("Cargo.lock"), package.0.join("Cargo.lock")).unwrap();
        package
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.join(path), text).unwrap();
    }

    /// What the compiler refuses, if it does.
    fn check(&self) -> Option<String> {
        let mut check = Command::new(env!("CARGO"));
        check.args(["check", "--offline", "--quiet"]).current_dir(&self.0);
        let output = check.env("CARGO_TARGET_DIR", self.0.join("target")).output().unwrap();
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
