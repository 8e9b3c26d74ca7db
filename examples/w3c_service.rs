//! A service for the W3C's validation harness of Trace Context (github.com/w3c/trace-context, folder `test`).
//!
//! `POST /test` takes `[{"url": "...", "arguments": ...}]`, posts each `arguments` as JSON to its `url`, in the trace of the
//! request, and answers 200 when all are done. `scripts/conformance` runs the harness against it.

use std::error::Error;
use std::net::Ipv4Addr;

use axum::extract::State;
use axum::http::{Request, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use lexopt::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use tower::{Layer, ServiceExt};

type Client = obs::http::Client<legacy::Client<HttpConnector, Full<Bytes>>>;

/// What the service is asked to do.
#[derive(Deserialize)]
struct Action {
    url: String,
    #[serde(default)]
    arguments: Value,
}

async fn test(State(client): State<Client>, Json(actions): Json<Vec<Action>>) -> Result<(), StatusCode> {
    for action in actions {
        send(&client, action).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    }
    Ok(())
}

#[obs::traced(err)]
async fn send(client: &Client, action: Action) -> Result<(), Box<dyn Error + Send + Sync>> {
    let body = Full::from(serde_json::to_vec(&action.arguments)?);
    let json = "application/json";
    let request = Request::post(action.url).header(header::CONTENT_TYPE, json).body(body)?;
    let response = client.clone().oneshot(request).await?;
    response.into_body().collect().await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _obs = obs::builder().admin_off().init()?;
    let client = legacy::Client::builder(TokioExecutor::new()).build_http();
    let client = obs::http::ClientLayer::new().layer(client);
    let service = Router::new().route("/test", post(test)).with_state(client);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port()?)).await?;
    println!("listening on http://{}/test", listener.local_addr()?);
    axum::serve(listener, service.layer(obs::http::ServerLayer::new())).await?;
    Ok(())
}

/// Reads the command line: `--port N`, where 0 is a free one, which is printed.
fn port() -> Result<u16, lexopt::Error> {
    let mut port = 5000;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => port = arguments.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(port)
}
