//! The macros of `obs`: use them through the `obs` crate.
