//! `docs/health.md` says what is so: manifests and rules are read by those they are for, paths and keys by the program.

mod tables;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use obs_tests::{scratch_dir, wait_for, workspace_root};
use serde_json::Value;
use tonic_health::pb::health_check_response::ServingStatus;

use super::kubelet::status;
use super::probed::Probed;

const SOON: Duration = Duration::from_secs(30);

fn page() -> String {
    fs::read_to_string(workspace_root().join("docs/health.md")).unwrap()
}

/// Returns the fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let (page, fence) = (page(), format!("```{language}\n"));
    page.split(&fence).skip(1).map(|rest| rest.split_once("```").unwrap().0.to_owned()).collect()
}

/// Runs a program with a text on its standard input; returns what it printed.
fn run(command: &mut Command, input: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let said = child.wait_with_output().unwrap();
    let printed = String::from_utf8(said.stdout).unwrap();
    assert!(said.status.success(), "{printed}{}", String::from_utf8_lossy(&said.stderr));
    printed
}

/// Reads a document as PyYAML does.
fn yaml(text: &str) -> Value {
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))";
    serde_json::from_str(&run(Command::new("python3").args(["-c", script]), text)).unwrap()
}

fn started() -> Probed {
    started_with(|_| {})
}

fn started_with(prepare: impl FnOnce(&mut Command)) -> Probed {
    let mut probed = Probed::start(&[], prepare);
    probed.program().wait_for_word("admin: ");
    probed.say("started", "");
    wait_for("its checks", || probed.ask("/healthz").1.eq("ok\n").then_some(()));
    probed
}

/// Reads `10s`.
fn seconds(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.strip_suffix('s')).unwrap().parse().unwrap()
}

#[test]
fn the_manifest_asks_what_is_answered_and_waits_long_enough() {
    let manifest =
        blocks("yaml").iter().map(|text| yaml(text)).find(|it| it["kind"] == "Deployment").unwrap();
    let pod = &manifest["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let ports = container["ports"].as_array().unwrap();
    let probed = started();
    for (probe, kind) in
        [("startupProbe", "startup"), ("livenessProbe", "liveness"), ("readinessProbe", "readiness")]
    {
        let get = &container[probe]["httpGet"];
        let port = ports.iter().find(|port| port["name"] == get["port"]).unwrap();
        assert_eq!(port["containerPort"], 9464, "{probe}: the port of the admin server");
        let path = get["path"].as_str().unwrap();
        let (code, body) = probed.ask(&format!("{path}?verbose"));
        assert_eq!(code, 200, "{path}: {body}");
        let checks = [("startup", "]started "), ("liveness", "]alive "), ("readiness", "]dependency ")];
        for (of, check) in checks {
            assert_eq!(body.contains(check), of == kind, "{path}: {body}");
        }
    }
    let variables = container["env"].as_array().unwrap();
    let value = |name: &str| &variables.iter().find(|v| v["name"] == name).unwrap()["value"];
    let ours = seconds(value("OBS_SHUTDOWN_DELAY")) + seconds(value("OBS_SHUTDOWN_TIMEOUT"));
    assert!(pod["terminationGracePeriodSeconds"].as_u64().unwrap() > ours, "{ours} s are killed");
    let configuration = fs::read_to_string(workspace_root().join("docs/configuration.md")).unwrap();
    for variable in variables {
        let name = variable["name"].as_str().unwrap();
        assert!(configuration.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn every_block_of_yaml_can_be_read() {
    let blocks = blocks("yaml");
    assert!(blocks.len() >= 3, "{}", blocks.len());
    for block in &blocks {
        assert!(yaml(block).is_object(), "{block}");
    }
}

#[test]
fn prometheus_takes_the_rules_and_rings_when_a_check_fails() {
    let rules = blocks("yaml").into_iter().find(|text| text.starts_with("groups:")).unwrap();
    let directory = scratch_dir();
    fs::write(directory.join("rules.yml"), rules).unwrap();
    let test = r#"
rule_files: [rules.yml]
evaluation_interval: 30s
tests:
  - interval: 30s
    input_series:
      - { series: 'health_probe_status{probe="ready",instance="a"}', values: "1x4 0x20" }
      - { series: 'health_probe_status{probe="live",instance="a"}', values: "1x60" }
      - { series: 'health_check_status{check="bus",kind="readiness",instance="a"}', values: "1x4 0x60" }
      - { series: 'health_check_status{check="cache",kind="readiness",instance="a"}', values: "0.5x60" }
    alert_rule_test:
      - { eval_time: 3m, alertname: HealthProbeFailing, exp_alerts: [] }
      - eval_time: 6m
        alertname: HealthProbeFailing
        exp_alerts:
          - exp_labels: { severity: page, probe: ready, instance: a }
            exp_annotations: { summary: "the probe ready of a fails" }
      - { eval_time: 6m, alertname: HealthCheckFailing, exp_alerts: [] }
      - eval_time: 15m
        alertname: HealthCheckFailing
        exp_alerts:
          - exp_labels: { severity: ticket, check: bus, kind: readiness, instance: a }
            exp_annotations: { summary: "bus (readiness) of a fails" }
      - eval_time: 20m
        alertname: HealthCheckDegraded
        exp_alerts:
          - exp_labels: { severity: ticket, check: cache, kind: readiness, instance: a }
            exp_annotations: { summary: "cache of a is degraded" }
"#;
    fs::write(directory.join("test.yml"), test).unwrap();
    for arguments in [["check", "rules", "rules.yml"], ["test", "rules", "test.yml"]] {
        run(Command::new("promtool").args(arguments).current_dir(&directory), "");
    }
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn the_services_of_the_probes_by_grpc_are_there() {
    let probes =
        blocks("yaml").iter().map(|text| yaml(text)).find(|it| it["readinessProbe"].is_object()).unwrap();
    let probed = started();
    for (probe, file) in
        [("startupProbe", "started"), ("livenessProbe", "alive"), ("readinessProbe", "dependency")]
    {
        let grpc = &probes[probe]["grpc"];
        assert_eq!(grpc["port"], 9464, "{probe}");
        let service = grpc["service"].as_str().unwrap_or_default();
        let ask = || status(probed.admin(), service, SOON);
        assert_eq!(ask(), Some(ServingStatus::Serving), "{probe}");
        if probe != "startupProbe" {
            probed.say(file, "away");
            wait_for(probe, || (ask() == Some(ServingStatus::NotServing)).then_some(()));
        }
    }
    assert_eq!(status(probed.admin(), "nobody", SOON), None);
}

/// Returns the keys of an object.
fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_answer_in_json_has_the_keys_that_are_shown() {
    let probed = started();
    probed.say("dependency", "connection refused");
    wait_for("the failure", || (probed.ask("/readyz").0 == 503).then_some(()));
    let (code, body) = probed.ask("/health/detailed");
    assert_eq!(code, 503, "{body}");
    let (real, shown): (Value, Value) =
        (serde_json::from_str(&body).unwrap(), serde_json::from_str(&blocks("json")[0]).unwrap());
    assert_eq!(keys(&real), keys(&shown), "{body}");
    let (real, shown) =
        (&real["checks"]["dependency:responseTime"][0], &shown["checks"]["database:responseTime"][0]);
    assert_eq!(keys(real), keys(shown), "{body}");
    for key in ["status", "output", "state", "kind", "critical", "observedUnit", "componentType"] {
        assert_eq!(real[key], shown[key], "{key}");
    }
}

#[test]
fn the_lines_that_are_shown_are_the_ones_that_are_answered() {
    let probed = started();
    probed.say("dependency", "connection refused");
    wait_for("the failure", || (probed.ask("/readyz").0 == 503).then_some(()));
    let shown = blocks("text").concat();
    let short = probed.ask("/readyz").1.replace("dependency", "database");
    assert!(shown.contains(&short), "{short}");
    let (_, verbose) = probed.ask("/readyz?verbose");
    let line = verbose.lines().find(|line| line.contains("dependency")).unwrap();
    let (line, _since) = line.split_once(" (since ").unwrap();
    assert!(shown.contains(&line.replace("dependency", "database")), "{verbose}");
    assert!(
        shown.contains("\nreadyz check failed\n") && verbose.ends_with("\nreadyz check failed\n"),
        "{verbose}"
    );
    probed.say("dependency", "degraded half of it is cold");
    wait_for("the state", || probed.ask("/readyz?verbose").1.contains("degraded").then_some(()));
    let (_, verbose) = probed.ask("/readyz?verbose");
    assert!(verbose.starts_with("[+]dependency degraded: half of it is cold (since 20"), "{verbose}");
    assert!(shown.contains("\n[+]cache degraded: half of it is cold (since 20"));
}
