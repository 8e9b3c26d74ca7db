//! The families of OpenTelemetry's semantic conventions, in name, unit, labels and bounds; written as Prometheus does.

#[cfg(feature = "tower")]
mod ended;
#[cfg(feature = "tower")]
pub(crate) mod http;
mod messaging;
#[cfg(feature = "tower")]
pub(crate) mod rpc;

use std::sync::Arc;

use super::dictionary::Dictionary;
use super::function::BOUNDS;
use super::show::Services;
use crate::record::{MetricSource, MetricVisitor};

#[cfg(feature = "tower")]
pub(crate) use ended::{Ended, Server};
pub(crate) use messaging::Messages;

/// The value of `error_type` where a call was dropped before its end: no convention has a word for it.
const CANCELLED: &str = "cancelled";

/// Returns the names, which nobody else may declare.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let names = messaging::names().into_iter();
    #[cfg(feature = "tower")]
    let names = names.chain(http::names()).chain(rpc::names());
    names
}

/// Returns what bounds the families.
pub(super) fn dictionaries() -> impl Iterator<Item = &'static Dictionary> {
    let all = messaging::dictionaries();
    #[cfg(feature = "tower")]
    let all = all.chain(http::dictionaries()).chain(rpc::dictionaries());
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
        #[cfg(feature = "tower")]
        http::show(&services, visitor);
        messaging::show(&services, visitor);
        #[cfg(feature = "tower")]
        rpc::show(&services, visitor);
    }
}
