//! The derives.

pub(crate) mod envelope;
pub(crate) mod label;
