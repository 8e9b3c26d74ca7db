//! Lower-case hexadecimal digits, eight at a time: every step works on the eight bytes of a word at once.

/// The highest bit of every byte.
const HIGH: u64 = every(0x80);

/// Returns a word of eight equal bytes.
const fn every(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Reads a number of two digits; upper case is malformed.
#[inline]
pub(in crate::context) fn parse_8(digits: &[u8; 2]) -> Option<u8> {
    let [first, second] = *digits;
    let (value, wrong) = word([b'0', b'0', b'0', b'0', b'0', b'0', first, second]);
    (wrong == 0).then_some(value as u8)
}

/// Reads a number of sixteen digits.
#[inline]
pub(in crate::context) fn parse_64(digits: &[u8; 16]) -> Option<u64> {
    let (value, wrong) = words(digits);
    (wrong == 0).then_some(value)
}

/// Reads a number of thirty-two digits.
#[inline]
pub(in crate::context) fn parse_128(digits: &[u8; 32]) -> Option<u128> {
    let ([high, low], []) = digits.as_chunks::<16>() else { return None };
    let ((high, wrong), (low, too)) = (words(high), words(low));
    (wrong | too == 0).then_some((u128::from(high) << 64) | u128::from(low))
}

/// Returns a number as two digits.
#[inline]
pub(in crate::context) fn of_8(value: u8) -> [u8; 2] {
    let [.., first, second] = digits(value.into());
    [first, second]
}

/// Returns a number as sixteen digits.
#[inline]
pub(in crate::context) fn of_64(value: u64) -> [u8; 16] {
    joined(digits((value >> 32) as u32), digits(value as u32))
}

/// Returns a number as thirty-two digits.
#[inline]
pub(in crate::context) fn of_128(value: u128) -> [u8; 32] {
    joined(of_64((value >> 64) as u64), of_64(value as u64))
}

#[inline]
fn words(digits: &[u8; 16]) -> (u64, u64) {
    let ([high, low], []) = digits.as_chunks::<8>() else { return (0, HIGH) };
    let ((high, wrong), (low, too)) = (word(*high), word(*low));
    ((u64::from(high) << 32) | u64::from(low), wrong | too)
}

/// Returns the number that eight digits are, and which of them are none.
///
/// An addition carries into a byte's highest bit where the byte reaches a bound, and never beyond: bytes are below `0x80`.
#[inline]
fn word(digits: [u8; 8]) -> (u32, u64) {
    let bytes = u64::from_be_bytes(digits);
    let ascii = bytes & !HIGH;
    let from = |first: u8, last: u8| {
        let reaches = ascii.wrapping_add(every(0x80 - first));
        let exceeds = ascii.wrapping_add(every(0x7f - last));
        reaches & !exceeds & HIGH
    };
    let (numeral, letter) = (from(b'0', b'9'), from(b'a', b'f'));
    let wrong = ((numeral | letter) ^ HIGH) | (bytes & HIGH);
    // `a` ends in 1, and is 10.
    let nibbles = (ascii & every(0x0f)).wrapping_add((letter >> 7).wrapping_mul(9));
    let pairs = (nibbles | (nibbles >> 4)) & 0x00ff_00ff_00ff_00ff;
    let quads = (pairs | (pairs >> 8)) & 0x0000_ffff_0000_ffff;
    ((quads | (quads >> 16)) as u32, wrong)
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
