//! A token in a file that does not come: a pipe, or a file system in a network that hangs.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::Command;

use http::{HeaderMap, Method};
use tokio::time::{Instant, advance};

use super::*;
use crate::config::admin::{Named, TokenFrom};
use crate::folder::Folder;

struct Asker {
    desk: Desk,
    door: Door,
    headers: HeaderMap,
}

impl Asker {
    /// Asks, and returns the status code and how long that took.
    async fn ask(&self, uri: &str) -> (u16, Duration) {
        let begun = Instant::now();
        let answer = self.desk.answer(&Method::GET, &uri.parse().unwrap(), &self.headers, &self.door).await;
        (answer.status().as_u16(), begun.elapsed())
    }
}

/// Puts a pipe in the place of a file: who opens it to read hangs until somebody writes.
fn hang(path: &Path) {
    fs::remove_file(path).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[tokio::test(start_paused = true)]
async fn r26_a_token_file_that_hangs_holds_up_no_probe_and_others_once() {
    let folder = Folder::new().with("token", "c4n4ry-0123456789");
    let path = folder.path().join("token");
    let from = TokenFrom::File(Named { option: "x", path: path.clone() });
    let token = crate::init::admin_token(&from, &(Arc::new(|_, _| {}) as Tell)).unwrap();
    let desk = Desk::new(Routes { token: Some(token), ..routes(&Checks::default()) }, Duration::from_secs(1));
    let right = "Bearer c4n4ry-0123456789".parse().unwrap();
    let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, right)]);
    let asker = Asker { desk, door: Door::of_server("127.0.0.1:1".parse().unwrap()), headers };
    hang(&path);
    for _ in 0..5 {
        advance(Duration::from_secs(2)).await;
        for probe in ["/livez", "/readyz", "/healthz", "/health/live"] {
            assert_eq!(asker.ask(probe).await, (200, Duration::ZERO), "{probe}");
        }
    }
    let mut waited = Duration::ZERO;
    for _ in 0..5 {
        advance(Duration::from_secs(2)).await;
        let (code, took) = asker.ask("/catalog").await;
        assert_eq!(code, 200, "the former token stays in force");
        waited += took;
    }
    assert!(waited <= Duration::from_millis(500), "{waited:?}");
    // Lets go of whoever hangs.
    drop(OpenOptions::new().write(true).open(&path).unwrap());
}
