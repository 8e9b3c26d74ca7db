//! OTLP as JSON, made of its protobuf bytes (OTLP specification, "JSON Protobuf Encoding").
//!
//! Field by field and without a tree: what one message holds is written while it is read. Ids are hexadecimal, other
//! bytes are base64, 64-bit integers are texts, enums are integers, and what the tables do not know is left out.

mod fields;

use fields::{Entry, Kind, Message};

use crate::export::Signal;
use crate::export::delivery::Turn;
use crate::export::proto::{Field, Malformed, Reader};
use crate::export::text::{write_json_double, write_json_string};

/// The most messages inside each other. Values of attributes may be lists of lists; more than this has nobody.
const MAX_DEPTH: usize = 64;

/// Turns an `Export{Trace,Metrics,Logs}ServiceRequest` in protobuf into the same in JSON, on one line without its end.
///
/// Takes time with the size of the request, and allocates what it returns. A field that is there and has its default is
/// written; a field that is not repeated and there twice is malformed, as is text that is no UTF-8.
fn from_protobuf(signal: Signal, request: &[u8]) -> Result<String, Malformed> {
    let message = match signal {
        Signal::Traces => &fields::TRACES,
        Signal::Metrics => &fields::METRICS,
        Signal::Logs => &fields::LOGS,
    };
    let mut out = String::with_capacity(request.len() * 2);
    write_message(&mut out, message, request, MAX_DEPTH)?;
    Ok(out)
}

/// Returns what makes JSON of the requests of a signal.
pub(in crate::export) fn turn(signal: Signal) -> Turn {
    match signal {
        Signal::Traces => |request| from_protobuf(Signal::Traces, request).ok().map(String::into_bytes),
        Signal::Metrics => |request| from_protobuf(Signal::Metrics, request).ok().map(String::into_bytes),
        Signal::Logs => |request| from_protobuf(Signal::Logs, request).ok().map(String::into_bytes),
    }
}

/// Returns what makes a line of JSON of the requests of a signal (OpenTelemetry specification, "OpenTelemetry Protocol
/// File Exporter", "JSON lines file").
pub(in crate::export) fn line(signal: Signal) -> Turn {
    fn line(signal: Signal, request: &[u8]) -> Option<Vec<u8>> {
        let mut line = from_protobuf(signal, request).ok()?.into_bytes();
        line.push(b'\n');
        Some(line)
    }
    match signal {
        Signal::Traces => |request| line(Signal::Traces, request),
        Signal::Metrics => |request| line(Signal::Metrics, request),
        Signal::Logs => |request| line(Signal::Logs, request),
    }
}

fn write_message(out: &mut String, message: &Message, bytes: &[u8], depth: usize) -> Result<(), Malformed> {
    let depth = depth.checked_sub(1).ok_or(Malformed)?;
    out.push('{');
    let mut reader = Reader::new(bytes);
    let mut written = 0_u64;
    while let Some(field) = reader.next() {
        let (number, value) = field?;
        let Some((slot, entry)) = message.find(number) else { continue };
        if written & slot != 0 {
            if entry.is_repeated {
                continue; // written with the first of them
            }
            return Err(Malformed);
        }
        if written != 0 {
            out.push(',');
        }
        written |= slot;
        out.push('"');
        out.push_str(entry.name);
        out.push_str("\":");
        if entry.is_repeated {
            write_list(out, entry, value, &reader, depth)?;
        } else {
            write_value(out, &entry.kind, value, depth)?;
        }
    }
    out.push('}');
    Ok(())
}

/// Writes all values of a repeated field: the one at hand, and those further on in its message.
fn write_list(
    out: &mut String,
    entry: &Entry,
    first: Field<'_>,
    rest: &Reader<'_>,
    depth: usize,
) -> Result<(), Malformed> {
    out.push('[');
    let begin = out.len();
    write_values(out, &entry.kind, first, depth, begin)?;
    for field in rest.clone() {
        let (number, value) = field?;
        if number == entry.number {
            write_values(out, &entry.kind, value, depth, begin)?;
        }
    }
    out.push(']');
    Ok(())
}

/// Writes one value of a list, or the numbers of a packed field. `begin` is where the list begins.
fn write_values(
    out: &mut String,
    kind: &Kind,
    value: Field<'_>,
    depth: usize,
    begin: usize,
) -> Result<(), Malformed> {
    let next = |out: &mut String, value| {
        if out.len() > begin {
            out.push(',');
        }
        write_value(out, kind, value, depth)
    };
    let Field::Bytes(packed) = value else { return next(out, value) };
    let mut numbers = Reader::new(packed);
    match kind {
        Kind::Fixed64 | Kind::Double => {
            while !numbers.is_empty() {
                next(out, Field::Fixed64(numbers.read_fixed64().ok_or(Malformed)?))?;
            }
            Ok(())
        }
        Kind::Uint64 => {
            while !numbers.is_empty() {
                next(out, Field::Varint(numbers.read_varint().ok_or(Malformed)?))?;
            }
            Ok(())
        }
        _ => next(out, value),
    }
}

/// Writes a value that has the wire type of its kind.
fn write_value(out: &mut String, kind: &Kind, value: Field<'_>, depth: usize) -> Result<(), Malformed> {
    match (kind, value) {
        (Kind::Of(message), Field::Bytes(bytes)) => write_message(out, message, bytes, depth)?,
        (Kind::Text, Field::Bytes(bytes)) => {
            let text = std::str::from_utf8(bytes).map_err(|_| Malformed)?;
            write_json_string(out, text).map_err(|_| Malformed)?;
        }
        (Kind::Id, Field::Bytes(bytes)) => write_hex(out, bytes),
        (Kind::Bytes, Field::Bytes(bytes)) => write_base64(out, bytes),
        (Kind::Bool, Field::Varint(value)) => out.push_str(if value == 0 { "false" } else { "true" }),
        // The narrow kinds are cut to their width, as every decoder does.
        (Kind::Uint32, Field::Varint(value)) => write_integer(out, value as u32),
        (Kind::Int32, Field::Varint(value)) => write_integer(out, (value as u32).cast_signed()),
        (Kind::Sint32, Field::Varint(value)) => {
            let folded = value as u32;
            write_integer(out, (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed());
        }
        (Kind::Fixed32, Field::Fixed32(value)) => write_integer(out, value),
        (Kind::Uint64, Field::Varint(value)) | (Kind::Fixed64, Field::Fixed64(value)) => {
            write_long(out, value);
        }
        (Kind::Int64, Field::Varint(value)) | (Kind::Sfixed64, Field::Fixed64(value)) => {
            write_long(out, value.cast_signed());
        }
        (Kind::Double, Field::Fixed64(bits)) => {
            write_json_double(out, f64::from_bits(bits)).map_err(|_| Malformed)?;
        }
        _ => return Err(Malformed),
    }
    Ok(())
}

fn write_integer(out: &mut String, value: impl itoa::Integer) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Writes a 64-bit integer: a text, because readers that know nothing but floats would lose digits.
fn write_long(out: &mut String, value: impl itoa::Integer) {
    out.push('"');
    write_integer(out, value);
    out.push('"');
}

fn write_hex(out: &mut String, bytes: &[u8]) {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    out.push('"');
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]));
    out.push('"');
}

/// Writes bytes in the standard alphabet with padding (RFC 4648, section 4).
fn write_base64(out: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.push('"');
    for chunk in bytes.chunks(3) {
        let bits =
            (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let sign = ALPHABET.get(bits >> (18 - 6 * at) & 0x3f).filter(|_| at <= chunk.len());
            out.push(sign.map_or('=', |sign| char::from(*sign)));
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
