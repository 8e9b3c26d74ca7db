//! Traces and baggage go from us to OpenTelemetry for Python and back, in every format that both speak.

use std::path::{Path, PathBuf};
use std::process::Command;

use obs_tests::{Program, get_with, workspace_root};
use serde_json::Value;

/// Values that no header can hold as they are: what our service adds to the baggage, and what Python's does.
const OURS: &str = "Zoë & Söhne, 50%; \"a=b\" 1+1";
const THEIRS: &str = "Zoë&Söhne,50%;\"a=b\"";

/// A service of Python's and one of ours, which speak the same formats.
struct Pair {
    python: String,
    rust: String,
    _programs: [Program; 2],
}

impl Pair {
    fn speaking(formats: &str) -> Self {
        let start = |command: &mut Command| {
            let mut program = Program::start(command.env("OTEL_PROPAGATORS", formats));
            (program.wait_for_word("listening: "), program)
        };
        let script = workspace_root().join("tests/system/interop/service.py");
        let (python, theirs) = start(Command::new(interpreter()).arg(script));
        let (rust, ours) = start(Command::new(env!("CARGO_BIN_EXE_peer")).env("OBS_LOG", "off"));
        Pair { python, rust, _programs: [theirs, ours] }
    }
}

/// The Python that `scripts/python` makes, in the target directory.
fn interpreter() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_peer")).ancestors().nth(2).unwrap();
    let python = target.join("python/bin/python");
    assert!(python.exists(), "no {}; `scripts/python` makes it, with OpenTelemetry in it", python.display());
    python
}

fn asked(url: &str, headers: &[(&str, &str)]) -> Value {
    let (status, body) = get_with(url, headers).unwrap();
    assert_eq!(status, 200, "{url}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// Asserts that what a service saw is what the other one sent, in the trace and the baggage.
fn arrived(sent: &Value, seen: &Value, tracestate: bool) {
    for key in ["trace_id", "span_id", "sampled", "baggage"] {
        assert_eq!(seen[key], sent[key], "{key}: sent {sent}, seen {seen}");
    }
    let state = if tracestate { &sent["tracestate"] } else { &Value::Null };
    assert_eq!(&seen["tracestate"], state, "sent {sent}, seen {seen}");
}

fn both_ways(formats: &str) {
    let Pair { python, rust, _programs } = Pair::speaking(formats);
    let with_state = formats.contains("tracecontext");

    let told = asked(&format!("{python}/call?url={rust}/seen"), &[]);
    let (sent, seen) = (&told["sent"], &told["answer"]);
    arrived(sent, seen, with_state);
    assert_eq!(seen["continued"], sent["trace_id"], "our server's span is in the caller's trace");
    assert_eq!(seen["baggage"]["python"], THEIRS);
    assert_eq!(sent["sampled"], true);

    let told = asked(&format!("{rust}/call?url={python}/seen"), &[]);
    arrived(&told["sent"], &told["answer"], with_state);
    assert_eq!(told["answer"]["baggage"]["rust"], OURS);

    // There and back again: one trace, and each finds the baggage of both.
    let told = asked(&format!("{python}/call?url={rust}/call?url={python}/seen"), &[]);
    let (begun, middle, end) = (&told["sent"], &told["answer"]["sent"], &told["answer"]["answer"]);
    arrived(middle, end, with_state);
    assert_eq!(middle["trace_id"], begun["trace_id"]);
    assert_ne!(middle["span_id"], begun["span_id"]);
    assert_eq!((&end["baggage"]["python"], &end["baggage"]["rust"]), (&THEIRS.into(), &OURS.into()));
    if with_state {
        assert_eq!(end["tracestate"], "python=began:here");
    }
}

#[test]
fn w3c_trace_context_and_baggage_go_both_ways() {
    both_ways("tracecontext,baggage");
}

#[test]
fn b3_in_one_header_goes_both_ways() {
    both_ways("b3,baggage");
}

#[test]
fn b3_in_several_headers_goes_both_ways() {
    both_ways("b3multi,baggage");
}

#[test]
fn what_we_pass_on_python_reads_as_it_was_meant() {
    let Pair { python, rust, _programs } = Pair::speaking("tracecontext,baggage");
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    let headers = [
        ("traceparent", parent),
        ("tracestate", "congo=t61rcWkgMzE"),
        ("tracestate", "rojo=00f067aa0ba902b7"),
        ("baggage", "tenant=Caf%C3%A9%20%231;ttl=30"),
        ("baggage", "empty="),
    ];
    let seen = &asked(&format!("{rust}/call?url={python}/seen"), &headers)["answer"];
    assert_eq!(seen["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(seen["sampled"], false, "who began the trace did not want it");
    assert_eq!(seen["tracestate"], "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
    assert_eq!(seen["baggage"]["rust"], OURS);
    assert_eq!(seen["baggage"]["empty"], "");
    let on_the_wire = seen["headers"]["baggage"].as_str().unwrap();
    assert!(on_the_wire.starts_with("tenant=Caf%C3%A9%20%231;ttl=30,empty=,rust="), "{on_the_wire}");
}
