//! Which version of HTTP a client speaks: its first bytes tell.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a client of HTTP/2 with prior knowledge begins with (RFC 9113, section 3.4); no request of HTTP/1 does.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin) enum Version {
    Http1,
    Http2,
}

/// Waits for the first bytes, as many as it takes to tell, and gives them back with the rest. Does not limit the time.
pub(in crate::admin) async fn version<S: AsyncRead + Unpin>(
    mut stream: S,
) -> io::Result<(Version, Rewound<S>)> {
    let mut first = [0; PREFACE.len()];
    let mut first = ReadBuf::new(&mut first);
    loop {
        let before = first.filled().len();
        poll_fn(|context| Pin::new(&mut stream).poll_read(context, &mut first)).await?;
        let read = first.filled();
        let is_over = read.len() == before;
        let version = match read {
            read if read == PREFACE => Version::Http2,
            read if PREFACE.starts_with(read) && !is_over => continue,
            _ => Version::Http1, // also of what ended too early: HTTP/1 has an answer to that
        };
        return Ok((version, Rewound { first: Bytes::copy_from_slice(read), stream }));
    }
}

/// A stream of which some was read, and is there again.
#[derive(Debug)]
pub(in crate::admin) struct Rewound<S> {
    first: Bytes,
    stream: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, out);
        }
        let fits = self.first.len().min(out.remaining());
        out.put_slice(self.first.get(..fits).unwrap_or_default());
        self.first.advance(fits);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// Sends bytes one by one, and returns the version and what is read again.
    async fn told(bytes: &[u8]) -> (Version, Vec<u8>) {
        let (mut client, server) = duplex(1);
        let sent = async {
            for byte in bytes {
                client.write_all(&[*byte]).await.unwrap();
            }
            drop(client);
        };
        let read = async {
            let (version, mut stream) = version(server).await.unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            (version, all)
        };
        tokio::join!(sent, read).1
    }

    #[tokio::test]
    async fn the_first_bytes_tell_and_none_is_lost() {
        let mut http2 = PREFACE.to_vec();
        http2.extend(b"\0\0\0\x04");
        assert_eq!(told(&http2).await, (Version::Http2, http2));
        for http1 in ["GET / HTTP/1.1\r\n\r\n", "PRI / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n", "P", ""] {
            assert_eq!(
                told(http1.as_bytes()).await,
                (Version::Http1, http1.as_bytes().to_vec()),
                "{http1:?}"
            );
        }
    }
}
