//! A real Prometheus reads what is exposed.

use std::io::Write;
use std::process::{Command, Stdio};

use obs_tests::{Program, free_port, get, get_as, scratch_dir, wait_for};

/// A subject that has done its work, and where its admin server listens.
fn subject() -> (Program, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subject"));
    command.args(["ok", "ok", "error", "panic"]).env("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
    let mut program = Program::start(&mut command);
    let admin = program.wait_for_word("admin: ");
    (program, admin)
}

pub(crate) fn promtool_accepts(exposition: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is on the path; `scripts/test` installs it");
    promtool.stdin.take().unwrap().write_all(exposition.as_bytes()).unwrap();
    let said = promtool.wait_with_output().unwrap();
    let complaints = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.success() && complaints.is_empty(), "{complaints}\n{exposition}");
}

#[test]
fn promtool_has_no_complaint() {
    let (_program, admin) = subject();
    let (status, text) = get(&format!("http://{admin}/metrics")).unwrap();
    assert_eq!(status, 200);
    assert!(text.contains("# TYPE function_calls_total counter"), "{text}");
    assert!(text.contains("pool_checkouts_total{db_name=\"stock\"} 2"), "{text}");
    assert!(text.contains("# TYPE process_cpu_seconds_total counter"), "{text}");
    promtool_accepts(&text);
}

#[test]
fn openmetrics_is_given_to_those_who_ask_and_has_exemplars() {
    let (_program, admin) = subject();
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    let (_, text) = get_as(&format!("http://{admin}/metrics"), accept).unwrap();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let exemplar =
        |l: &&str| l.starts_with("subject_job_duration_seconds_bucket") && l.contains("# {trace_id=\"");
    assert!(text.lines().any(|l| exemplar(&l)), "{text}");
}

/// Runs what others parse OpenMetrics with, and prints what it found: a line a sample, and the families' types.
const PARSER: &str = r#"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.buffer.read().decode()):
    print("family", family.name, family.type, repr(family.documentation))
    for sample in family.samples:
        labels = sorted(sample.labels.items())
        print("sample", sample.name, labels, sample.value, sample.exemplar and sorted(sample.exemplar.labels))
"#;

#[test]
fn pythons_parser_of_openmetrics_accepts_it() {
    let (_program, admin) = subject();
    let (_, text) = get_as(&format!("http://{admin}/metrics"), "application/openmetrics-text").unwrap();
    let mut python = Command::new("/usr/bin/python3")
        .args(["-c", PARSER])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the distribution's Python is there; `scripts/test` installs it");
    python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = python.wait_with_output().unwrap();
    assert!(said.status.success(), "{}\n{text}", String::from_utf8_lossy(&said.stderr));
    let found = String::from_utf8(said.stdout).unwrap();
    for line in [
        "family subject_job_duration_seconds histogram 'Time from start to end of a job.'",
        "family subject_jobs counter 'Jobs done by the subject.'",
        r#"sample subject_jobs_total [('outcome', 'ok'), ('size', 'small')] 2 None"#,
        r#"sample subject_named_total [('name', '"}\n# EOF\n\\é🦀')] 1 None"#,
        "sample subject_known_seconds_bucket [('le', '0.1'), ('size', 'small')] 50 None",
        "sample subject_known_seconds_count [('size', 'small')] 1000 None",
    ] {
        assert!(found.lines().any(|l| l == line), "{line}\n{found}");
    }
    assert!(found.contains("['span_id', 'trace_id']"), "an exemplar:\n{found}");
}

/// A Prometheus that scrapes the subject, with these features.
struct Prometheus {
    _program: Program,
    port: u16,
    dir: std::path::PathBuf,
}

impl Prometheus {
    fn scraping(admin: &str, features: &str) -> Prometheus {
        let dir = scratch_dir();
        let config = format!(
            "global: {{ scrape_interval: 200ms }}\n\
             scrape_configs:\n  - job_name: subject\n    static_configs:\n      - targets: ['{admin}']\n"
        );
        std::fs::write(dir.join("prometheus.yml"), config).unwrap();
        let port = free_port();
        let program = Program::start(
            Command::new("prometheus")
                .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
                .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .arg(format!("--enable-feature={features}")),
        );
        Prometheus { _program: program, port, dir }
    }

    /// The answer to `path`, which needs no escape.
    fn ask(&self, path: &str) -> Option<serde_json::Value> {
        let (_, body) = get(&format!("http://127.0.0.1:{}/api/v1/{path}", self.port))?;
        serde_json::from_str(&body).ok()
    }

    /// The value of the first series that a query finds.
    fn query(&self, query: &str) -> Option<String> {
        let answer = self.ask(&format!("query?query={query}"))?;
        answer["data"]["result"][0]["value"][1].as_str().map(str::to_owned)
    }

    /// The trace id of an exemplar, as soon as there is one.
    fn exemplar(&self, series: &str) -> String {
        wait_for("an exemplar", || {
            let answer = self.ask(&format!("query_exemplars?start=0&end=4102444800&query={series}"))?;
            answer["data"][0]["exemplars"][0]["labels"]["trace_id"].as_str().map(str::to_owned)
        })
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _left_behind = std::fs::remove_dir_all(&self.dir);
    }
}

#[test]
fn a_native_histogram_knows_its_quantiles_and_its_traces() {
    let (_program, admin) = subject();
    let prometheus = Prometheus::scraping(&admin, "native-histograms,exemplar-storage");
    let count = || prometheus.query("histogram_count(subject_known_seconds)");
    assert_eq!(wait_for("Prometheus to answer", count), "1000");
    assert_eq!(prometheus.query("histogram_sum(subject_known_seconds)").as_deref(), Some("1001"));
    assert_eq!(prometheus.query("subject_known_seconds_bucket"), None, "it is native");
    // Observed were 2 ms, 4 ms, .. 2 s. A bucket's upper bound is 2^(1/8) times its lower one.
    for quantile in [0.01, 0.1, 0.5, 0.9, 0.99] {
        let query = format!("histogram_quantile({quantile},subject_known_seconds)");
        let estimated: f64 = prometheus.query(&query).unwrap().parse().unwrap();
        let (exact, error) = (quantile * 2.0, 2_f64.powf(1.0 / 8.0));
        assert!(estimated / exact < error && exact / estimated < error, "{quantile}: {estimated}");
    }
    assert_eq!(prometheus.exemplar("subject_job_duration_seconds").len(), 32);
    assert_eq!(prometheus.query("sum(subject_jobs_total)").as_deref(), Some("4"), "the others are there too");
}

#[test]
fn prometheus_scrapes_and_answers_a_query() {
    let (_program, admin) = subject();
    let prometheus = Prometheus::scraping(&admin, "exemplar-storage");
    let query = |query: &str| prometheus.query(query);
    let calls =
        wait_for("Prometheus to answer", || query("sum(function_calls_total%7Bfunction%3D%22job%22%7D)"));
    assert_eq!(calls, "4");
    assert_eq!(
        query("subject_jobs_total%7Bsize%3D%22large%22%2Coutcome%3D%22error%22%7D").as_deref(),
        Some("1")
    );
    // No label is what Prometheus takes an empty one for.
    for (error_type, jobs) in [("", "2"), ("Refused", "1"), ("_OTHER", "1")] {
        let errors = query(&format!("subject_job_errors_total%7Berror_type%3D%22{error_type}%22%7D"));
        assert_eq!(errors.as_deref(), Some(jobs), "{error_type}");
    }
    assert_eq!(query("sum(subject_job_duration_seconds_count)").as_deref(), Some("4"));
    assert_eq!(prometheus.exemplar("subject_job_duration_seconds_bucket").len(), 32);
}
