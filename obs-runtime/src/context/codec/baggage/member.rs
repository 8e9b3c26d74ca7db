//! One member: `key=value;property;property=value`, white space around each part (W3C Baggage, section 3.3.1).

use super::super::all;

/// One member, as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::context) struct Member<'a> {
    pub(in crate::context) key: &'a str,
    /// Percent-encoded.
    pub(in crate::context) value: &'a str,
    /// Its properties, without the semicolon before them; empty where there are none.
    pub(in crate::context) properties: &'a str,
}

/// Returns the members of what [`read`](super::read) gave; those that break the grammar are left out.
pub(in crate::context) fn members(text: &str) -> impl Iterator<Item = Member<'_>> {
    text.split(',').filter_map(member)
}

fn member(text: &str) -> Option<Member<'_>> {
    let (pair, properties) = text.split_once(';').unwrap_or((text, ""));
    let (key, value) = pair_of(pair)?;
    let has_properties = pair.len() < text.len();
    if has_properties && !properties.split(';').all(is_property) {
        return None;
    }
    Some(Member { key, value, properties: trimmed(properties) })
}

fn pair_of(pair: &str) -> Option<(&str, &str)> {
    // The value may hold further equals signs.
    let (key, value) = pair.split_once('=')?;
    let (key, value) = (trimmed(key), trimmed(value));
    (is_key(key) && is_value(value)).then_some((key, value))
}

fn is_property(text: &str) -> bool {
    is_key(trimmed(text)) || pair_of(text).is_some()
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Tells whether a text may be a key: a token (RFC 9110, section 5.6.2).
pub(in crate::context) fn is_key(text: &str) -> bool {
    let is_character = |byte: u8| {
        let is_mark =
            matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        byte.is_ascii_alphanumeric() | is_mark
    };
    !text.is_empty() && all(text.as_bytes(), is_character)
}

fn is_value(text: &str) -> bool {
    all(text.as_bytes(), is_octet)
}

/// Tells whether a value may hold a character as it is. Of the percent sign this is half of the truth: it may, where it
/// begins an encoded one.
pub(super) fn is_octet(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') & !matches!(byte, b'"' | b',' | b';' | b'\\')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn members_come_with_their_parts() {
        let text = "key1=value1;property1;property2, key2 = value2,key3=value3; propertyKey=propertyValue ; p = q,a==b=,e=";
        let members: Vec<_> = members(text).map(|m| (m.key, m.value, m.properties)).collect();
        assert_eq!(
            members,
            [
                ("key1", "value1", "property1;property2"),
                ("key2", "value2", ""),
                ("key3", "value3", "propertyKey=propertyValue ; p = q"),
                ("a", "=b=", ""),
                ("e", "", ""),
            ]
        );
    }

    #[test]
    fn those_that_break_the_grammar_are_left_out() {
        for wrong in [
            "",
            " ",
            "a",
            "=1",
            "a b=1",
            "a=b c",
            "a=\"b\"",
            "a=b\\c",
            "é=1",
            "a=é",
            "a@b=1",
            "a=1;",
            "a=1;;p",
            "a=1;p q",
            "a=1;=q",
            "a=1;p=\"q\"",
            "a=1;p@",
            "(a)=1",
            "a[0]=1",
            "a{=1",
            "a:b=1",
            "a/b=1",
            "a?=1",
            "a<b=1",
        ] {
            let text = format!("x=1,{wrong},y=2");
            let keys: Vec<_> = members(&text).map(|m| m.key).collect();
            assert_eq!(keys, ["x", "y"], "{wrong:?}");
        }
    }

    #[test]
    fn every_character_is_as_the_grammar_says() {
        for byte in 0..=u8::MAX {
            let character = char::from(byte);
            let text = character.to_string();
            let is_token = character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character);
            assert_eq!(is_key(&text), is_token, "{character:?}");
            let is_octet = matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
            assert_eq!(is_value(&text), is_octet, "{character:?}");
        }
        assert!(!is_key("") && is_value(""));
    }
}
