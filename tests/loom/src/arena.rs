//! The parts of the arena that threads share.

#[path = "../../../obs-runtime/src/engine/arena/returned.rs"]
pub(crate) mod returned;
#[path = "../../../obs-runtime/src/engine/arena/state.rs"]
pub(crate) mod state;
