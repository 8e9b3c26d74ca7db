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

/// The members that all headers may have together (section 3.3.2), and the lines that they may come in. Empty ones between
/// commas count.
pub(in crate::context) const MEMBERS: usize = 64;
/// The bytes that all headers may have together, with white space and the commas between them (section 3.3.2).
pub(in crate::context) const BYTES: usize = 8192;

const ROOM: usize = BYTES + 1;

/// As many members with characters that no header may hold are left out; who sends more sends no baggage.
const UNPRINTABLE: usize = 8;

/// Reads the baggage that came in however many headers, combined in their order. What goes beyond the limits is cut off by
/// whole members, members with characters that no header may hold are left out, after a few of them all that follow, and either is said so. What is kept stays as
/// it is: whether a member is well-formed is asked where it is read ([`members`]).
pub(in crate::context) fn read(carrier: &(impl Carrier + ?Sized)) -> (Option<Arc<str>>, Option<Reason>) {
    list::combined::<MEMBERS, ROOM, _>(carrier, NAME, parse).unwrap_or_default()
}

fn parse(header: list::Combined<'_>) -> (Option<Arc<str>>, Option<Reason>) {
    let (mut text, mut reason) = (header.text, header.rest);
    if header.is_cut {
        // With the byte that is one too many it is known whether the last member was whole.
        text = memchr::memrchr(b',', text).and_then(|comma| text.get(..comma)).unwrap_or_default();
    }
    text = list::trimmed(text, list::is_blank);
    if let Some(comma) = comma_after(MEMBERS - 1, text) {
        text = list::trimmed(text.get(..comma).unwrap_or_default(), list::is_blank);
        reason = Some(Reason::TooManyMembers);
    }
    match first_unprintable(text) {
        None => (list::copied(text), reason),
        Some(at) => (without(at, text), Some(Reason::Malformed)),
    }
}

/// Returns where the comma stands before which there are `count` others. Counting is much faster than looking at one after
/// the other, which is left for the last part.
fn comma_after(count: usize, text: &[u8]) -> Option<usize> {
    const PART: usize = 512;
    let mut before = 0;
    for (number, part) in text.chunks(PART).enumerate() {
        let commas = || memchr::memchr_iter(b',', part);
        let sum = before + commas().count();
        if sum > count {
            return commas().nth(count - before).map(|at| number * PART + at);
        }
        before = sum;
    }
    None
}

/// Returns what is left without the members that hold what is not printable, the first of it at a place in the text. After
/// some of them nobody looks at the rest.
#[inline(never)]
fn without(mut at: usize, mut text: &[u8]) -> Option<Arc<str>> {
    let mut room = list::Room::<ROOM>::new();
    let mut push = |run| {
        let run = list::trimmed(run, list::is_blank);
        if !run.is_empty() {
            room.push_member(run);
        }
    };
    for _ in 0..UNPRINTABLE {
        let (before, rest) = text.split_at_checked(at)?;
        push(memchr::memrchr(b',', before).and_then(|comma| before.get(..comma)).unwrap_or_default());
        let Some(rest) = memchr::memchr(b',', rest).and_then(|comma| rest.get(comma..)) else { break };
        text = rest;
        match first_unprintable(text) {
            Some(next) => at = next,
            None => {
                push(text);
                break;
            }
        }
    }
    list::copied(room.bytes())
}

fn first_unprintable(text: &[u8]) -> Option<usize> {
    let (steps, _) = text.as_chunks::<64>();
    let well = steps.iter().take_while(|step| is_printable(*step)).count() * 64;
    let rest = text.get(well..)?;
    if is_printable(rest) {
        None
    } else {
        rest.iter().position(|byte| !is_printable(&[*byte])).map(|at| well + at)
    }
}

/// What a header may hold without being quoted or encoded (RFC 9110, section 5.5), and clients of any kind let through.
fn is_printable(text: &[u8]) -> bool {
    all(text, |byte| matches!(byte, b' '..=b'~') | (byte == b'\t'))
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing)] // a test fails by panicking
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
                Some("userId =   alice,serverNode = DF%2028, isProduction = false"),
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
        for (line, kept) in [
            ("\u{e9}=1,a=1", Some("a=1")),
            ("a=1,\u{e9}=1", Some("a=1")),
            ("\u{e9},\u{e9},a=1,b=\u{e9},\u{e9}, c=3,\u{e9}", Some("a=1,c=3")),
            ("a=1,b=2,\u{e9},c=3,d=4", Some("a=1,b=2,c=3,d=4")),
            (" ,\u{e9}, ,", None),
        ] {
            assert_eq!(read_lines(&[line]), (kept.map(str::to_owned), Some(Reason::Malformed)), "{line:?}");
        }
        let eight = "\u{e9},".repeat(8);
        assert_eq!(read_lines(&[&format!("a=1,{eight}b=2")]).0.as_deref(), Some("a=1,b=2"));
        assert_eq!(read_lines(&[&format!("a=1,{eight}\u{e9},b=2")]).0.as_deref(), Some("a=1"));
        // Wherever in a step it stands.
        for before in 0..130 {
            let line = format!("k={},x=\u{e9},y=1", "v".repeat(before));
            let kept = line.replace(",x=\u{e9}", "");
            assert_eq!(read_lines(&[&line]), (Some(kept), Some(Reason::Malformed)));
        }
        let map = |value: &str| std::collections::HashMap::from([(NAME.to_owned(), value.to_owned())]);
        for wrong in ["b=\0", "b=\r\nx: y", "b=\x7f", "b=\u{85}"] {
            let (text, reason) = read(&map(&format!("a=1,{wrong},c=3")));
            assert_eq!((text.as_deref(), reason), (Some("a=1,c=3"), Some(Reason::Malformed)), "{wrong:?}");
        }
    }
}
