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

#[test]
fn prometheus_scrapes_and_answers_a_query() {
    let (_program, admin) = subject();
    let dir = scratch_dir();
    let config = format!(
        "global: {{ scrape_interval: 200ms }}\n\
         scrape_configs:\n  - job_name: subject\n    static_configs:\n      - targets: ['{admin}']\n"
    );
    std::fs::write(dir.join("prometheus.yml"), config).unwrap();
    let port = free_port();
    let prometheus = Program::start(
        Command::new("prometheus")
            .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--enable-feature=exemplar-storage"),
    );
    let query = |query: &str| {
        let (_, body) = get(&format!("http://127.0.0.1:{port}/api/v1/query?query={query}"))?;
        let answer: serde_json::Value = serde_json::from_str(&body).ok()?;
        answer["data"]["result"][0]["value"][1].as_str().map(str::to_owned)
    };
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
    let exemplars = wait_for("an exemplar", || {
        let range = "start=0&end=4102444800&query=subject_job_duration_seconds_bucket";
        let (_, body) = get(&format!("http://127.0.0.1:{port}/api/v1/query_exemplars?{range}"))?;
        let answer: serde_json::Value = serde_json::from_str(&body).ok()?;
        answer["data"][0]["exemplars"][0]["labels"]["trace_id"].as_str().map(str::to_owned)
    });
    assert_eq!(exemplars.len(), 32);
    drop(prometheus);
    std::fs::remove_dir_all(dir).unwrap();
}
