//! Requests on their way to one destination, whatever they are made of: what waits, what is sent, what is lost.

pub(super) mod spool;
