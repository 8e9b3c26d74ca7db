//! Values that are more than one word.

/// Reads `key1=value1,key2=value2`, values percent-encoded, as `OTEL_RESOURCE_ATTRIBUTES` and the headers have it
/// (OpenTelemetry resource specification, "Specifying resource information via an environment variable").
///
/// One malformed pair refuses the whole; the error never repeats a value, which may be a secret.
pub(super) fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    for (at, pair) in text.split(',').enumerate().filter(|(_, p)| !p.trim().is_empty()) {
        let wrong = || format!("pair {} is not `key=value` with a percent-encoded value", at + 1);
        let (key, value) = pair.split_once('=').ok_or_else(wrong)?;
        let key = key.trim();
        if key.is_empty() {
            return Err(wrong());
        }
        out.push((key.to_owned(), percent_decode(value.trim()).ok_or_else(wrong)?));
    }
    Ok(out)
}

/// Decodes `%41`; `None` where an escape is broken or the result is not UTF-8.
fn percent_decode(text: &str) -> Option<String> {
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
