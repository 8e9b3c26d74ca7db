//! The `tracestate` header (W3C Trace Context level 2, section 3.3).

use std::sync::Arc;

use super::super::Carrier;
use super::super::rejected::Reason;
use super::{all, list};

/// The header with the vendors' own state.
pub(in crate::context) const NAME: &str = "tracestate";

/// The members that a `tracestate` may have (section 3.3.1.1). Lines count as members, as no line needs to be empty; of
/// empty members between commas as many are borne with.
const MEMBERS: usize = 32;
/// The characters of a key, and of a value (sections 3.3.1.3.1 and 3.3.1.3.2).
const CHARACTERS: usize = 256;
/// The bytes that members of these lengths have, with the commas between them, and one more. What is longer is refused:
/// only white space and empty members could make a legal one so long.
const ROOM: usize = MEMBERS * (CHARACTERS + 1 + CHARACTERS) + MEMBERS;

/// The characters before and after the `@` in the key of a vendor with tenants. Level 2 allows `@` anywhere; those who
/// write it mean this form, level 1 demanded it (section 3.3.1.3.1 there), and the public conformance tests still do.
const TENANT: usize = 241;
const VENDOR: usize = 14;

/// Reads the state that came in however many headers, combined in their order, without white space around its members and
/// without empty ones. One that breaks a rule is refused whole.
pub(in crate::context) fn read(carrier: &(impl Carrier + ?Sized)) -> Result<Option<Arc<str>>, Reason> {
    let read = |header: list::Combined<'_>| match header.rest {
        Some(reason) => Err(reason),
        None => parse(header.text),
    };
    list::combined::<MEMBERS, ROOM, _>(carrier, NAME, read).unwrap_or(Ok(None))
}

fn parse(text: &[u8]) -> Result<Option<Arc<str>>, Reason> {
    let (mut keys, mut kept) = (Keys::default(), list::Kept::default());
    for (number, member) in list::members(text).enumerate() {
        let is_empty = member.text.is_empty();
        if number == 2 * MEMBERS || (kept.count == MEMBERS && !is_empty) {
            return Err(Reason::TooManyMembers);
        }
        if is_empty {
            continue;
        }
        let key = key(member.text).ok_or(Reason::Malformed)?;
        if !keys.add(key, kept.count, || list::members(text).take(number)) {
            return Err(Reason::Repeated);
        }
        kept.add(&member);
    }
    let members = || list::members(text).map(|m| m.text).filter(|text| !text.is_empty());
    Ok(kept.copied::<ROOM, _>(text, members))
}

/// Returns the key of a member that keeps the rules.
fn key(member: &[u8]) -> Option<&[u8]> {
    let (key, value) = member.split_at_checked(memchr::memchr(b'=', member)?)?;
    let (_equals, value) = value.split_first()?;
    (is_key(key) && is_value(value)).then_some(key)
}

fn is_key(key: &[u8]) -> bool {
    let is_mark = |byte: u8| (byte == b'_') | (byte == b'-') | (byte == b'*') | (byte == b'@');
    let is_character = |byte: u8| byte.is_ascii_lowercase() | matches!(byte, b'/'..=b'9') | is_mark(byte);
    let [b'a'..=b'z' | b'0'..=b'9', ..] = key else { return false };
    if key.len() > CHARACTERS || !all(key, is_character) {
        return false;
    }
    let Some((tenant, vendor)) = memchr::memchr(b'@', key).and_then(|at| key.split_at_checked(at)) else {
        return true;
    };
    // With its `@`.
    let is_vendor = matches!(vendor, [_, b'a'..=b'z', ..]) && vendor.len() <= 1 + VENDOR;
    tenant.len() <= TENANT && is_vendor && memchr::memrchr(b'@', vendor) == Some(0)
}

/// The white space at its end was no part of it.
fn is_value(value: &[u8]) -> bool {
    let is_character = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'=') & (byte != b',');
    (1..=CHARACTERS).contains(&value.len()) && all(value, is_character)
}

/// The keys so far, each by a number that tells it from most others.
#[derive(Default)]
struct Keys {
    prints: [u32; MEMBERS],
    alike: usize,
}

impl Keys {
    /// Chance makes two keys alike once in a billion lists; who sends more of them means it.
    const ALIKE: usize = 4;

    /// Adds the key after `count` others; tells whether it is another than those in `before`, the members so far.
    fn add<'a, I>(&mut self, key: &[u8], count: usize, before: impl Fn() -> I) -> bool
    where
        I: Iterator<Item = list::Member<'a>>,
    {
        let print = print(key);
        let known = self.prints.get(..count).unwrap_or_default();
        // Without stopping at the first: the compiler compares many at once.
        if known.iter().fold(false, |found, known| found | (*known == print)) {
            self.alike += 1;
            let is_same =
                |m: list::Member<'a>| m.text.strip_prefix(key).is_some_and(|rest| rest.starts_with(b"="));
            if self.alike > Self::ALIKE || before().any(is_same) {
                return false;
            }
        }
        if let Some(free) = self.prints.get_mut(count) {
            *free = print;
        }
        true
    }
}

/// Mixes all bytes of a key, eight at a time, in four lanes where it is long.
fn print(key: &[u8]) -> u32 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |lane: u64, word: [u8; 8]| (lane.rotate_left(23) ^ u64::from_le_bytes(word)).wrapping_mul(ODD);
    let mut lanes = [1_u64, 2, 3, 4];
    let (steps, rest) = key.as_chunks::<32>();
    for step in steps {
        for (lane, word) in lanes.iter_mut().zip(step.as_chunks::<8>().0) {
            *lane = mix(*lane, *word);
        }
    }
    let (words, rest) = rest.as_chunks::<8>();
    let folded = lanes.iter().fold(key.len() as u64, |all, lane| mix(all, lane.to_le_bytes()));
    let folded = words.iter().fold(folded, |all, word| mix(all, *word));
    let last = rest.iter().fold(0_u64, |last, byte| (last << 8) | u64::from(*byte));
    (mix(folded, last.to_le_bytes()) >> 32) as u32
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test fails by panicking
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn read_lines(lines: &[&str]) -> Result<Option<String>, Reason> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(NAME, HeaderValue::from_bytes(line.as_bytes()).expect("a header holds it"));
        }
        read(&headers).map(|state| state.map(|state| state.to_string()))
    }

    fn numbered(range: std::ops::Range<usize>) -> String {
        range.map(|n| format!("bar{n:02}={n:02}")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn lines_are_combined_in_their_order() {
        let lines = ["foo=1,bar=2", "rojo=1,congo=2", "baz=3"];
        assert_eq!(read_lines(&lines), Ok(Some(lines.join(","))));
        assert_eq!(read_lines(&[]), Ok(None));
    }

    #[test]
    fn empty_lines_and_members_are_no_members() {
        for (lines, expected) in [
            (&[""][..], None),
            (&[" \t", ","], None),
            (&["foo=1", ""], Some("foo=1")),
            (&["", "foo=1"], Some("foo=1")),
            (&["foo=1,,bar=2,"], Some("foo=1,bar=2")),
            (&[", ,foo=1 , \t,", " ", "bar=2"], Some("foo=1,bar=2")),
        ] {
            assert_eq!(read_lines(lines), Ok(expected.map(str::to_owned)), "{lines:?}");
        }
    }

    #[test]
    fn white_space_around_members_is_none_of_them() {
        for line in [
            "foo=1 \t , \t bar=2, \t baz=3",
            "foo=1\t \t,\t \tbar=2,\t \tbaz=3",
            " foo=1,bar=2,baz=3",
            "\tfoo=1,bar=2,baz=3",
            "foo=1,bar=2,baz=3 ",
            "foo=1,bar=2,baz=3\t",
            "\t foo=1,bar=2,baz=3 \t",
        ] {
            assert_eq!(read_lines(&[line]), Ok(Some("foo=1,bar=2,baz=3".to_owned())), "{line:?}");
        }
        let long = format!("{}foo=  1{0},{0}bar=2{0}", "\t ".repeat(200));
        assert_eq!(read_lines(&[&long]), Ok(Some("foo=  1,bar=2".to_owned())));
    }

    #[test]
    fn keys_and_values_may_have_what_the_grammar_gives_them() {
        let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
        let value: String = (b' '..=b'~').filter(|b| !matches!(b, b',' | b'=')).map(char::from).collect();
        for key in [key.to_owned(), format!("{key}@a-z0-9_-*/"), "0".to_owned(), "0t@v".to_owned()] {
            let line = format!("{key}={value}");
            assert_eq!(read_lines(&[&line]), Ok(Some(line.clone())));
        }
    }

    #[test]
    fn one_mistake_refuses_the_whole() {
        for wrong in [
            "foo =1",
            "FOO=1",
            "foo.bar=1",
            "_foo=1",
            "=1",
            "foo",
            "foo=",
            "foo= ",
            "foo=bar=baz",
            "foo==",
            "foo@=1",
            "@foo=1",
            "foo@@bar=1",
            "foo@bar@baz=1",
            "foo@0=1",
            "foo=a\tb",
            "foo=é",
        ] {
            assert_eq!(read_lines(&[wrong]), Err(Reason::Malformed), "{wrong:?}");
            assert_eq!(read_lines(&["a=1", wrong, "b=2"]), Err(Reason::Malformed), "{wrong:?}");
        }
    }

    #[test]
    fn lengths_end_where_the_specification_says() {
        let (t, v, z) = (|n| "t".repeat(n), |n| "v".repeat(n), |n| "z".repeat(n));
        for (member, is_well) in [
            (format!("{}=1", z(256)), true),
            (format!("{}=1", z(257)), false),
            (format!("{}@{}=1", t(241), v(14)), true),
            (format!("{}@v=1", t(242)), false),
            (format!("t@{}=1", v(15)), false),
            (format!("k={}", v(256)), true),
            (format!("k={}", v(257)), false),
            (format!("k=v{}", " ".repeat(300)), true),
        ] {
            let expected = if is_well {
                Ok(Some(format!("foo=1,{}", member.trim_end())))
            } else {
                Err(Reason::Malformed)
            };
            assert_eq!(read_lines(&["foo=1", &member]), expected, "{member}");
        }
    }

    #[test]
    fn there_are_at_most_32_members() {
        let lines = [numbered(1..11), numbered(11..21), numbered(21..31), numbered(31..33)];
        let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(read_lines(&lines), Ok(Some(lines.join(","))));
        lines.push("bar33=33");
        assert_eq!(read_lines(&lines), Err(Reason::TooManyMembers));
        assert_eq!(read_lines(&[&numbered(1..34)]), Err(Reason::TooManyMembers));
        assert_eq!(read_lines(&vec!["a=1"; 33]), Err(Reason::TooManyMembers));
        assert_eq!(read_lines(&[&",".repeat(63)]), Ok(None));
        assert_eq!(read_lines(&[&",".repeat(64)]), Err(Reason::TooManyMembers));
    }

    #[test]
    fn the_longest_that_is_legal_is_accepted_and_nothing_longer_is_looked_at() {
        let member = |n: usize| format!("{n:0>256}={}", "v".repeat(256));
        let longest = (0..32).map(member).collect::<Vec<_>>().join(",");
        assert_eq!(longest.len(), ROOM - 1);
        assert_eq!(read_lines(&[&longest]), Ok(Some(longest.clone())));
        let (first, second) = longest.split_at(longest.len() / 2 + 10);
        let (first, second) = (first.rsplit_once(',').unwrap_or_default(), second);
        let second = format!("{}{second}", first.1);
        assert_eq!(read_lines(&[first.0, &second]), Ok(Some(longest.clone())));
        assert_eq!(read_lines(&[&format!("{longest} ")]), Err(Reason::TooLong));
        assert_eq!(read_lines(&[first.0, &second, "x"]), Err(Reason::TooLong));
        assert_eq!(read_lines(&[&"\u{1f980}".repeat(ROOM)]), Err(Reason::TooLong));
    }

    #[test]
    fn a_key_comes_once() {
        for lines in [&["foo=1,foo=1"][..], &["foo=1,foo=2"], &["foo=1", "foo=1"], &["foo=1", "bar=3,foo=2"]]
        {
            assert_eq!(read_lines(lines), Err(Reason::Repeated), "{lines:?}");
        }
        let alike = ["fo=1", "foo=1", "fooo=1", "f=oo", "1=f", "ab=1", "ba=1"].join(",");
        assert_eq!(read_lines(&[&alike]), Ok(Some(alike.clone())));
    }

    #[test]
    fn keys_are_told_apart_where_their_numbers_are_alike() {
        let mut keys = Keys { prints: [print(b"c"); MEMBERS], alike: 0 };
        let before = || list::members(b"a=1,b=1");
        assert!(keys.add(b"c", 2, before), "another key with the same number");
        assert!(!keys.add(b"c", 3, || list::members(b"a=1,b=1,c=1")), "the same key");
        assert!((0..Keys::ALIKE).any(|_| !keys.add(b"c", 2, before)), "there is an end to it");
    }
}
