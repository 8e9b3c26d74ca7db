//! Headers of others that carry a context, each behind the feature of its client's name, and lists for all who have none.

#[cfg(feature = "lapin")]
mod lapin;
mod list;
#[cfg(feature = "nats")]
pub mod nats;
mod optional;
#[cfg(feature = "redis")]
mod redis;
#[cfg(test)]
mod tests;
#[cfg(feature = "tonic")]
mod tonic;
