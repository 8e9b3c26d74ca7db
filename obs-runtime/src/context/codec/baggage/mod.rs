//! The `baggage` header (W3C Baggage, section 3).

mod member;
mod percent;

use std::sync::Arc;

use super::super::Carrier;
use super::super::rejected::Reason;
use super::{all, list};

pub(in crate::context) use member::{Member, is_key, members};
pub(in crate::context) use percent::{decode, encode};

/// The header.
pub(in crate::context) const NAME: &str = "baggage";

/// The members that all headers may have together (section 3.3.2). Lines count as members, as no line needs to be empty; of
/// empty members between commas as many are borne with.
pub(in crate::context) const MEMBERS: usize = 64;
/// The bytes that all headers may have together, with white space and the commas between them (section 3.3.2).
pub(in crate::context) const BYTES: usize = 8192;

const ROOM: usize = BYTES + 1;

/// Reads the baggage that came in however many headers, combined in their order, without white space around its members
/// and without empty ones. What goes beyond the limits is cut off by whole members, members with characters that no header
/// may hold are left out, and either is said so. Whether a member is well-formed is asked where it is read ([`members`]).
pub(in crate::context) fn read(carrier: &(impl Carrier + ?Sized)) -> (Option<Arc<str>>, Option<Reason>) {
    list::combined::<MEMBERS, ROOM, _>(carrier, NAME, |header| {
        let (text, rest) = (header.text, header.rest);
        // With the byte that is one too many it is known whether the last member was whole.
        let whole = if text.len() == ROOM { memchr::memrchr(b',', text).unwrap_or(0) } else { text.len() };
        let (kept, reason) = parse(text.get(..whole).unwrap_or_default());
        (kept, rest.or(reason))
    })
    .unwrap_or_default()
}

fn parse(text: &[u8]) -> (Option<Arc<str>>, Option<Reason>) {
    let (mut kept, mut met, mut reason) = (list::Kept::default(), 0, None);
    for (number, member) in list::members(text).enumerate() {
        let is_empty = member.text.is_empty();
        if number == 2 * MEMBERS || (met == MEMBERS && !is_empty) {
            reason = Some(Reason::TooManyMembers);
            break;
        }
        met += usize::from(!is_empty);
        if !is_printable(member.text) {
            reason = Some(Reason::Malformed);
        } else if !is_empty {
            kept.add(&member);
        }
    }
    let members =
        || list::members(text).map(|m| m.text).filter(|text| !text.is_empty() && is_printable(text));
    (kept.copied::<ROOM, _>(text, || members().take(kept.count)), reason)
}

/// What a header may hold without being quoted or encoded (RFC 9110, section 5.5), and clients of any kind let through.
fn is_printable(text: &[u8]) -> bool {
    all(text, |byte| matches!(byte, b' '..=b'~') | (byte == b'\t'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test fails by panicking
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn read_lines(lines: &[&str]) -> (Option<String>, Option<Reason>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(NAME, HeaderValue::from_bytes(line.as_bytes()).expect("a header holds it"));
        }
        let (text, reason) = read(&headers);
        (text.map(|text| text.to_string()), reason)
    }

    fn numbered(count: usize) -> String {
        (0..count).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn lines_are_combined_in_their_order() {
        for (lines, expected) in [
            (&[][..], None),
            (&[""], None),
            (&[" ,\t, "], None),
            (&["userId=alice"], Some("userId=alice")),
            (
                &["userId=alice", "serverNode=DF%2028,isProduction=false"],
                Some("userId=alice,serverNode=DF%2028,isProduction=false"),
            ),
            (
                &["userId =   alice", "serverNode = DF%2028, isProduction = false"],
                Some("userId =   alice,serverNode = DF%2028,isProduction = false"),
            ),
            (&["a=1", "", ",b=2;p;q=r ,,", "a=3"], Some("a=1,b=2;p;q=r,a=3")),
        ] {
            assert_eq!(read_lines(lines), (expected.map(str::to_owned), None), "{lines:?}");
        }
    }

    #[test]
    fn there_are_at_most_64_members() {
        assert_eq!(read_lines(&[&numbered(64)]), (Some(numbered(64)), None));
        assert_eq!(read_lines(&[&numbered(65)]), (Some(numbered(64)), Some(Reason::TooManyMembers)));
        let (first, second) = (numbered(60), "a=1,b=2,c=3,d=4,e=5");
        let cut = format!("{first},a=1,b=2,c=3,d=4");
        assert_eq!(read_lines(&[&first, second]), (Some(cut), Some(Reason::TooManyMembers)));
        let lines = vec!["a=1"; 65];
        assert_eq!(read_lines(&lines[..64]), (Some(lines[..64].join(",")), None));
        assert_eq!(read_lines(&lines), (Some(lines[..64].join(",")), Some(Reason::TooManyMembers)));
        assert_eq!(read_lines(&[&format!("{},", numbered(64))]), (Some(numbered(64)), None));
    }

    #[test]
    fn there_are_at_most_8192_bytes_of_whole_members() {
        let long = |bytes: usize| format!("k={}", "v".repeat(bytes - 2));
        assert_eq!(read_lines(&[&long(8192)]), (Some(long(8192)), None));
        assert_eq!(read_lines(&[&long(8193)]), (None, Some(Reason::TooLong)));
        assert_eq!(read_lines(&[&long(1 << 20)]), (None, Some(Reason::TooLong)));
        // The comma counts, wherever it comes from.
        let half = long(4096);
        for lines in [&[format!("{half},{half}")][..], &[half.clone(), half.clone()]] {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            assert_eq!(read_lines(&lines), (Some(half.clone()), Some(Reason::TooLong)));
        }
        let (first, last) = (long(4096), long(4095));
        let both = format!("{first},{last}");
        assert_eq!(read_lines(&[&both]), (Some(both.clone()), None));
        assert_eq!(read_lines(&[&first, &last]), (Some(both.clone()), None));
        // The last member ends where the limit does, and more comes.
        assert_eq!(read_lines(&[&format!("{both},a=1")]), (Some(both.clone()), Some(Reason::TooLong)));
        assert_eq!(read_lines(&[&first, &last, "a=1"]), (Some(both.clone()), Some(Reason::TooLong)));
        assert_eq!(read_lines(&[&both, ""]), (Some(both), Some(Reason::TooLong)));
    }

    #[test]
    fn empty_members_have_an_end() {
        assert_eq!(read_lines(&[&format!("{}a=1", ",".repeat(127))]), (Some("a=1".to_owned()), None));
        let (text, reason) = read_lines(&[&format!("a=1{}b=2", ",".repeat(128))]);
        assert_eq!((text.as_deref(), reason), (Some("a=1"), Some(Reason::TooManyMembers)));
    }

    #[test]
    fn members_that_no_header_may_hold_are_left_out() {
        let (text, reason) = read_lines(&["a=1,b=\u{e9},c=3", " \u{80}=1"]);
        assert_eq!((text.as_deref(), reason), (Some("a=1,c=3"), Some(Reason::Malformed)));
        assert_eq!(read_lines(&["\u{e9}"]), (None, Some(Reason::Malformed)));
        let map = |value: &str| std::collections::HashMap::from([(NAME.to_owned(), value.to_owned())]);
        for wrong in ["b=\0", "b=\r\nx: y", "b=\x7f", "b=\u{85}"] {
            let (text, reason) = read(&map(&format!("a=1,{wrong},c=3")));
            assert_eq!((text.as_deref(), reason), (Some("a=1,c=3"), Some(Reason::Malformed)), "{wrong:?}");
        }
    }
}
