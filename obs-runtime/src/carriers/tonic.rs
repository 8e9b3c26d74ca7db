//! Metadata of gRPC, as tonic has it: HTTP headers.

use std::ops::ControlFlow;

use http::HeaderMap;
use tonic::metadata::MetadataMap;

use crate::context::Carrier;

/// Values of binary keys, which end in `-bin`, are not those of a context, and stay as they are.
impl Carrier for MetadataMap {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        Carrier::get_all(AsRef::<HeaderMap>::as_ref(self), name, each)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        Carrier::set(AsMut::<HeaderMap>::as_mut(self), name, value);
    }

    fn remove(&mut self, name: &'static str) {
        Carrier::remove(AsMut::<HeaderMap>::as_mut(self), name);
    }

    fn kind(&self) -> &'static str {
        "grpc"
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use tonic::metadata::MetadataValue;

    use super::*;
    use crate::context::{extract, inject};
    use crate::testing::record;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn metadata_carries_a_context_both_ways() {
        let (_collected, _guard) = record();
        let mut metadata = MetadataMap::new();
        metadata.insert("traceparent", PARENT.parse().unwrap());
        let sent = tracing::info_span!("call").in_scope(|| {
            inject(&mut metadata);
            crate::context::current().unwrap()
        });
        assert_eq!(metadata.get_all("traceparent").iter().count(), 1, "the one before is replaced");
        assert_eq!(extract(&metadata).span_context().unwrap().span_id, sent.span_id);
    }

    #[test]
    fn repeated_keys_are_seen_as_repeated() {
        let mut metadata = MetadataMap::new();
        metadata.append("traceparent", PARENT.parse().unwrap());
        metadata.append("tracestate", "a=1".parse().unwrap());
        metadata.append("tracestate", "b=2".parse().unwrap());
        assert_eq!(extract(&metadata).span_context().unwrap().tracestate.as_deref(), Some("a=1,b=2"));
        metadata.append("traceparent", PARENT.parse().unwrap());
        assert_eq!(extract(&metadata).span_context(), None);
    }

    #[test]
    fn binary_keys_stay_as_they_are() {
        let (_collected, _guard) = record();
        let mut metadata = MetadataMap::new();
        metadata.insert_bin("grpc-trace-bin", MetadataValue::from_bytes(&[0, 255, 1]));
        assert!(extract(&metadata).is_empty());
        tracing::info_span!("call").in_scope(|| inject(&mut metadata));
        assert_eq!(metadata.get_bin("grpc-trace-bin").unwrap().to_bytes().unwrap().as_ref(), [0, 255, 1]);
        assert!(metadata.contains_key("traceparent"));
    }
}
