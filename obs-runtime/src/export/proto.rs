//! The protobuf wire format (protobuf.dev, "Encoding"): as much of it as OTLP and Prometheus need.

/// Writes the fields of one message after the other. Fields with their default value are the caller's to leave out.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED32: u32 = 5;

impl Writer {
    /// Makes one that writes to a buffer, which is emptied first.
    pub(crate) fn new(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Writer { bytes: buffer }
    }

    /// Makes one that goes on behind what a buffer holds.
    pub(crate) fn onto(buffer: Vec<u8>) -> Self {
        Writer { bytes: buffer }
    }

    /// Forgets everything and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the length that this message has as a field of another, of a number below 16.
    pub(crate) fn len_as_field(&self) -> usize {
        1 + Varint::of(self.len() as u64).as_bytes().len() + self.len()
    }

    #[inline]
    pub(crate) fn varint(&mut self, field: u32, value: u64) {
        self.tag(field, VARINT);
        self.push(value);
    }

    /// A signed number, small where it is near zero ("ZigZag").
    #[inline]
    pub(crate) fn signed(&mut self, field: u32, value: i64) {
        self.varint(field, (value << 1 ^ value >> 63).cast_unsigned());
    }

    #[inline]
    pub(crate) fn double(&mut self, field: u32, value: f64) {
        self.fixed64(field, value.to_bits());
    }

    /// A length, as it stands before each of several messages in a row.
    pub(crate) fn length(&mut self, length: u64) {
        self.push(length);
    }

    /// Bytes of a field that was begun.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    #[inline]
    pub(crate) fn fixed64(&mut self, field: u32, value: u64) {
        self.tag(field, FIXED64);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    #[inline]
    pub(crate) fn fixed32(&mut self, field: u32, value: u32) {
        self.tag(field, FIXED32);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes a signed number of which the small ones are short (`sint32`).
    pub(crate) fn zigzag(&mut self, field: u32, value: i32) {
        let folded = (value << 1) ^ (value >> 31);
        self.varint(field, u64::from(folded.cast_unsigned()));
    }

    /// Writes numbers one after the other (`packed`), each in eight bytes.
    pub(crate) fn fixed64s(&mut self, field: u32, values: impl ExactSizeIterator<Item = u64>) {
        self.begin(field, values.len() * 8);
        values.for_each(|value| self.bytes.extend_from_slice(&value.to_le_bytes()));
    }

    /// Writes numbers one after the other (`packed`), each as short as it can be.
    pub(crate) fn varints(&mut self, field: u32, values: impl Iterator<Item = u64>) {
        self.message(field, |out| values.for_each(|value| out.push(value)));
    }

    #[inline]
    pub(crate) fn bytes(&mut self, field: u32, value: &[u8]) {
        self.begin(field, value.len());
        self.bytes.extend_from_slice(value);
    }

    /// Begins a field of `length` bytes, which the caller appends.
    #[inline]
    pub(crate) fn begin(&mut self, field: u32, length: usize) {
        self.tag(field, LENGTH);
        self.push(length as u64);
    }

    /// Gives back memory that was not needed.
    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Appends the fields of another.
    pub(crate) fn append(&mut self, other: &Writer) {
        self.bytes.extend_from_slice(&other.bytes);
    }

    /// Writes a message inside this one. Its length is known only afterwards: one byte is kept free for it, which is
    /// enough for most, and for others room is made.
    #[inline]
    pub(crate) fn message(&mut self, field: u32, write: impl FnOnce(&mut Writer)) {
        self.tag(field, LENGTH);
        let at = self.bytes.len();
        self.bytes.push(0);
        write(self);
        let length = self.bytes.len() - at - 1;
        match self.bytes.get_mut(at) {
            Some(byte) if length < 0x80 => *byte = length as u8,
            _ => {
                self.bytes.splice(at..=at, Varint::of(length as u64).as_bytes().iter().copied());
            }
        }
    }

    #[inline]
    fn tag(&mut self, field: u32, kind: u32) {
        self.push(u64::from(field << 3 | kind));
    }

    #[inline]
    fn push(&mut self, value: u64) {
        if value < 0x80 {
            self.bytes.push(value as u8);
        } else {
            self.bytes.extend_from_slice(Varint::of(value).as_bytes());
        }
    }
}

/// A number in seven bits a byte.
struct Varint {
    bytes: [u8; 10],
    length: usize,
}

impl Varint {
    fn of(mut value: u64) -> Self {
        let (mut bytes, mut length) = ([0; 10], 0);
        for byte in &mut bytes {
            length += 1;
            *byte = value as u8 | 0x80;
            value >>= 7;
            if value == 0 {
                *byte &= 0x7f;
                break;
            }
        }
        Varint { bytes, length }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Field<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    Fixed64(u64),
    Fixed32(u32),
}

/// Reads the fields of one message. A malformed message ends with one `Err`; nothing is allocated.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// Bytes that are no protobuf message.
#[derive(Debug, PartialEq)]
pub(crate) struct Malformed;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let tag = self.read_varint()?;
        let value = match u32::try_from(tag & 7).ok()? {
            VARINT => Field::Varint(self.read_varint()?),
            FIXED64 => Field::Fixed64(self.read_fixed64()?),
            LENGTH => {
                let length = usize::try_from(self.read_varint()?).ok()?;
                Field::Bytes(self.take(length)?)
            }
            FIXED32 => Field::Fixed32(u32::from_le_bytes(*self.take(4)?.as_array()?)),
            _ => return None, // groups, which no message of OTLP has
        };
        (tag >> 3 > 0).then_some((tag >> 3, value))
    }

    /// Reads a number without a tag, as they stand in a packed field; `None` where there is none.
    pub(super) fn read_fixed64(&mut self) -> Option<u64> {
        self.take(8)?.as_array().copied().map(u64::from_le_bytes)
    }

    /// Tells whether all was read.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads a number without a tag, as they stand in a packed field; `None` where there is none.
    pub(super) fn read_varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for index in 0..10 {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<(u64, Field<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field.ok_or(Malformed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_size_are_patched_in() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 2_097_152] {
            let payload = vec![7; length];
            let mut writer = Writer::default();
            writer.varint(1, 5);
            writer.message(2, |w| w.bytes(3, &payload));
            writer.varint(4, u64::MAX);
            let bytes = writer.into_bytes();
            let fields: Vec<_> = Reader::new(&bytes).collect();
            let [Ok((1, Field::Varint(5))), Ok((2, Field::Bytes(inner))), Ok((4, Field::Varint(u64::MAX)))] =
                fields[..]
            else {
                unreachable!("{length}: {:?}", fields.len());
            };
            assert_eq!(Reader::new(inner).next(), Some(Ok((3, Field::Bytes(&payload)))));
        }
    }

    #[test]
    fn numbers_of_fixed_width_come_back() {
        let mut writer = Writer::default();
        writer.fixed64(1, u64::MAX - 1);
        writer.fixed32(16, 0x0102_0304);
        let bytes = writer.into_bytes();
        let fields: Vec<_> = Reader::new(&bytes).collect();
        assert_eq!(fields, [Ok((1, Field::Fixed64(u64::MAX - 1))), Ok((16, Field::Fixed32(0x0102_0304)))]);
        let mut packed = Reader::new(&[1, 0, 0, 0, 0, 0, 0, 0x80, 0xff]);
        assert_eq!(packed.read_fixed64(), Some(1 | 0x80 << 56));
        assert_eq!((packed.is_empty(), packed.read_fixed64(), packed.read_varint()), (false, None, None));
    }

    #[test]
    fn malformed_messages_end_with_one_error() {
        let cases: [&[u8]; 6] = [
            b"\x0a\xff",
            b"\x0b",
            b"\x08",
            b"\x00\x00",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"<html>",
        ];
        for bytes in cases {
            let fields: Vec<_> = Reader::new(bytes).collect();
            assert_eq!(fields.last(), Some(&Err(Malformed)), "{bytes:?}");
            assert_eq!(fields.iter().filter(|f| f.is_err()).count(), 1);
        }
    }
}
