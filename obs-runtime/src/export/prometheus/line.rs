//! A name and its labels as text: the beginning of a sample's line.

/// What the lines of one series begin with, as in `orders_total{region="eu",outcome="ok"} `, up to where the value comes.
///
/// Kept from one series to the next: most begin with the labels of the one before, and those are not written again.
#[derive(Default)]
pub(super) struct Line {
    text: Vec<u8>,
    /// How much of the text is the name.
    name: usize,
    /// How much of it stands before the closing brace.
    open: usize,
    labels: Vec<Written>,
}

/// Where a label is in the text.
struct Written {
    key: (usize, usize),
    value: (usize, usize),
    /// Whether the value is there as it came, without escapes.
    is_plain: bool,
}

impl Line {
    /// Begins the lines of a family.
    pub(super) fn begin(&mut self, name: &[&str]) {
        self.text.clear();
        self.labels.clear();
        for part in name {
            self.text.extend_from_slice(part.as_bytes());
        }
        self.name = self.text.len();
        self.close();
    }

    /// Takes the labels of the next series.
    pub(super) fn set(&mut self, labels: &[(&str, &str)]) {
        let (mut same, is_last_written) = (0, self.labels.len() == labels.len());
        for ((key, value), written) in labels.iter().zip(&mut self.labels) {
            let is = |line: &[u8], (start, end): (usize, usize), text: &str| {
                line.get(start..end).is_some_and(|written| is_same(written, text.as_bytes()))
            };
            if !is(&self.text, written.key, key) {
                break;
            }
            same += 1;
            // The last is another in nearly every series, and often of the length of the one before.
            let is_last = same == labels.len();
            if is_last && is_last_written && written.write_over(&mut self.text, value) {
                return;
            }
            if is_last || !written.is_plain || !is(&self.text, written.value, value) {
                written.replace(&mut self.text, value);
                break;
            }
        }
        self.labels.truncate(same);
        self.text.truncate(self.labels.last().map_or(self.name, |l| l.value.1 + 1));
        for (key, value) in labels.get(same..).unwrap_or_default() {
            self.push(key, value);
        }
        self.close();
    }

    /// The beginning of a line.
    pub(super) fn push_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text);
    }

    /// The same, under another name.
    pub(super) fn push_as(&self, name: &[&str], out: &mut Vec<u8>) {
        for part in name {
            out.extend_from_slice(part.as_bytes());
        }
        out.extend_from_slice(self.text.get(self.name..).unwrap_or_default());
    }

    /// The beginning of a line up to where another label comes.
    pub(super) fn push_open(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.text.get(..self.open).unwrap_or_default());
        out.push(if self.labels.is_empty() { b'{' } else { b',' });
    }

    fn close(&mut self) {
        self.open = self.text.len();
        self.text.extend_from_slice(if self.labels.is_empty() { b" " } else { b"} " });
    }

    fn push(&mut self, key: &str, value: &str) {
        self.text.push(if self.labels.is_empty() { b'{' } else { b',' });
        let start = self.text.len();
        self.text.extend_from_slice(key.as_bytes());
        let key = (start, self.text.len());
        self.text.extend_from_slice(b"=\"");
        let start = self.text.len();
        let mut written = Written { key, value: (start, start), is_plain: true };
        written.replace(&mut self.text, value);
        self.labels.push(written);
    }
}

impl Written {
    /// Writes another value of the same length over it, if neither has escapes. Where not, `replace` is to follow.
    #[inline]
    fn write_over(&self, text: &mut [u8], value: &str) -> bool {
        let (start, end) = self.value;
        let place = text.get_mut(start..end).filter(|p| self.is_plain && p.len() == value.len());
        let Some(place) = place else { return false };
        let mut is_plain = true;
        for (to, byte) in place.iter_mut().zip(value.bytes()) {
            *to = byte;
            is_plain &= !is_special(byte);
        }
        is_plain
    }

    /// Writes another value, and forgets what came after.
    fn replace(&mut self, text: &mut Vec<u8>, value: &str) {
        let (start, _) = self.value;
        text.truncate(start);
        push_escaped(text, value, is_special);
        self.value = (start, text.len());
        self.is_plain = text.len() - start == value.len();
        text.push(b'"');
    }
}

/// Tells whether a value of a label has to escape this byte.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'\\' | b'"' | b'\n')
}

/// Tells whether two texts are the same; most are too short for a call to be worth it.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let long = |a: &[u8]| Some((*a.first_chunk::<8>()?, *a.last_chunk::<8>()?));
    let short = |a: &[u8]| Some((*a.first_chunk::<4>()?, *a.last_chunk::<4>()?));
    a.len() == b.len()
        && match a.len() {
            8..=16 => long(a) == long(b),
            4..=7 => short(a) == short(b),
            _ => a == b,
        }
}

/// Appends a text. Both formats have three escapes; which of them a place needs is the caller's to say. What is special
/// is ASCII, so that characters of several bytes stay whole.
pub(super) fn push_escaped(out: &mut Vec<u8>, text: &str, is_special: impl Fn(u8) -> bool) {
    let bytes = text.as_bytes();
    if !bytes.iter().any(|b| is_special(*b)) {
        return out.extend_from_slice(bytes);
    }
    for byte in bytes {
        match *byte {
            b'\n' if is_special(b'\n') => out.extend_from_slice(b"\\n"),
            byte if is_special(byte) => out.extend_from_slice(&[b'\\', byte]),
            byte => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_its_labels_say_whatever_came_before() {
        let values = [
            "a",
            "b",
            "\"",
            "",
            "ab",
            "cd",
            "a\n",
            "\\\\",
            "abcd",
            "abcdefgh",
            "abcdefgi",
            "abcdefghijklmnopqr",
        ];
        let mut kept = Line::default();
        kept.begin(&["n"]);
        for (first, second) in values.iter().flat_map(|a| values.iter().map(move |b| (*a, *b))) {
            for labels in [&[("k", first), ("long_key", second)][..], &[("k", second)], &[("l", first)], &[]]
            {
                let mut fresh = Line::default();
                fresh.begin(&["n"]);
                fresh.set(labels);
                kept.set(labels);
                let lines = [&kept, &fresh].map(|line| {
                    let mut out = Vec::new();
                    line.push_to(&mut out);
                    line.push_as(&["m"], &mut out);
                    line.push_open(&mut out);
                    String::from_utf8_lossy(&out).into_owned()
                });
                assert_eq!(lines[0], lines[1], "{labels:?}");
            }
            kept.set(&[("k", first)]);
            kept.set(&[("k", second)]);
            let mut out = Vec::new();
            kept.push_to(&mut out);
            let escaped = second.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            assert_eq!(String::from_utf8_lossy(&out), format!("n{{k=\"{escaped}\"}} "));
        }
    }
}
