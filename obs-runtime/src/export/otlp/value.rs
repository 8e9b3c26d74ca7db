//! What all signals have in common in OTLP (`opentelemetry/proto/common/v1/common.proto`, `resource.proto`).

use crate::export::proto::Writer;
use crate::record::{Attribute, Resource, Value};

pub(super) fn write_resource(out: &mut Writer, resource: &Resource) {
    write_text_attribute(out, 1, "service.name", &resource.service);
    write_attributes(out, 1, &resource.attributes);
}

pub(super) fn write_attributes(out: &mut Writer, field: u32, attributes: &[Attribute]) {
    for attribute in attributes {
        out.message(field, |out| {
            out.bytes(1, attribute.key.as_bytes());
            out.message(2, |out| write_value(out, &attribute.value));
        });
    }
}

pub(super) fn write_text_attribute(out: &mut Writer, field: u32, key: &str, value: &str) {
    out.message(field, |out| {
        out.bytes(1, key.as_bytes());
        out.message(2, |out| out.bytes(1, value.as_bytes()));
    });
}

/// Writes the members of an `AnyValue`. They are a `oneof`: a default is written, or there would be no value.
pub(super) fn write_value(out: &mut Writer, value: &Value) {
    match value {
        Value::Str(v) => out.bytes(1, v.as_bytes()),
        Value::Bool(v) => out.varint(2, u64::from(*v)),
        Value::Int(v) => out.varint(3, v.cast_unsigned()),
        Value::Double(v) => out.fixed64(4, v.to_bits()),
    }
}

pub(super) fn write_count(out: &mut Writer, field: u32, count: u32) {
    if count > 0 {
        out.varint(field, u64::from(count));
    }
}
