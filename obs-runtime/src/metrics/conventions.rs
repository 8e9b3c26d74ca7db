//! The families of OpenTelemetry's semantic conventions, in name, unit, labels and bounds; written as Prometheus does.

#[cfg(feature = "axum")]
mod http;
mod messaging;

use std::sync::Arc;

use super::dictionary::Dictionary;
use super::function::BOUNDS;
use super::show::Services;
use crate::record::{MetricSource, MetricVisitor};

#[cfg(feature = "axum")]
pub(crate) use http::Request;
pub(crate) use messaging::Messages;

/// The value of `error_type` where a call was dropped before its end: no convention has a word for it.
const CANCELLED: &str = "cancelled";

/// Returns the names, which nobody else may declare.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let names = messaging::names().into_iter();
    #[cfg(feature = "axum")]
    let names = names.chain(http::names());
    names
}

/// Returns what bounds the families.
pub(super) fn dictionaries() -> impl Iterator<Item = &'static Dictionary> {
    let all = messaging::dictionaries();
    #[cfg(feature = "axum")]
    let all = all.chain(http::dictionaries());
    all
}

/// Returns the families; each is shown once something happened.
pub(crate) fn source() -> Arc<dyn MetricSource> {
    Arc::new(Conventions)
}

struct Conventions;

impl MetricSource for Conventions {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let services = Services::now();
        #[cfg(feature = "axum")]
        http::show(&services, visitor);
        messaging::show(&services, visitor);
    }
}
