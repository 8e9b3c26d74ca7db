//! A small HTTP client: connections are kept and used again.

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// A client of one server.
pub struct Client {
    server: SocketAddr,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    requests: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

/// A customer who leaves hangs up.
impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Client {
    pub fn new(server: SocketAddr) -> Self {
        Client { server, idle: Mutex::default() }
    }

    /// Sends a request and reads the whole answer; the connection is closed if the future is dropped before.
    pub async fn send(&self, method: Method, path: &str, json: Vec<u8>) -> io::Result<(StatusCode, Bytes)> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.server.to_string())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(json))
            .map_err(io::Error::other)?;
        let mut connection = self.connection().await?;
        let answer = connection.requests.send_request(request).await.map_err(broken)?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(broken)?.to_bytes();
        if connection.requests.ready().await.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        Ok((status, body))
    }

    async fn connection(&self) -> io::Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle.filter(|c| !c.requests.is_closed()) {
            return Ok(connection);
        }
        let stream = TcpStream::connect(self.server).await?;
        let (requests, driver) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let driver = tokio::spawn(async { drop(driver.await) });
        Ok(Connection { requests, driver })
    }
}

fn broken(error: impl Display) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, error.to_string())
}
