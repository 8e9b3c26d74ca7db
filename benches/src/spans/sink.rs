//! A collector on the loopback that reads OTLP over HTTP and keeps nothing: counts requests' bytes and their spans. It
//! lives in the parent, so that its CPU is nobody's.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::GzDecoder;

pub struct Sink {
    pub address: SocketAddr,
    spans: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
}

impl Sink {
    /// Listens on a free port, until the process ends.
    pub fn start() -> io::Result<Sink> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let sink = Sink { address: listener.local_addr()?, spans: Arc::default(), bytes: Arc::default() };
        let (spans, bytes) = (Arc::clone(&sink.spans), Arc::clone(&sink.bytes));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (spans, bytes) = (Arc::clone(&spans), Arc::clone(&bytes));
                std::thread::spawn(move || {
                    let _client_went_away = serve(&stream, &spans, &bytes);
                });
            }
        });
        Ok(sink)
    }

    /// Returns the spans and body bytes since the last call.
    pub fn take(&self) -> (u64, u64) {
        (self.spans.swap(0, Ordering::SeqCst), self.bytes.swap(0, Ordering::SeqCst))
    }
}

fn serve(stream: &TcpStream, spans: &AtomicU64, bytes: &AtomicU64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    while let Some(body) = request(&mut reader)? {
        bytes.fetch_add(body.len() as u64, Ordering::SeqCst);
        let plain = if body.starts_with(&[0x1f, 0x8b]) {
            let mut plain = Vec::new();
            GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
            plain
        } else {
            body
        };
        spans.fetch_add(count_spans(&plain), Ordering::SeqCst);
        writer.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n",
        )?;
    }
    Ok(())
}

/// Reads one request and returns its body; `None` when the client is done. Bodies have a length: no client here sends
/// chunks.
fn request(reader: &mut impl io::BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length = None;
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok();
        }
    }
    let mut body = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
    reader.read_exact(&mut body)?;
    Ok(Some(body))
}

/// Counts the spans of an `ExportTraceServiceRequest`: resource spans, scope spans and spans are fields 1, 2 and 2.
fn count_spans(request: &[u8]) -> u64 {
    let resources = messages(request, 1);
    let scopes = resources.iter().flat_map(|r| messages(r, 2));
    scopes.map(|s| messages(s, 2).len() as u64).sum()
}

/// Returns the messages in field `number`; ends where the bytes make no sense.
fn messages(mut bytes: &[u8], number: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let Some(key) = varint(&mut bytes) {
        let length = match key & 7 {
            0 => {
                varint(&mut bytes);
                0
            }
            1 => 8,
            2 => varint(&mut bytes).map_or(bytes.len(), |n| n as usize),
            5 => 4,
            _ => return found,
        };
        let Some((content, rest)) = bytes.split_at_checked(length) else { return found };
        if key == number << 3 | 2 {
            found.push(content);
        }
        bytes = rest;
    }
    found
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field whose content has a length.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("it is short");
        [&[number << 3 | 2, length], content].concat()
    }

    fn request() -> Vec<u8> {
        let span = field(2, &field(5, b"name"));
        let scope = field(2, &[field(1, b"scope"), span.clone(), span.clone()].concat());
        let resource = field(1, &[field(1, b"resource"), scope.clone(), scope].concat());
        [resource.clone(), resource].concat()
    }

    #[test]
    fn spans_of_every_scope_and_resource_are_counted() {
        assert_eq!(count_spans(&request()), 8);
        assert_eq!(count_spans(&[]), 0);
    }

    #[test]
    fn a_request_that_was_cut_counts_less_and_never_panics() {
        let whole = request();
        for length in 0..whole.len() {
            assert!(count_spans(&whole[..length]) < 8);
        }
    }

    #[test]
    fn a_sink_counts_what_is_posted() {
        let sink = Sink::start().expect("a port is free");
        let mut stream = TcpStream::connect(sink.address).expect("it listens");
        let body = request();
        for _ in 0..2 {
            write!(stream, "POST /v1/traces HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len())
                .expect("it reads");
            stream.write_all(&body).expect("it reads");
        }
        stream.shutdown(std::net::Shutdown::Write).expect("it is connected");
        let mut answers = String::new();
        stream.read_to_string(&mut answers).expect("it answers");
        assert_eq!(answers.matches("200 OK").count(), 2);
        assert_eq!(sink.take(), (16, 2 * body.len() as u64));
        assert_eq!(sink.take(), (0, 0));
    }
}
