//! Who called and who was called, by which Zipkin draws its graph of services.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::net::IpAddr;

use crate::export::text::write_json_string;
use crate::record::{SpanKind, SpanRecord, Value};

/// Attributes that name the other side, the best first, and the one that holds the port of an address (OpenTelemetry
/// specification, "OpenTelemetry to Zipkin Transformation", "Remote endpoint").
const RANKED: [(&str, Option<&str>); 11] = [
    ("peer.service", None),
    ("server.address", None),
    ("net.peer.name", None),
    ("network.peer.address", Some("network.peer.port")),
    ("server.socket.domain", None),
    ("server.socket.address", Some("server.socket.port")),
    ("net.sock.peer.name", None),
    ("net.sock.peer.addr", Some("net.sock.peer.port")),
    ("peer.hostname", None),
    ("peer.address", None),
    ("db.name", None),
];

/// Writes the service that made the span.
pub(super) fn write_local(out: &mut String, span: &SpanRecord) -> fmt::Result {
    if span.resource.service.is_empty() {
        return Ok(());
    }
    out.write_str(",\"localEndpoint\":{\"serviceName\":")?;
    write_json_string(out, &span.resource.service)?;
    out.write_char('}')
}

/// Writes whom a client or producer called: without it Zipkin sees no dependency.
pub(super) fn write_remote(out: &mut String, span: &SpanRecord) -> fmt::Result {
    if !matches!(span.kind, SpanKind::Client | SpanKind::Producer) {
        return Ok(());
    }
    let ranked = RANKED.iter().find_map(|(name, port)| Some((text(span, name)?, *port)));
    let Some((name, port)) = ranked else { return Ok(()) };
    out.write_str(",\"remoteEndpoint\":{")?;
    match port.and(name.parse().ok()).map(|address: IpAddr| address.to_canonical()) {
        Some(IpAddr::V4(address)) => write!(out, "\"ipv4\":\"{address}\"")?,
        Some(IpAddr::V6(address)) => write!(out, "\"ipv6\":\"{address}\"")?,
        None => {
            out.write_str("\"serviceName\":")?;
            write_json_string(out, &name)?;
        }
    }
    if let Some(port) = port.and_then(|port| self::port(span, port)) {
        write!(out, ",\"port\":{port}")?;
    }
    out.write_char('}')
}

/// Returns an attribute as text, unless it is empty.
fn text<'a>(span: &'a SpanRecord, key: &str) -> Option<Cow<'a, str>> {
    let text = match span.attribute(key)? {
        Value::Str(text) => Cow::Borrowed(text.as_ref()),
        other => Cow::Owned(other.to_string()),
    };
    (!text.is_empty()).then_some(text)
}

fn port(span: &SpanRecord, key: &str) -> Option<u16> {
    let port = match span.attribute(key)? {
        Value::Int(port) => u16::try_from(*port).ok()?,
        Value::Str(port) => port.parse().ok()?,
        _ => return None,
    };
    (port > 0).then_some(port)
}
