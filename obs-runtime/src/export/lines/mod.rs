//! Requests as lines of text: in a file, or on standard output.

mod config;
mod file;
mod pretty;
mod printer;

#[cfg(all(test, unix))]
mod tests;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Mutex;

pub(crate) use config::{FileConfig, StdoutConfig};
pub(crate) use pretty::{pretty_logs, pretty_spans};

use super::Reason;
use super::delivery::{Attempt, Body, Transport, Verdict};
use crate::quiet;

/// What lines are written on.
trait Paper: Send + 'static {
    /// Appends lines, all of them or none, and takes them back where nobody wants them any more by then, as far as it
    /// can. Blocks for as long as the device does.
    fn append(&mut self, lines: &[u8], wanted: &Wanted) -> io::Result<()>;
}

/// Whether somebody still waits for what is being written.
#[derive(Clone)]
struct Wanted(Arc<AtomicBool>);

impl Wanted {
    fn new() -> Self {
        Wanted(Arc::new(AtomicBool::new(true)))
    }

    fn is_so(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Notes when it is dropped that nobody waits any more.
struct Waiting(Wanted);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}

/// Requests by writing them down, one after the other and never on the I/O thread: a disk that hangs holds one thread,
/// and what comes after waits for it until its deadline.
struct Lines<P> {
    paper: Arc<Mutex<P>>,
}

impl<P: Paper> Lines<P> {
    fn new(paper: P) -> Self {
        Lines { paper: Arc::new(Mutex::new(paper)) }
    }
}

impl<P: Paper> Transport for Lines<P> {
    fn send<'a>(&'a self, body: &'a Body) -> Attempt<'a> {
        Box::pin(async move {
            let mut paper = Arc::clone(&self.paper).lock_owned().await;
            let (wanted, lines) = (Wanted::new(), body.bytes.clone());
            let waiting = Waiting(wanted.clone());
            let write = move || {
                quiet::hush();
                paper.append(&lines, &wanted)
            };
            let written = tokio::task::spawn_blocking(write).await;
            drop(waiting);
            judge(written.unwrap_or_else(|e| Err(io::Error::other(e))))
        })
    }
}

/// Whatever is wrong with a disk may pass; a reader that has gone does not come back.
fn judge(written: io::Result<()>) -> Verdict {
    match written {
        Ok(()) => Verdict::Done { rejected: 0, message: String::new() },
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
            Verdict::Drop { reason: Reason::Refused, detail: "nobody reads it any more".to_owned() }
        }
        Err(e) => Verdict::Retry { after: None, detail: format!("it could not be written: {e}") },
    }
}
