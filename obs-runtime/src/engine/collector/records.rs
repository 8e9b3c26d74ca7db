//! Records that wait, one behind the other.

/// Copies of byte records, in order.
#[derive(Debug, Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
    count: u32,
}

/// The bytes before each record: its length.
const LENGTH: usize = size_of::<u32>();

impl Records {
    /// Appends a copy. Records are far smaller than 4 GiB: a ring takes no larger ones.
    pub(super) fn push(&mut self, record: &[u8]) {
        let Ok(length) = u32::try_from(record.len()) else { return };
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(record);
        self.count += 1;
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Returns what a record costs in memory.
    pub(super) fn cost(record: &[u8]) -> usize {
        LENGTH + record.len()
    }

    /// Returns what all of them cost.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        iter(&self.bytes)
    }
}

/// Returns the records in the bytes of [`Records`].
pub(super) fn iter(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<LENGTH>()?;
        let (record, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = behind;
        Some(record)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_out_as_they_went_in() {
        let mut records = Records::default();
        let all: [&[u8]; 4] = [b"one", b"", b"three", &[0; 300]];
        all.iter().for_each(|record| records.push(record));
        assert!(records.iter().eq(all));
        assert_eq!(records.count(), 4);
        assert_eq!(records.bytes(), all.iter().map(|r| Records::cost(r)).sum::<usize>());
    }
}
