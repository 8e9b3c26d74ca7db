//! The routes in a server of the program's own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use http_body_util::BodyExt;
use tower::ServiceExt;

use axum::http::StatusCode;

use super::*;
use crate::admin::{KnownToken, Token};
use crate::health::testing::report;
use crate::health::{CheckKind, CheckReport, Standing};

/// Returns a desk with a readiness check that says why it fails, and metrics that are written by `write`.
fn desk(token: Option<&str>, scrape: Duration, write: fn(&mut dyn io::Write) -> io::Result<()>) -> Arc<Desk> {
    let failing = report("db", CheckKind::Readiness, Standing::Unhealthy);
    let failing = CheckReport { reason: Some("the secret reason".to_owned()), ..failing };
    let metrics = move |_: Option<&str>| Exposition { content_type: "text/plain", write: Box::new(write) };
    let routes = Routes {
        metrics: Arc::new(metrics),
        health: Arc::new(move |question| Report {
            checks: Some(failing.clone()).filter(|c| question.includes(&c.check)).into_iter().collect(),
            ..Report::empty(question.probe)
        }),
        service: ServiceInfo::default(),
        token: token.map(|text| KnownToken::Given(Arc::new(Token::new(text).unwrap()))),
    };
    Arc::new(Desk::new(routes, scrape))
}

fn quick(token: Option<&str>) -> Arc<Desk> {
    desk(token, Duration::from_secs(10), |out| out.write_all(b"metric 1\n"))
}

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "shop.example")
}

async fn answer(router: &Router, request: axum::http::request::Builder) -> (u16, String) {
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(router: &Router, path: &str) -> (u16, String) {
    answer(router, request("GET", path)).await
}

#[tokio::test]
async fn the_routes_are_those_of_the_admin_server_wherever_they_are() {
    let desk = quick(None);
    let alone = router(Mounted::of(&desk));
    let slashes = ["/livez/", "/readyz/", "/startupz/", "/healthz/"];
    let nested = Router::new().nest("/internal/obs", alone.clone());
    let beside = Router::<u8>::new().route("/", any(async || "mine")).merge(alone.clone().with_state(()));
    let beside = beside.with_state(7);
    for (routes, prefix) in [(&alone, ""), (&nested, "/internal/obs"), (&beside, "")] {
        let get = async |path: &str| get(routes, &format!("{prefix}{path}")).await;
        for path in slashes {
            assert_eq!(get(path).await, get(path.trim_end_matches('/')).await, "{path}");
        }
        for path in ["/livez", "/startupz", "/health/live"] {
            assert_eq!(get(path).await, (200, "ok\n".to_owned()), "{path}");
        }
        for path in ["/readyz", "/readyz/db", "/healthz", "/healthz/db", "/health", "/health/ready"] {
            assert_eq!(get(path).await.0, 503, "{path}");
        }
        for path in ["/livez/db", "/startupz/x", "/readyz/x"] {
            assert_eq!(get(path).await.0, 404, "{path}");
        }
        assert_eq!(get("/readyz?exclude=db").await.0, 200, "the query arrives");
        let head = answer(routes, request("HEAD", &format!("{prefix}/livez"))).await;
        assert_eq!(head, (200, String::new()));
        assert_eq!(answer(routes, request("POST", &format!("{prefix}/livez"))).await.0, 405);
    }
    assert_eq!(get(&beside, "/").await, (200, "mine".to_owned()));
    assert_eq!(get(&alone, "/").await.0, 404, "the index would be the program's");
}

#[tokio::test]
async fn without_a_token_nobody_is_told_a_reason() {
    let desk = quick(None);
    let routes = router(Mounted::of(&desk));
    for path in ["/health/detailed", "/catalog", "/metrics"] {
        let (status, text) = get(&routes, path).await;
        assert_eq!((status, text.contains("`OBS_ADMIN_TOKEN_FILE`")), (403, true), "{path}: {text}");
        assert!(!text.contains("loopback"), "a program's own server has no such way: {text}");
    }
    for path in ["/readyz", "/readyz?verbose", "/healthz?format=json", "/health/ready?verbose"] {
        let (status, text) = get(&routes, path).await;
        assert_eq!(
            (status, text.contains("db"), text.contains("secret")),
            (503, true, false),
            "{path}: {text}"
        );
    }
}

#[tokio::test]
async fn who_has_the_token_sees_everything() {
    let desk = quick(Some("the-token"));
    let routes = router(Mounted::of(&desk));
    let with = async |token: &str, path: &str| {
        answer(&routes, request("GET", path).header("authorization", format!("Bearer {token}"))).await
    };
    for path in ["/health/detailed", "/catalog", "/metrics"] {
        assert_eq!((get(&routes, path).await.0, with("another", path).await.0), (401, 401), "{path}");
    }
    assert!(with("the-token", "/health/detailed").await.1.contains("the secret reason"));
    assert_eq!(with("the-token", "/catalog").await.0, 200);
    assert_eq!(with("the-token", "/metrics").await, (200, "metric 1\n".to_owned()));
    assert!(with("the-token", "/readyz?verbose").await.1.contains("the secret reason"));
    assert!(!get(&routes, "/readyz?verbose").await.1.contains("secret"));
}

#[tokio::test]
async fn two_are_rendered_at_a_time_over_all_doors() {
    static GO_ON: Mutex<Option<mpsc::Receiver<()>>> = Mutex::new(None);
    let (go_on, waiting) = mpsc::channel();
    *GO_ON.lock().unwrap() = Some(waiting);
    let desk = desk(Some("the-token"), Duration::from_millis(100), |out| {
        out.write_all(&[b'#'; 32 * 1024])?; // more than a piece: the answer begins
        let _told = GO_ON.lock().unwrap().as_ref().map(mpsc::Receiver::recv);
        Ok(())
    });
    let (routes, more) = (router(Mounted::of(&desk)), router(Mounted::of(&desk)));
    let door = Door::of_server("127.0.0.1:1".parse().unwrap());
    let uri = "/metrics".parse().unwrap();
    let scrape = || request("GET", "/metrics").header("authorization", "Bearer the-token");
    let headers = ["authorization"].map(|name| (name.parse().unwrap(), "Bearer the-token".parse().unwrap()));
    let headers = axum::http::HeaderMap::from_iter(headers);
    let own = desk.answer(&axum::http::Method::GET, &uri, &headers, &door).await;
    let mounted = routes.oneshot(scrape().body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((own.status(), mounted.status()), (StatusCode::OK, StatusCode::OK));
    let (status, text) = answer(&more, scrape()).await;
    assert_eq!((status, text.contains("too many scrapes")), (503, true), "{text}");
    drop(go_on);
    let free = async { while answer(&more, scrape()).await.0 != 200 {} };
    tokio::time::timeout(Duration::from_secs(20), free).await.unwrap();
}

#[tokio::test]
async fn the_routes_outlive_what_they_show_and_keep_nothing() {
    let desk = quick(None);
    let routes = router(Mounted::of(&desk));
    assert_eq!(get(&routes, "/livez").await.0, 200);
    assert_eq!(Arc::strong_count(&desk), 1);
    drop(desk);
    for path in
        ["/readyz", "/readyz/db", "/startupz", "/healthz", "/health/ready", "/metrics", "/health/detailed"]
    {
        assert_eq!(get(&routes, path).await, (503, "shut down\n".to_owned()), "{path}");
    }
    // Nobody is restarted for ending.
    let nested = Router::new().nest("/internal", routes.clone());
    for path in ["/livez", "/livez/", "/livez/loop", "/livez?group=net", "/health/live"] {
        assert_eq!(get(&routes, path).await, (200, "ok\n".to_owned()), "{path}");
        assert_eq!(get(&nested, &format!("/internal{path}")).await.0, 200, "{path}");
    }
    assert_eq!(get(&routes, "/livez?verbose").await, (200, "livez check passed\n".to_owned()));
    assert!(get(&routes, "/livez?format=json").await.1.contains("\"status\":\"pass\""));
    assert_eq!(answer(&routes, request("POST", "/livez")).await.0, 405);
}

#[tokio::test]
async fn without_a_running_obs_probes_succeed() {
    let routes = router(Mounted::idle());
    for path in ["/livez", "/readyz", "/startupz", "/healthz", "/health"] {
        assert_eq!(get(&routes, path).await, (200, "ok\n".to_owned()), "{path}");
    }
    assert_eq!(get(&routes, "/metrics").await, (200, String::new()));
}
