//! What each state of each kind of check does to each probe, through each door.

use http::{HeaderMap, Method};
use http_body_util::BodyExt;

use super::*;

/// Kind, critical, state, whether it passed before; the codes of `/livez`, `/readyz`, `/startupz` and `/healthz`; its line;
/// its status in JSON.
type Row = (CheckKind, &'static [bool], Standing, bool, [u16; 4], &'static str, &'static str);

const EITHER: &[bool] = &[true, false];

#[rustfmt::skip] // a table
const ROWS: &[Row] = {
    use CheckKind::{Liveness, Readiness, Startup};
    use Standing::{Degraded, Healthy, Unhealthy, Unknown};
    &[
        (Liveness, EITHER, Unknown, false, [200, 200, 200, 200], "[-]it unknown (tolerated)", "warn"),
        (Liveness, EITHER, Healthy, true, [200, 200, 200, 200], "[+]it ok", "pass"),
        (Liveness, EITHER, Degraded, true, [200, 200, 200, 200], "[+]it degraded", "warn"),
        (Liveness, EITHER, Unhealthy, true, [503, 200, 200, 503], "[-]it failed", "fail"),
        (Readiness, &[true], Unknown, false, [200, 503, 200, 503], "[-]it unknown", "fail"),
        (Readiness, &[true], Healthy, true, [200, 200, 200, 200], "[+]it ok", "pass"),
        (Readiness, &[true], Degraded, true, [200, 200, 200, 200], "[+]it degraded", "warn"),
        (Readiness, &[true], Unhealthy, true, [200, 503, 200, 503], "[-]it failed", "fail"),
        (Readiness, &[false], Unknown, false, [200, 200, 200, 200], "[-]it unknown (tolerated)", "warn"),
        (Readiness, &[false], Healthy, true, [200, 200, 200, 200], "[+]it ok", "pass"),
        (Readiness, &[false], Degraded, true, [200, 200, 200, 200], "[+]it degraded", "warn"),
        (Readiness, &[false], Unhealthy, true, [200, 200, 200, 200], "[-]it failed (tolerated)", "fail"),
        (Startup, EITHER, Unknown, false, [200, 200, 503, 503], "[-]it unknown", "fail"),
        (Startup, EITHER, Unhealthy, false, [200, 200, 503, 503], "[-]it failed", "fail"),
        (Startup, EITHER, Healthy, true, [200, 200, 200, 200], "[+]it ok", "pass"),
        (Startup, EITHER, Degraded, true, [200, 200, 200, 200], "[+]it degraded", "warn"),
        (Startup, EITHER, Unhealthy, true, [200, 200, 200, 200], "[-]it failed (tolerated)", "fail"),
        (Startup, EITHER, Unknown, true, [200, 200, 200, 200], "[-]it unknown (tolerated)", "warn"),
    ]
};

/// The paths of a probe, its name, what it says where it fails, whether a shutdown does that, and which kind it reads.
#[rustfmt::skip] // a table
const PROBES: [(&[&str], &str, &str, bool, Option<CheckKind>); 4] = [
    (&["/livez", "/health/live"], "livez", "not alive", false, Some(CheckKind::Liveness)),
    (&["/readyz", "/health/ready"], "readyz", "not ready", true, Some(CheckKind::Readiness)),
    (&["/startupz"], "startupz", "not started", false, Some(CheckKind::Startup)),
    (&["/healthz", "/health"], "healthz", "not healthy", true, None),
];

/// A door: whether the server is on loopback, a token is known, the right one is shown, and whether reasons are to be seen.
#[rustfmt::skip] // a table
const DOORS: [(&str, Option<&str>, bool, Option<&str>, bool); 6] = [
    ("loopback", Some("127.0.0.1:1"), false, None, true),
    ("loopback, token", Some("127.0.0.1:1"), true, None, false),
    ("loopback, token shown", Some("127.0.0.1:1"), true, Some("Bearer token"), true),
    ("network", Some("10.0.0.1:1"), false, None, false),
    ("network, token shown", Some("10.0.0.1:1"), true, Some("Bearer token"), true),
    ("a server of others", None, false, None, false),
];

struct Asker {
    desk: Desk,
    door: Door,
    headers: HeaderMap,
}

impl Asker {
    async fn get(&self, uri: &str) -> (u16, String) {
        let answer = self.desk.answer(&Method::GET, &uri.parse().unwrap(), &self.headers, &self.door).await;
        let code = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (code, String::from_utf8(body.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn every_state_kind_probe_and_door_has_its_code_and_its_word() {
    let mut asked = 0;
    for (name, bound, has_token, shown, sees_reasons) in DOORS {
        for row in ROWS {
            for (critical, is_leaving) in
                row.1.iter().flat_map(|critical| [(*critical, false), (*critical, true)])
            {
                let known = Checks::default();
                known.lock().unwrap().push(check_of(row, critical));
                let mut routes = routes(&known);
                let answers = routes.health;
                routes.health = Arc::new(move |question| Report { is_leaving, ..answers(question) });
                routes.token = has_token.then(|| KnownToken::Given(Arc::new(Token::new("token").unwrap())));
                let door =
                    bound.map_or_else(Door::of_router, |bound| Door::of_server(bound.parse().unwrap()));
                let headers = shown.map(|shown| (http::header::AUTHORIZATION, shown.parse().unwrap()));
                let desk = Desk::new(routes, Duration::from_secs(1));
                let asker = Asker { desk, door, headers: headers.into_iter().collect() };
                asked +=
                    ask_all(&asker, row, is_leaving, sees_reasons, &format!("{name}, {row:?}, {is_leaving}"))
                        .await;
            }
        }
    }
    assert_eq!(asked, 6 * 28 * 2 * 7, "doors, rows with what is critical, leaving or not, paths");
}

fn check_of((kind, _, standing, passed_once, ..): &Row, critical: bool) -> CheckReport {
    let mut it = report("it", *kind, *standing, (*standing != Standing::Healthy).then_some("because"));
    it.check = Arc::new(leak(HealthCheck { kind: *kind, critical, ..check("it") }));
    it.passed_once = *passed_once;
    it
}

/// Asks every path in every form and returns how many paths there were.
async fn ask_all(asker: &Asker, row: &Row, is_leaving: bool, sees_reasons: bool, case: &str) -> usize {
    let (kind, _, standing, _, codes, line, status) = *row;
    let mut asked = 0;
    for ((paths, name, failed, minds_leaving, reads), code) in PROBES.into_iter().zip(codes) {
        let is_refused = is_leaving && minds_leaving;
        let expected = if is_refused { 503 } else { code };
        let reads_it = reads.is_none_or(|reads| reads == kind);
        let reason = if sees_reasons { "because" } else { "reason withheld" };
        let reason = if standing == Standing::Healthy { String::new() } else { format!(": {reason}") };
        for path in paths {
            asked += 1;
            let case = format!("{path}, {case}");
            let (code_of_short, short) = asker.get(path).await;
            assert_eq!(code_of_short, expected, "{case}");
            assert_eq!(short == "ok\n", expected == 200, "{case}: {short}");
            assert!(expected == 200 || short.starts_with(&format!("{failed}: ")), "{case}: {short}");
            let is_told = short.contains("shutdown: the process is about to end");
            assert_eq!(is_told, is_refused, "{case}: {short}");

            let (code_of_verbose, verbose) = asker.get(&format!("{path}?verbose")).await;
            assert_eq!(code_of_verbose, expected, "{case}");
            let word = if expected == 200 { "passed" } else { "failed" };
            assert!(verbose.ends_with(&format!("{name} check {word}\n")), "{case}: {verbose}");
            let full = format!("{line}{reason} (since 2024-02-29T23:59:00Z)\n");
            assert_eq!(verbose.contains(&full), reads_it, "{case}: {verbose}");

            let (code_of_json, json) = asker.get(&format!("{path}?format=json")).await;
            assert_eq!(code_of_json, expected, "{case}");
            let json: Value = serde_json::from_str(&json).unwrap();
            let overall = match (expected, reads_it, status) {
                (503, ..) => "fail",
                (_, true, "warn" | "fail") => "warn",
                _ => "pass",
            };
            assert_eq!(json["status"], overall, "{case}: {json}");
            let own = &json["checks"]["it:responseTime"][0];
            assert_eq!(own["status"].as_str(), reads_it.then_some(status), "{case}: {json}");
            assert_eq!(own["state"].as_str(), reads_it.then_some(standing.as_str()), "{case}: {json}");
            let shown = own["output"].as_str().map(|output| output == "because");
            let has_reason = reads_it && standing != Standing::Healthy;
            assert_eq!(shown, has_reason.then_some(sees_reasons), "{case}: {json}");
        }
    }
    asked
}
