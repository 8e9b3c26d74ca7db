//! The derives.

pub(crate) mod envelope;
pub(crate) mod error_type;
pub(crate) mod label;
