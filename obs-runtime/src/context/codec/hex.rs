//! Lower-case hexadecimal digits, eight at a time: every step works on the eight bytes of a word at once.

use super::each;

/// Returns a word of eight equal bytes.
const fn every(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Reads a number of two digits; upper case is malformed.
#[inline]
pub(in crate::context) fn parse_8(digits: &[u8; 2]) -> Option<u8> {
    let [first, second] = *digits;
    let value = |digit: u8| (digit & 0x0f) + 9 * (digit >> 6);
    each(digits, is_digit).then(|| (value(first) << 4) | value(second))
}

/// Reads a number of sixteen digits.
#[inline]
pub(in crate::context) fn parse_64(digits: &[u8; 16]) -> Option<u64> {
    let ([first, second], []) = digits.as_chunks::<8>() else { return None };
    each(digits, is_digit).then(|| (u64::from(value(*first)) << 32) | u64::from(value(*second)))
}

/// Reads a number of thirty-two digits.
#[inline]
pub(in crate::context) fn parse_128(digits: &[u8; 32]) -> Option<u128> {
    let ([a, b, c, d], []) = digits.as_chunks::<8>() else { return None };
    let words = || [a, b, c, d].into_iter().fold(0, |all, word| (all << 32) | u128::from(value(*word)));
    each(digits, is_digit).then(words)
}

#[inline]
fn is_digit(byte: u8) -> bool {
    (byte.wrapping_sub(b'0') < 10) | (byte.wrapping_sub(b'a') < 6)
}

/// Returns the number that eight digits are. A letter has bit 6 set, which numerals have not, and `a` ends in 1.
#[inline]
fn value(digits: [u8; 8]) -> u32 {
    let bytes = u64::from_be_bytes(digits);
    let letters = (bytes >> 6) & every(1);
    let nibbles = (bytes & every(0x0f)).wrapping_add(letters.wrapping_mul(9));
    let pairs = (nibbles | (nibbles >> 4)) & 0x00ff_00ff_00ff_00ff;
    let quads = (pairs | (pairs >> 8)) & 0x0000_ffff_0000_ffff;
    (quads | (quads >> 16)) as u32
}

/// Returns a number as two digits.
#[inline]
pub(in crate::context) fn of_8(value: u8) -> [u8; 2] {
    let [.., first, second] = digits(value.into());
    [first, second]
}

/// Returns a number as sixteen digits.
#[inline]
pub(crate) fn of_64(value: u64) -> [u8; 16] {
    joined(digits((value >> 32) as u32), digits(value as u32))
}

/// Returns a number as thirty-two digits.
#[inline]
pub(crate) fn of_128(value: u128) -> [u8; 32] {
    joined(of_64((value >> 64) as u64), of_64(value as u64))
}

/// Returns a number as eight digits.
#[inline]
fn digits(value: u32) -> [u8; 8] {
    let value = u64::from(value);
    let quads = (value | (value << 16)) & 0x0000_ffff_0000_ffff;
    let pairs = (quads | (quads << 8)) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (pairs | (pairs << 4)) & every(0x0f);
    let letters = (nibbles.wrapping_add(every(6)) >> 4) & every(1);
    let text =
        nibbles.wrapping_add(every(b'0')).wrapping_add(letters.wrapping_mul((b'a' - b'0' - 10).into()));
    text.to_be_bytes()
}

#[inline]
fn joined<const HALF: usize, const WHOLE: usize>(first: [u8; HALF], second: [u8; HALF]) -> [u8; WHOLE] {
    let mut whole = [0; WHOLE];
    let (left, right) = whole.split_at_mut(WHOLE / 2);
    left.copy_from_slice(&first);
    right.copy_from_slice(&second);
    whole
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn every_byte_in_every_place_is_a_digit_or_not() {
        for byte in 0..=u8::MAX {
            let expected = match byte {
                b'0'..=b'9' | b'a'..=b'f' => u128::from_str_radix(&char::from(byte).to_string(), 16).ok(),
                _ => None,
            };
            for place in 0..32 {
                let mut digits = [b'0'; 32];
                digits[place] = byte;
                assert_eq!(
                    parse_128(&digits),
                    expected.map(|v| v << (4 * (31 - place))),
                    "{byte:#x} at {place}"
                );
            }
        }
    }

    #[test]
    fn ids_keep_their_zeros() {
        assert_eq!(&of_64(0xab_0cd), b"00000000000ab0cd");
        assert_eq!(&of_128(u128::MAX), b"ffffffffffffffffffffffffffffffff");
    }

    #[test]
    fn numbers_come_back_as_they_were_written() {
        let mut value = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128;
        for _ in 0..1000 {
            value =
                value.rotate_left(5).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).wrapping_add(1);
            let text = of_128(value);
            assert_eq!(std::str::from_utf8(&text), Ok(format!("{value:032x}").as_str()));
            assert_eq!(parse_128(&text), Some(value));
            let half = (value >> 64) as u64;
            assert_eq!(parse_64(&of_64(half)), Some(half));
            assert_eq!(parse_8(&of_8(half as u8)), Some(half as u8));
        }
    }
}
