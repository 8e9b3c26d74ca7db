//! A service that others call and that calls others, which speaks the formats of `OTEL_PROPAGATORS`.
//!
//! `GET /seen` answers what it was sent, as JSON. `GET /call?url=URL` adds baggage, gets URL with what it injects, and
//! answers what it sent and what came back. Prints `listening: ADDRESS`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;

use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _obs = obs::builder().service_name("peer").admin_off().init()?;
    let routes = Router::new()
        .route("/seen", get(seen))
        .route("/call", get(call))
        .layer(obs::http::ServerLayer::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "listening: http://{}", listener.local_addr()?)?;
    axum::serve(listener, routes).await?;
    Ok(())
}

/// Answers with what came: the caller's span from the headers, the rest from where the work runs.
async fn seen(headers: HeaderMap) -> Json<Value> {
    let mut seen = told(obs::extract(&headers).span_context());
    let goes_on = obs::current().map(|here| here.trace_id.to_string());
    seen.insert("continued".to_owned(), goes_on.into());
    Json(seen.into())
}

async fn call(Query(query): Query<BTreeMap<String, String>>) -> Result<Json<Value>, StatusCode> {
    let url = query.get("url").cloned().ok_or(StatusCode::BAD_REQUEST)?;
    let here = obs::Context::current().with_baggage("rust", "Zoë & Söhne, 50%; \"a=b\" 1+1");
    here.scope(async move {
        let mut headers = HeaderMap::new();
        obs::inject(&mut headers);
        let answer = tokio::task::spawn_blocking(move || fetch(&url, &headers)).await;
        let answer = answer.ok().flatten().ok_or(StatusCode::BAD_GATEWAY)?;
        Ok(Json(json!({"sent": told(obs::current()), "answer": answer})))
    })
    .await
}

fn fetch(url: &str, headers: &HeaderMap) -> Option<Value> {
    let request = headers.iter().fold(ureq::get(url), |request, (name, value)| request.header(name, value));
    serde_json::from_str(&request.call().ok()?.body_mut().read_to_string().ok()?).ok()
}

/// Says what a span and the current baggage are, in the words that both sides use.
fn told(span: Option<obs::SpanContext>) -> Map<String, Value> {
    let baggage: BTreeMap<String, String> =
        obs::baggage().iter().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
    let mut told = Map::from_iter([("baggage".to_owned(), json!(baggage))]);
    if let Some(span) = span {
        told.insert("trace_id".to_owned(), span.trace_id.to_string().into());
        told.insert("span_id".to_owned(), span.span_id.to_string().into());
        told.insert("sampled".to_owned(), span.is_sampled().into());
        told.insert("tracestate".to_owned(), span.tracestate.as_deref().into());
    }
    told
}
