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
type ProbeRow = (&'static [&'static str], &'static str, &'static str, bool, Option<CheckKind>);

#[rustfmt::skip] // a table
const PROBES: [ProbeRow; 4] = [
    (&["/livez", "/health/live"], "livez", "not alive", false, Some(CheckKind::Liveness)),
    (&["/readyz", "/health/ready"], "readyz", "not ready", true, Some(CheckKind::Readiness)),
    (&["/startupz"], "startupz", "not started", false, Some(CheckKind::Startup)),
    (&["/healthz", "/health"], "healthz", "not healthy", true, None),
];

/// A door: where its server listens, whether a token is known, what is shown, and whether reasons are to be seen.
type DoorRow = (&'static str, Option<&'static str>, bool, Option<&'static str>, bool);

#[rustfmt::skip] // a table
const DOORS: [DoorRow; 6] = [
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

/// What one path must answer.
struct Expected<'a> {
    case: String,
    row: &'a Row,
    probe: ProbeRow,
    code: u16,
    is_refused: bool,
    /// The probe reads checks of this kind.
    reads_it: bool,
    sees_reasons: bool,
}

/// Asks every path in every form and returns how many paths there were.
async fn ask_all(asker: &Asker, row: &Row, is_leaving: bool, sees_reasons: bool, case: &str) -> usize {
    let mut asked = 0;
    for (probe, code) in PROBES.into_iter().zip(row.4) {
        for path in probe.0 {
            let is_refused = is_leaving && probe.3;
            let expected = Expected {
                case: format!("{path}, {case}"),
                row,
                probe,
                code: if is_refused { 503 } else { code },
                is_refused,
                reads_it: probe.4.is_none_or(|reads| reads == row.0),
                sees_reasons,
            };
            expected.short(asker.get(path).await);
            expected.verbose(asker.get(&format!("{path}?verbose")).await);
            expected.json(asker.get(&format!("{path}?format=json")).await);
            asked += 1;
        }
    }
    asked
}

impl Expected<'_> {
    fn short(&self, (code, text): (u16, String)) {
        let case = &self.case;
        assert_eq!(code, self.code, "{case}");
        assert_eq!(text == "ok\n", code == 200, "{case}: {text}");
        assert!(code == 200 || text.starts_with(&format!("{}: ", self.probe.2)), "{case}: {text}");
        let is_told = text.contains("shutdown: the process is about to end");
        assert_eq!(is_told, self.is_refused, "{case}: {text}");
    }

    fn verbose(&self, (code, text): (u16, String)) {
        let case = &self.case;
        assert_eq!(code, self.code, "{case}");
        let word = if code == 200 { "passed" } else { "failed" };
        assert!(text.ends_with(&format!("{} check {word}\n", self.probe.1)), "{case}: {text}");
        let reason = match (self.row.2, self.sees_reasons) {
            (Standing::Healthy, _) => "",
            (_, true) => ": because",
            (_, false) => ": reason withheld",
        };
        let line = format!("{}{reason} (since 2024-02-29T23:59:00Z)\n", self.row.5);
        assert_eq!(text.contains(&line), self.reads_it, "{case}: {text}");
    }

    fn json(&self, (code, text): (u16, String)) {
        let (case, status) = (&self.case, self.row.6);
        assert_eq!(code, self.code, "{case}");
        let json: Value = serde_json::from_str(&text).unwrap();
        let overall = match (code, self.reads_it, status) {
            (503, ..) => "fail",
            (_, true, "warn" | "fail") => "warn",
            _ => "pass",
        };
        assert_eq!(json["status"], overall, "{case}: {json}");
        let own = &json["checks"]["it:responseTime"][0];
        assert_eq!(own["status"].as_str(), self.reads_it.then_some(status), "{case}: {json}");
        assert_eq!(own["state"].as_str(), self.reads_it.then_some(self.row.2.as_str()), "{case}: {json}");
        let shown = own["output"].as_str().map(|output| output == "because");
        let has_reason = self.reads_it && self.row.2 != Standing::Healthy;
        assert_eq!(shown, has_reason.then_some(self.sees_reasons), "{case}: {json}");
    }
}
