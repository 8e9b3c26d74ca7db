//! Percent-encoding (RFC 3986, section 2.1).

/// Decodes `%41`; `None` where an escape is broken or the result is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => digit(bytes.next()?)? * 16 + digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_are_two_digits_and_the_whole_is_text() {
        assert_eq!(decode("a%2Fb%c3%A4+").as_deref(), Some("a/bä+"));
        for wrong in ["%", "%4", "%4g", "%ff", "a%"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
