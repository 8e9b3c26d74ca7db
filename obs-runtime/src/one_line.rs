//! Characters that break out of a line of text, and lines without them.

use std::borrow::Cow;

/// Tells whether a character may not reach a terminal or a log line as it is: controls (C0, DEL, C1), line and
/// paragraph separators, and whatever changes the direction of text.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Makes one line of other people's text, which must not look like another line, nor turn what follows around: each such
/// character is a space.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(is_unsafe) { text.replace(is_unsafe, " ").into() } else { text.into() }
}
