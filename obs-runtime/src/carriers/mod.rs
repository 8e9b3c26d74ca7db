//! Headers of others that carry a context, each behind the feature of its client's name.

#[cfg(feature = "tonic")]
mod tonic;
