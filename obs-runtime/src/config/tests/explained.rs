//! What people are told of the values in force.

use super::super::{Address, Config, Configuration, Otlp, Overrides, Sampling, Zipkin};

type Vars<'a> = &'a [(&'a str, &'a str)];

fn lines(overrides: Overrides, vars: Vars<'_>) -> Vec<String> {
    let get = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
    let told = Configuration::read(overrides, &get, true).1;
    assert_eq!(told.explain(), told.to_string());
    told.explain().lines().map(str::to_owned).collect()
}

#[test]
fn every_value_says_where_it_came_from() {
    let given = Overrides {
        service_name: Some("shop".to_owned()),
        resource: vec![("region".to_owned(), "eu".to_owned())],
        sampling: Some(Sampling::ParentBasedTraceIdRatio(0.5)),
        ..Overrides::default()
    };
    let lines = lines(given, &[("OTEL_SERVICE_NAME", "other"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000")]);
    for expected in [
        "OTEL_SERVICE_NAME = shop (builder Builder::service_name)",
        "OTEL_RESOURCE_ATTRIBUTES = region=eu (builder Builder::resource_attribute)",
        "OTEL_TRACES_SAMPLER = parentbased_traceidratio (builder Builder::sampling)",
        "OTEL_TRACES_SAMPLER_ARG = 0.5 (builder Builder::sampling)",
        "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT = 1s (environment OTEL_EXPORTER_OTLP_TIMEOUT)",
        "OTEL_BSP_MAX_QUEUE_SIZE = 65536 (default)",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = - (default)",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}\n{lines:#?}");
    }
}

#[test]
fn destinations_are_told_without_their_secrets() {
    let canary = "c4n4ry";
    let collector =
        Otlp::new(format!("http://user:{canary}@c:1?key={canary}")).header("authorization", canary);
    let vars = [
        ("OTEL_EXPORTER_OTLP_HEADERS", format!("api-key={canary}")),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", format!("http://{canary}@m:1/")),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", format!("http://z/?token={canary}")),
        ("OBS_PUSHGATEWAY", format!("http://{canary}:{canary}@g")),
    ];
    let vars = vars.each_ref().map(|(name, value)| (*name, value.as_str()));
    let otlp_endpoint = Some(Address(format!("http://{canary}@c")));
    let zipkin = vec![Zipkin::new(format!("http://{canary}@z"))];
    let given = Overrides { otlp: vec![collector], otlp_endpoint, zipkin, ..Overrides::default() };
    assert!(!format!("{given:?}").contains(canary), "{given:?}");
    let get = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
    let config = format!("{:?}", Config::read(Overrides::default(), &get, true));
    assert!(config.contains("m:1") && !config.contains(canary), "{config}");
    let lines = lines(given, &vars);
    assert!(lines.iter().all(|line| !line.contains(canary)), "{lines:#?}");
    let told = lines.iter().find(|line| line.starts_with("traces to `otlp` = ")).unwrap();
    assert_eq!(
        told,
        "traces to `otlp` = http://***@c:1/v1/traces?*** (http/protobuf, gzip, timeout 10s, headers authorization=***) (builder \
         Builder::otlp)"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("OTEL_EXPORTER_OTLP_LOGS_HEADERS = api-key=*** (environment "))
    );
}

#[test]
fn what_is_wrong_is_told_last_and_what_came_before_it_stays() {
    let lines =
        lines(Overrides::default(), &[("OTEL_BSP_SCHEDULE_DELAY", "soon"), ("OBS_SHUTDOWN_TIMEOUT", "5")]);
    let (last, before) = lines.split_last().unwrap();
    assert!(last.starts_with("error: `OBS_SHUTDOWN_TIMEOUT`: `5` is no duration; write"), "{last}");
    let warning =
        "warning: `OTEL_BSP_SCHEDULE_DELAY` is ignored: `soon` is not a number of milliseconds; write digits";
    assert!(before.last().unwrap().starts_with(warning), "{before:#?}");
    assert!(before.iter().any(|line| line.starts_with("OBS_LOG = ")));
}
