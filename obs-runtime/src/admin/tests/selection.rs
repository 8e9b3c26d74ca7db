//! One check, some checks, all but some; and a shutdown.

use super::*;
use crate::record::Attribute;

const SINCE: &str = " (since 2024-02-29T23:59:00Z)";

fn json_of((code, text): (u16, String)) -> (u16, Value) {
    (code, serde_json::from_str(&text).unwrap())
}

/// A bus that is down, in a group and with tags; a database that is well; a loop that is alive.
fn some() -> Vec<CheckReport> {
    let mut bus = report("bus", CheckKind::Readiness, Standing::Unhealthy, Some("refused"));
    bus.check = Arc::new(leak(HealthCheck {
        group: "net",
        tags: &["external", "eu/west"],
        doc: "Whether the bus takes messages.",
        ..check("bus")
    }));
    bus.details =
        [("waiting", 7.into()), ("rate", 0.5.into()), ("node", "b1".into()), ("ratio", f64::NAN.into())]
            .map(|(key, value)| Attribute { key: key.into(), value })
            .into();
    let db = report("db", CheckKind::Readiness, Standing::Healthy, None);
    vec![bus, db, report("loop", CheckKind::Liveness, Standing::Healthy, None)]
}

#[tokio::test]
async fn one_check_is_asked_for_by_its_path() {
    let (address, _checks) = serving(some());
    assert_eq!(get(address, "/readyz/db").await, (200, "ok\n".to_owned()));
    assert_eq!(get(address, "/readyz/bus").await, (503, "not ready: bus: refused\n".to_owned()));
    assert_eq!(get(address, "/healthz/b%75s").await.0, 503);
    assert_eq!(get(address, "/livez/loop").await.0, 200);
    let verbose = format!("[+]db ok{SINCE}\nreadyz check passed\n");
    assert_eq!(get(address, "/readyz/db?verbose").await, (200, verbose));
    for missing in ["/readyz/loop", "/livez/db", "/startupz/db", "/healthz/nothing"] {
        let (code, text) = get(address, missing).await;
        assert_eq!(code, 404, "{missing}");
        assert!(text.starts_with("not found: no check is meant by that; there is: "), "{text}");
    }
    assert!(get(address, "/healthz/nothing").await.1.ends_with(" bus db loop\n"));
}

#[tokio::test]
async fn a_check_that_is_asked_for_by_name_counts_whether_it_is_critical_or_not() {
    let luxury = |name, kind, standing, why| {
        let it = report(name, kind, standing, Some(why));
        CheckReport { check: Arc::new(leak(HealthCheck { critical: false, kind, ..check(name) })), ..it }
    };
    let (address, _checks) = serving(vec![
        luxury("mail", CheckKind::Readiness, Standing::Unhealthy, "down"),
        luxury("search", CheckKind::Readiness, Standing::Unknown, "has not run yet"),
        luxury("slow", CheckKind::Readiness, Standing::Degraded, "slow"),
        luxury("loop", CheckKind::Liveness, Standing::Unknown, "has not run yet"),
        luxury("warm", CheckKind::Startup, Standing::Unhealthy, "cold"),
    ]);
    assert_eq!(get(address, "/readyz").await, (200, "ok\n".to_owned()));
    for (path, code) in [
        ("/readyz/mail", 503),
        ("/healthz/mail", 503),
        ("/readyz/search", 503),
        ("/healthz/search", 503),
        ("/readyz/slow", 200),
        ("/livez/loop", 200),
        ("/healthz/loop", 200),
        ("/startupz/warm", 503),
    ] {
        let (short, text) = get(address, path).await;
        assert_eq!((short, text == "ok\n"), (code, code == 200), "{path}: {text}");
        let (verbose, text) = get(address, &format!("{path}?verbose")).await;
        assert_eq!((verbose, text.ends_with("check passed\n")), (code, code == 200), "{path}: {text}");
        assert!(code == 200 || !text.contains("tolerated"), "{path}: {text}");
        let (code_of_json, json) = json_of(get(address, &format!("{path}?format=json")).await);
        assert_eq!((code_of_json, json["status"] == "fail"), (code, code == 503), "{path}: {json}");
        let own = json["checks"].as_object().unwrap().values().next().unwrap();
        assert_eq!(own[0]["status"] == "fail", code == 503, "{path}: {json}");
    }
    assert_eq!(get(address, "/readyz/mail").await.1, "not ready: mail: down\n");
}

#[tokio::test]
async fn a_question_of_which_nothing_is_left_is_no_success() {
    let (address, _checks) = serving(some());
    for path in [
        "/readyz/db?exclude=db",
        "/healthz/db?verbose&exclude=db",
        "/readyz?group=net&exclude=bus&format=json",
    ] {
        let (code, text) = get(address, path).await;
        assert_eq!(code, 404, "{path}: {text}");
        assert!(text.starts_with("not found: all that is meant by that is excluded: "), "{text}");
    }
    // As the API server of Kubernetes has it: what is left of a whole probe is its other checks, and may be none.
    let (code, text) = get(address, "/readyz?exclude=db&exclude=bus&verbose").await;
    let expected = "[+]bus excluded: ok\n[+]db excluded: ok\nreadyz check passed\n";
    assert_eq!((code, text.as_str()), (200, expected));
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let (address, _checks) = serving(some());
    for probe in ["/livez", "/readyz", "/startupz", "/healthz"] {
        for query in ["", "?verbose", "?exclude=bus"] {
            let without = get(address, &format!("{probe}{query}")).await;
            assert_eq!(get(address, &format!("{probe}/{query}")).await, without, "{probe}{query}");
        }
    }
}

#[tokio::test]
async fn groups_and_tags_pick_out_checks_and_never_none() {
    let (address, _checks) = serving(some());
    for (query, code) in [
        ("?group=net", 503),
        ("?tag=external", 503),
        ("?tag=none&tag=eu%2Fwest", 503),
        ("?group=net&exclude=bus", 404),
        ("?tag=external&exclude=bus", 404),
        ("?group=net&exclude=db", 503),
        ("?group=storage", 404),
        ("?tag=none", 404),
        ("?group=net&tag=none", 404),
        ("?group=", 400),
        ("?tag=%zz", 400),
        ("?format=xml", 400),
        ("?groups=storage", 503),
    ] {
        assert_eq!(get(address, &format!("/readyz{query}")).await.0, code, "{query}");
    }
}

#[tokio::test]
async fn what_is_excluded_does_not_count_and_is_told() {
    let (address, _checks) = serving(some());
    assert_eq!(get(address, "/readyz?exclude=bus").await, (200, "ok\n".to_owned()));
    assert_eq!(get(address, "/readyz?exclude=db").await.0, 503);
    assert_eq!(get(address, "/readyz?exclude=db&exclude=bus").await.0, 200);
    let (code, text) =
        get(address, "/readyz?verbose&exclude=bus&exclude=x%22%0Ay&exclude=loop&exclude=loop").await;
    let expected = format!(
        "[+]db ok{SINCE}\n[+]bus excluded: ok\nwarn: nothing to exclude is called \"loop\", \"x\\\"\\ny\"\n\
         readyz check passed\n"
    );
    assert_eq!((code, text), (200, expected));
    let (code, json) = json_of(get(address, "/readyz?format=json&exclude=bus&exclude=x").await);
    assert_eq!((code, &json["status"]), (200, &"pass".into()));
    assert_eq!(json["notes"], serde_json::json!(["excluded: bus", "nothing to exclude is called: x"]));
    assert!(json["checks"].get("bus:responseTime").is_none());
}

#[tokio::test]
async fn json_tells_everything_that_is_known() {
    let (address, checks) = serving(some());
    let (code, json) = json_of(get(address, "/healthz?format=json").await);
    assert_eq!((code, &json["status"]), (503, &"fail".into()));
    assert_eq!((&json["serviceId"], &json["version"]), (&"shop".into(), &"1.2.3".into()));
    assert_eq!(json["output"], "not healthy: bus: refused");
    let expected = serde_json::json!([{
        "componentType": "component",
        "status": "fail",
        "state": "unhealthy",
        "kind": "readiness",
        "critical": true,
        "group": "net",
        "tags": ["external", "eu/west"],
        "since": "2024-02-29T23:59:00Z",
        "observedValue": 1.5,
        "observedUnit": "ms",
        "time": "2024-03-01T00:00:00Z",
        "output": "refused",
        "doc": "Whether the bus takes messages.",
        "details": { "waiting": 7, "rate": 0.5, "node": "b1", "ratio": "NaN" },
    }]);
    assert_eq!(json["checks"]["bus:responseTime"], expected);
    let (_, alive) = json_of(get(address, "/livez?format=json").await);
    assert!(alive.get("output").is_none(), "nothing is wrong: {alive}");
    let degraded = report("db", CheckKind::Readiness, Standing::Degraded, Some("slow"));
    *checks.lock().unwrap() = vec![degraded];
    let (code, json) = json_of(get(address, "/readyz?format=json").await);
    assert_eq!((code, &json["status"], &json["output"]), (200, &"warn".into(), &"db: slow".into()));
    let (_, detailed) = json_of(get(address, "/health/detailed").await);
    assert_eq!(detailed["checks"], json["checks"]);
    assert!(get(address, "/health/detailed?format=text").await.1.contains("[+]db degraded: slow"));
}

#[tokio::test]
async fn a_shutdown_that_has_begun_is_the_cause() {
    let mut routes = routes(&Checks::default());
    routes.health = Arc::new(|question| Report { is_leaving: true, ..Report::empty(question.probe) });
    let address = serve(routes, Limits::default());
    let short = "not ready: shutdown: the process is about to end\n";
    assert_eq!(get(address, "/readyz").await, (503, short.to_owned()));
    let verbose = "[-]shutdown failed: the process is about to end\nreadyz check failed\n";
    assert_eq!(get(address, "/readyz?verbose").await, (503, verbose.to_owned()));
    assert_eq!(get(address, "/livez?verbose").await, (200, "livez check passed\n".to_owned()));
    let (code, json) = json_of(get(address, "/health/detailed").await);
    assert_eq!((code, &json["status"]), (503, &"fail".into()));
    assert_eq!(json["output"], "not healthy: shutdown: the process is about to end");
    assert_eq!(json["checks"]["shutdown"][0]["output"], "the process is about to end");
}

#[test]
fn a_service_tells_its_name_and_version() {
    let mut resource = Resource { service: "shop".into(), attributes: Vec::new() };
    let info = |resource: &Resource| ServiceInfo::of(resource).version;
    assert_eq!((ServiceInfo::of(&resource).name.as_deref(), info(&resource)), (Some("shop"), None));
    resource.attributes.push(Attribute { key: "service.version".into(), value: "1.2".into() });
    assert_eq!(info(&resource).as_deref(), Some("1.2"));
}
