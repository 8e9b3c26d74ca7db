//! A layer that panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use obs::testing::capture_with_layer;
use tracing::span::Id;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Panics once, where it is told to.
struct Panics {
    on_enter: bool,
    armed: std::sync::atomic::AtomicBool,
}

impl Panics {
    fn once(&self, here: bool) {
        if here && self.armed.swap(false, std::sync::atomic::Ordering::Relaxed) {
            panic!("expected by the test");
        }
    }
}

impl<S: tracing::Subscriber> Layer<S> for Panics {
    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        self.once(self.on_enter);
    }

    fn on_exit(&self, _: &Id, _: Context<'_, S>) {
        self.once(!self.on_enter);
    }
}

#[obs::traced]
fn leaf() {}

#[obs::traced]
fn root() {
    leaf();
}

#[test]
fn a_call_whose_layer_panics_ends_and_leaves_nothing_behind() {
    for on_enter in [true, false] {
        capture_with_layer(Panics { on_enter, armed: true.into() }, |t| {
            assert!(catch_unwind(AssertUnwindSafe(leaf)).is_err());
            assert_eq!(t.spans().len(), 1, "the span was closed");
            root();
            assert!(t.tree().ends_with("root ok\n`- leaf ok\n"), "{}", t.tree());
        });
    }
}
