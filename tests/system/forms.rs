//! What else a program can be told to export to, by variables alone: files, standard output, Zipkin.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use obs_tests::Program;
use serde_json::Value;

/// Longer than anything here takes; reached only where a test fails.
const SOON: Duration = Duration::from_secs(20);

/// Runs the subject with jobs to its end, and returns what it printed.
fn run(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subject"));
    command.args(["leave", "ok", "error"]).env("OTEL_SERVICE_NAME", "subject").env("OBS_ADMIN", "off");
    let mut program = Program::start(command.envs(variables.iter().copied()));
    assert!(program.wait().success(), "{}", program.output());
    program.output()
}

/// Returns the lines that are requests of a signal.
fn requests<'a>(text: &'a str, of: &'a str) -> impl Iterator<Item = Value> + 'a {
    let requests = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    requests.filter(move |request| request.get(of).is_some())
}

/// Returns the names of the spans in requests.
fn names(requests: impl Iterator<Item = Value>) -> Vec<String> {
    let list =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let scopes = requests.flat_map(|r| list(&r, "resourceSpans")).flat_map(move |r| list(&r, "scopeSpans"));
    let spans = scopes.flat_map(move |scope| list(&scope, "spans"));
    spans.map(|span| span["name"].as_str().unwrap().to_owned()).collect()
}

fn jobs(names: &[String]) -> usize {
    names.iter().filter(|name| *name == "job").count()
}

#[test]
fn standard_output_gets_all_three_signals_as_lines_of_json() {
    let json = "otlp/stdout";
    let output =
        run(&[("OTEL_TRACES_EXPORTER", json), ("OTEL_LOGS_EXPORTER", json), ("OTEL_METRICS_EXPORTER", json)]);
    assert_eq!(jobs(&names(requests(&output, "resourceSpans"))), 3, "{output}");
    assert!(requests(&output, "resourceLogs").next().is_some(), "{output}");
    let metrics: Vec<_> = requests(&output, "resourceMetrics").map(|r| r.to_string()).collect();
    assert!(metrics.iter().any(|request| request.contains("\"subject_jobs_total\"")), "{output}");
}

#[test]
fn standard_output_gets_spans_for_people() {
    let output = run(&[("OTEL_TRACES_EXPORTER", "console")]);
    let spans: Vec<_> = output.lines().filter(|line| line.contains("  SPAN subject ")).collect();
    assert_eq!(spans.iter().filter(|line| line.contains(": job ")).count(), 3, "{output}");
    assert!(spans.iter().all(|line| line.contains(" trace_id=") && line.contains(" span_id=")), "{output}");
}

/// A folder of its own, which is deleted with this.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _not_there = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_signal_has_a_file_of_its_own_and_two_runs_share_it() {
    let folder = Folder(std::env::temp_dir().join(format!("obs-forms-{}", std::process::id())));
    std::fs::create_dir(&folder.0).unwrap();
    let path = folder.0.join("telemetry.jsonl");
    let variables = [("OBS_FILE", path.to_str().unwrap())];
    std::thread::scope(|scope| {
        (0..2).for_each(|_| drop(scope.spawn(|| run(&variables))));
    });
    let text =
        |signal: &str| std::fs::read_to_string(folder.0.join(format!("telemetry.{signal}.jsonl"))).unwrap();
    for (signal, of) in
        [("traces", "resourceSpans"), ("logs", "resourceLogs"), ("metrics", "resourceMetrics")]
    {
        let text = text(signal);
        let whole = requests(&text, of).count();
        assert!(whole >= 2 && whole == text.lines().count() && text.ends_with('\n'), "{signal}: {text}");
    }
    assert_eq!(jobs(&names(requests(&text("traces"), "resourceSpans"))), 6);
}

/// Answers one request after the other with 202 and hands their bodies over.
fn zipkin(listener: TcpListener, bodies: Sender<(String, Value)>) {
    for stream in listener.incoming() {
        let (bodies, stream) = (bodies.clone(), stream.unwrap());
        std::thread::spawn(move || while take(&stream, &bodies).is_some() {});
    }
}

fn take(mut stream: &TcpStream, bodies: &Sender<(String, Value)>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    bodies.send((first.trim().to_owned(), serde_json::from_slice(&body).unwrap())).ok()?;
    stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").ok()
}

#[test]
fn zipkin_gets_the_spans() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/api/v2/spans", listener.local_addr().unwrap());
    let (sender, bodies): (_, Receiver<(String, Value)>) = channel();
    std::thread::spawn(move || zipkin(listener, sender));
    run(&[("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &endpoint)]);
    let mut spans = Vec::new();
    while spans.iter().filter(|span: &&Value| span["name"] == "job").count() < 3 {
        let (request, body) = bodies.recv_timeout(SOON).unwrap();
        assert_eq!(request, "POST /api/v2/spans HTTP/1.1");
        spans.extend(body.as_array().unwrap().iter().cloned());
    }
    let failed = spans.iter().filter(|span| span["tags"]["outcome"] == "error").count();
    assert_eq!(failed, 1, "{spans:?}");
    assert!(spans.iter().all(|span| span["localEndpoint"]["serviceName"] == "subject"), "{spans:?}");
}
