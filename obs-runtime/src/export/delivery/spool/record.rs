//! One request on disk: a head of fixed size, and its body.
//!
//! ```text
//!  0   magic and version, `obs` 0x01
//!  4   mark: waits or done; rewritten in place, outside of the checksums
//!  5   flags: bit 0 for gzip
//!  6   reserved, 0 (2 bytes)
//!  8   length of the body (u32)
//! 12   CRC-32 of the body (u32)
//! 16   items in the request (u64)
//! 24   CRC-32 of the bytes 0 to 3 and 5 to 23 (u32)
//! 28   the body
//! ```
//!
//! Numbers are little-endian. The head has a checksum of its own: of a body that cannot be read it is still known how
//! many items are lost and where the next record begins.

use bytes::Bytes;
use crc32fast::Hasher;

/// Bytes of a head.
pub(super) const HEAD: usize = 28;

/// Where the mark stands in the head.
pub(super) const MARK: u64 = 4;

/// The largest body; far more than a request may have.
pub(super) const MAX_BODY: usize = 64 << 20;

pub(super) const MAGIC: [u8; 4] = *b"obs\x01";

/// The marks differ in every bit, and neither is what a hole in a file reads as.
pub(super) const WAITS: u8 = 0xa5;
pub(super) const DONE: u8 = 0x5a;

const GZIP: u8 = 1;

/// A request as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::export) struct Entry {
    /// The body, ready to be sent.
    pub(in crate::export) bytes: Bytes,
    /// Whether it is compressed.
    pub(in crate::export) gzip: bool,
    /// How many items it is made of.
    pub(in crate::export) items: u64,
}

/// What a head says about its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) items: u64,
    pub(super) length: u32,
    pub(super) gzip: bool,
    pub(super) done: bool,
    checksum: u32,
}

impl Head {
    /// Describes an entry; `None` where its body is too large.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        let length = u32::try_from(entry.bytes.len()).ok().filter(|_| entry.bytes.len() <= MAX_BODY)?;
        let checksum = crc32fast::hash(&entry.bytes);
        Some(Head { items: entry.items, length, gzip: entry.gzip, done: false, checksum })
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut sealed = vec![if self.gzip { GZIP } else { 0 }, 0, 0];
        sealed.extend(self.length.to_le_bytes());
        sealed.extend(self.checksum.to_le_bytes());
        sealed.extend(self.items.to_le_bytes());
        let mut out = Vec::with_capacity(HEAD);
        out.extend(MAGIC);
        out.push(if self.done { DONE } else { WAITS });
        out.extend(&sealed);
        out.extend(seal(&sealed).to_le_bytes());
        out
    }

    /// Reads the head that `bytes` begin with; `None` where they do not.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (mark, rest) = rest.split_first()?;
        let (sealed, rest) = rest.split_first_chunk::<19>()?;
        let (sum, _) = rest.split_first_chunk::<4>()?;
        if *magic != MAGIC || seal(sealed) != u32::from_le_bytes(*sum) {
            return None;
        }
        let (flags, rest) = sealed.split_first_chunk::<3>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (checksum, rest) = rest.split_first_chunk::<4>()?;
        let (items, _) = rest.split_first_chunk::<8>()?;
        let length = u32::from_le_bytes(*length);
        (length as usize <= MAX_BODY).then_some(Head {
            items: u64::from_le_bytes(*items),
            length,
            gzip: flags.first().is_some_and(|f| f & GZIP != 0),
            done: *mark == DONE,
            checksum: u32::from_le_bytes(*checksum),
        })
    }

    /// Returns the bytes that the record takes, head included.
    pub(super) fn size(&self) -> u64 {
        HEAD as u64 + u64::from(self.length)
    }

    /// Makes the entry of its body; `None` where the body is not what was written.
    pub(super) fn entry(&self, body: Vec<u8>) -> Option<Entry> {
        let intact = body.len() == self.length as usize && crc32fast::hash(&body) == self.checksum;
        intact.then(|| Entry { bytes: body.into(), gzip: self.gzip, items: self.items })
    }
}

/// The checksum of a head, which has `sealed` behind its mark.
fn seal(sealed: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&MAGIC);
    hasher.update(sealed);
    hasher.finalize()
}
