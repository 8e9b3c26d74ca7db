//! The primitives that the loom models replace by their own.
//!
//! The cfg is `obs_loom`, not `loom`: who models his own crate with loom must not get ours.

#[cfg(obs_loom)]
pub(crate) use loom::{
    cell::UnsafeCell,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence},
    },
    thread::yield_now as spin,
};
#[cfg(not(obs_loom))]
pub(crate) use std::{
    cell::UnsafeCell,
    hint::spin_loop as spin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence},
    },
};
