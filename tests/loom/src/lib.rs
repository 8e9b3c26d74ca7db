//! Models of the engine's concurrent parts: `scripts/loom` runs them.
//!
//! The sources are those of `obs-runtime`, compiled here with loom's primitives, which see every interleaving of the
//! atomics and every conflicting access to a cell.
#![cfg(all(test, obs_loom))]
#![allow(dead_code)] // what no model uses

#[path = "../../../obs-runtime/src/engine/ring/mod.rs"]
mod ring;
#[path = "../../../obs-runtime/src/engine/sync.rs"]
mod sync;

mod anchors;
mod arena;
mod rings;
mod slots;

/// The part of the clock that is shared.
#[path = "."]
mod tick {
    #[path = "../../../obs-runtime/src/engine/tick/anchor.rs"]
    pub(crate) mod anchor;
}

/// What the sources under test name of the rest.
mod wire {
    #[derive(Clone, Copy)]
    pub(crate) enum Kind {
        Span,
        Event,
    }
}
