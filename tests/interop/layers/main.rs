//! Layers of others, unchanged, on top of our subscriber: each sees the tree that we export.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking
#![allow(missing_docs)] // a test's name says what holds

#[cfg(tokio_unstable)] // which is what it needs
mod console;
mod errors;
mod formatted;
mod opentelemetry;
mod panicking;
mod sentry;
mod stacked;

use std::io;
use std::sync::{Arc, Mutex};

use obs::testing::Telemetry;
use tracing::{field, info, info_span, warn};

/// What a service does: annotated functions and spans made by hand, an error, a thread, a future.
fn work() {
    let request = info_span!("request", id = 7, late = field::Empty);
    request.in_scope(|| {
        place("book");
        info_span!("by hand", kind = "none").in_scope(|| warn!(code = 3, "careful"));
    });
    request.record("late", "now");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(tracing::Instrument::instrument(later(), request));
}

/// Places an order.
#[obs::traced(fields(order.item = item))]
fn place(item: &str) {
    info!(item, "placed");
}

/// Does something after a while.
#[obs::traced]
async fn later() {
    tokio::task::yield_now().await;
    info_span!("inner").in_scope(|| info!("said"));
}

const TREE: &str = "\
request id=7 late=now
|- place ok order.item=book
|  * placed item=book level=INFO
|- by hand kind=none
|  * careful code=3 level=WARN
`- later ok
   `- inner
      * said level=INFO
";

/// Runs the work under a layer.
fn with_layer(
    layer: impl tracing_subscriber::Layer<obs::Spans> + Send + Sync,
    test: impl FnOnce(&Telemetry),
) {
    obs::testing::capture_with_layer(layer, |telemetry| {
        work();
        let tree = telemetry.tree();
        // A tokio that tells of its tasks adds roots of its own.
        assert!(
            tree.strip_prefix(TREE).is_some_and(|more| cfg!(tokio_unstable) || more.is_empty()),
            "{tree}"
        );
        test(telemetry);
    });
}

/// Text that a layer writes.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn writer(&self) -> impl Fn() -> Written + use<> {
        let written = self.clone();
        move || written.clone()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
