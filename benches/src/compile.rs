//! P12: what 500 annotated functions cost the compiler and the binary.
//!
//! For each subject a package is written whose functions differ in nothing but the attribute. `cargo check` is timed
//! with everything else compiled and nothing kept of the functions themselves (`CARGO_INCREMENTAL=0`); bytes are those
//! that a stripped release binary grows by from one function to 500.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use crate::report::Report;

const FUNCTIONS: usize = 500;
const ROUNDS: usize = 5;

/// What the functions return, by the name of the variant.
const RESULT: &str = "a result";

/// A subject: its name, what its manifest needs, and the attribute of its functions.
struct Subject {
    variant: &'static str,
    name: &'static str,
    dependency: &'static str,
    attribute: &'static str,
}

const fn subject(
    variant: &'static str,
    name: &'static str,
    dependency: &'static str,
    attribute: &'static str,
) -> Subject {
    Subject { variant, name, dependency, attribute }
}

const OBS: &str = "obs = { path = \"OBS\" }";
const TRACING: &str =
    "tracing = { version = \"0.1.44\", default-features = false, features = [\"attributes\", \"std\"] }";
const FASTRACE: &str = "fastrace = { version = \"0.7\", features = [\"enable\"] }";
const AUTOMETRICS: &str = "autometrics = { version = \"3\", features = [\"prometheus\"] }";
const EMIT: &str = "emit = \"1\"";

const SUBJECTS: [Subject; 19] = [
    subject("plain", "bare", "", ""),
    subject("plain", "obs traced", OBS, "#[obs::traced]"),
    subject("plain", "obs observed", OBS, "#[obs::observed]"),
    subject("plain", "obs counted timed", OBS, "#[obs::counted] #[obs::timed]"),
    subject("plain", "tracing", TRACING, "#[tracing::instrument(skip_all)]"),
    subject("plain", "fastrace", FASTRACE, "#[fastrace::trace]"),
    subject("plain", "autometrics", AUTOMETRICS, "#[autometrics::autometrics]"),
    subject("plain", "emit", EMIT, "#[emit::span(\"call\")]"),
    subject(RESULT, "bare", "", ""),
    subject(RESULT, "obs traced", OBS, "#[obs::traced]"),
    subject(RESULT, "obs observed", OBS, "#[obs::observed]"),
    subject(RESULT, "tracing", TRACING, "#[tracing::instrument(skip_all)]"),
    subject(RESULT, "fastrace", FASTRACE, "#[fastrace::trace]"),
    subject(RESULT, "autometrics", AUTOMETRICS, "#[autometrics::autometrics]"),
    subject("one field", "bare", "", ""),
    subject("one field", "obs traced", OBS, "#[obs::traced(fields(a))]"),
    subject("one field", "tracing", TRACING, "#[tracing::instrument(skip_all, fields(a))]"),
    subject("one field", "fastrace", FASTRACE, "#[fastrace::trace(properties = { \"a\": \"{a}\" })]"),
    subject("one field", "emit", EMIT, "#[emit::span(\"call\", a)]"),
];

pub fn measure(report: &mut Report) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/p12");
    let packages: Vec<(&Subject, Package)> =
        SUBJECTS.iter().map(|subject| (subject, Package::write(&root, subject))).collect();
    for (_, package) in &packages {
        package.check(); // compiles what it depends on
    }
    for _ in 0..ROUNDS {
        for (subject, package) in &packages {
            let seconds = package.check().as_secs_f64();
            report.add("P12", &format!("cargo check, {}", subject.variant), subject.name, "s", seconds);
        }
    }
    for (subject, package) in &packages {
        let grown = package.bytes(FUNCTIONS).saturating_sub(package.bytes(1));
        let bytes = grown as f64 / (FUNCTIONS - 1) as f64;
        report.add(
            "P12",
            &format!("release bytes, {}", subject.variant),
            subject.name,
            "bytes/function",
            bytes,
        );
    }
}

struct Package {
    folder: PathBuf,
    /// Shared by the subjects, so that a dependency of several is compiled once.
    target: PathBuf,
    name: String,
    attribute: &'static str,
    is_result: bool,
}

impl Package {
    fn write(root: &Path, subject: &Subject) -> Self {
        let name = format!("{} {}", subject.name, subject.variant).replace(' ', "-");
        let folder = root.join(&name);
        fs::create_dir_all(folder.join("src")).expect("a folder can be made");
        let obs = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let dependency = subject.dependency.replace("OBS", &obs.display().to_string());
        let manifest = format!(
            "[workspace]\n[package]\nname = \"p12-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             [profile.release]\nstrip = \"symbols\"\n[dependencies]\n{dependency}\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).expect("a file can be written");
        let package = Package {
            folder,
            target: root.join("target"),
            name,
            attribute: subject.attribute,
            is_result: subject.variant == RESULT,
        };
        package.functions(FUNCTIONS);
        package
    }

    /// Writes so many functions.
    fn functions(&self, count: usize) {
        let mut text = String::new();
        let mut all = String::new();
        let (output, value) =
            if self.is_result { ("Result<u64, String>", "Ok") } else { ("u64", "std::convert::identity") };
        for n in 0..count {
            let _strings_take_everything = writeln!(
                text,
                "{}\n#[inline(never)]\npub fn f{n}(a: u64, b: &str) -> {output} {{ {value}(a.wrapping_mul({n}).wrapping_add(b.len() as u64)) }}",
                self.attribute
            );
            let _strings_take_everything = write!(all, "f{n}, ");
        }
        let _strings_take_everything = writeln!(
            text,
            "fn main() {{\n    let all: &[fn(u64, &str) -> {output}] = &[{all}];\n    let n = std::env::args().count();\n    \
             if let Some(f) = std::hint::black_box(all).get(n) {{ println!(\"{{:?}}\", f(1, \"b\")); }}\n}}"
        );
        fs::write(self.folder.join("src/main.rs"), text).expect("a file can be written");
    }

    fn cargo(&self, args: &[&str]) -> Duration {
        let now = SystemTime::now();
        let main = fs::File::options().append(true).open(self.folder.join("src/main.rs"));
        main.and_then(|file| file.set_modified(now)).expect("a file can be touched");
        let start = Instant::now();
        let output = Command::new("cargo")
            .args(args)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
            .output()
            .expect("cargo runs");
        let elapsed = start.elapsed();
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        elapsed
    }

    fn check(&self) -> Duration {
        self.cargo(&["check", "--quiet"])
    }

    /// Returns the size of the stripped release binary with so many functions.
    fn bytes(&self, functions: usize) -> u64 {
        self.functions(functions);
        self.cargo(&["build", "--release", "--quiet"]);
        let binary = self.target.join("release").join(format!("p12-{}", self.name));
        fs::metadata(binary).expect("a binary was made").len()
    }
}
