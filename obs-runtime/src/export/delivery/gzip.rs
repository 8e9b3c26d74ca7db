//! gzip (RFC 1952) by one compressor, used again and again: a new one is hundreds of kilobytes of fresh memory.

use std::io;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// No flags, no time, the fastest algorithm, an unknown operating system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff];

/// Compresses quickly rather than well.
#[derive(Debug)]
pub(super) struct Gzip {
    deflate: Compress,
}

impl Default for Gzip {
    fn default() -> Self {
        Gzip { deflate: Compress::new(Compression::fast(), false) }
    }
}

impl Gzip {
    /// Compresses `plain`.
    pub(super) fn compress(&mut self, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(plain.len() / 4 + 256);
        out.extend_from_slice(&HEAD);
        self.deflate.reset();
        let mut rest = plain;
        loop {
            let before = self.deflate.total_in();
            let status = self.deflate.compress_vec(rest, &mut out, FlushCompress::Finish)?;
            let read = usize::try_from(self.deflate.total_in() - before).unwrap_or(usize::MAX);
            rest = rest.get(read..).unwrap_or_default();
            if status == Status::StreamEnd {
                break;
            }
            out.reserve(out.capacity()); // it was too small
        }
        let mut crc = Crc::new();
        crc.update(plain);
        out.extend_from_slice(&crc.sum().to_le_bytes());
        out.extend_from_slice(&crc.amount().to_le_bytes());
        Ok(out)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn whatever_came_before_the_plain_bytes_come_back() {
        let mut state = 1_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        let noise: Vec<u8> = (0..300_000).map(|_| noise()).collect();
        let mut gzip = Gzip::default();
        for plain in [b"".as_slice(), b"short", &noise, &[7; 300_000], b"", &noise] {
            let bytes = gzip.compress(plain).unwrap();
            let mut back = Vec::new();
            GzDecoder::new(bytes.as_slice()).read_to_end(&mut back).unwrap();
            assert!(back == plain);
        }
    }
}
