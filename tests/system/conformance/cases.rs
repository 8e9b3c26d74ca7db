//! What comes, and what goes on: the rules of W3C Trace Context level 2, by its sections, and of W3C Baggage.

/// The caller's ids.
pub(super) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(super) const PARENT: &str = "00f067aa0ba902b7";

/// Header lines, and what becomes of them.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) lines: Vec<String>,
    pub(super) goes: Goes,
}

#[derive(Debug)]
pub(super) enum Goes {
    /// The trace goes on, with these flags and this `tracestate`.
    On { flags: &'static str, state: Option<String> },
    /// Another trace begins, without anything of the caller's.
    Anew,
}

/// `traceparent` lines that are taken, and the flags that go on. `T` and `P` stand for the caller's ids.
const TAKEN: &[(&str, &str)] = &[
    ("traceparent: 00-T-P-01", "01"),
    ("traceparent: 00-T-P-00", "00"),
    // Names ignore case, white space around a value is none of it (3.2.1, RFC 9110 5.5).
    ("TraceParent: 00-T-P-01", "01"),
    ("TRACEPARENT:00-T-P-01", "01"),
    ("traceparent: \t 00-T-P-01 \t ", "01"),
    // Made at random, which goes on (3.2.2.4.2); flags without a meaning do not (3.2.2.4.3).
    ("traceparent: 00-T-P-02", "02"),
    ("traceparent: 00-T-P-03", "03"),
    ("traceparent: 00-T-P-ff", "03"),
    ("traceparent: 00-T-P-f8", "00"),
    // Higher versions are read as far as they are known (3.2.4), and answered in ours.
    ("traceparent: 01-T-P-01", "01"),
    ("traceparent: cc-T-P-01", "01"),
    ("traceparent: cc-T-P-01-what-the-future-brings", "01"),
    ("traceparent: fe-T-P-01-", "01"),
];

/// Lines that are refused, so that a trace begins anew. A `tracestate` is never looked at without the other (3.3).
const REFUSED: &[&[&str]] = &[
    &[],
    &["tracestate: foo=1"],
    &["trace-parent: 00-T-P-01"],
    &["trace.parent: 00-T-P-01"],
    &["traceparent:"],
    // Repeated (3.2.1).
    &["traceparent: 00-T-P-01", "traceparent: 00-T-P-01"],
    &["traceparent: 00-T-P-01", "Traceparent: 00-bbf92f3577b34da6a3ce929d0e0e4736-P-01"],
    &["traceparent: 00-T-P-01,00-T-P-01"],
    // The version (3.2.2.1).
    &["traceparent: ff-T-P-01", "tracestate: foo=1"],
    &["traceparent: ff-T-P-01-more"],
    &["traceparent: 0-T-P-01"],
    &["traceparent: 000-T-P-01"],
    &["traceparent: .0-T-P-01"],
    &["traceparent: 0.-T-P-01"],
    &["traceparent: FE-T-P-01"],
    // Version 00 has nothing behind the flags, higher ones nothing that does not begin with a dash (3.2.4).
    &["traceparent: 00-T-P-01-"],
    &["traceparent: 00-T-P-01-more"],
    &["traceparent: 00-T-P-01."],
    &["traceparent: cc-T-P-01."],
    &["traceparent: cc-T-P-01.what-the-future-brings"],
    &["traceparent: cc-T-P-0"],
    // Ids of nothing but zeros, of other lengths, of other digits (3.2.2.2, 3.2.2.3).
    &["traceparent: 00-00000000000000000000000000000000-P-01"],
    &["traceparent: 00-T-0000000000000000-01"],
    &["traceparent: 00-T0-P-01"],
    &["traceparent: 00-4bf92f3577b34da6a3ce929d0e0e473-P-01"],
    &["traceparent: 00-T-P0-01"],
    &["traceparent: 00-T-00f067aa0ba902b-01"],
    &["traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-P-01"],
    &["traceparent: 00-T-00F067AA0BA902B7-01"],
    &["traceparent: 00-.bf92f3577b34da6a3ce929d0e0e4736-P-01"],
    &["traceparent: 00-T-00f067aa0ba902b.-01"],
    // Flags (3.2.2.4).
    &["traceparent: 00-T-P-1"],
    &["traceparent: 00-T-P-001"],
    &["traceparent: 00-T-P-.0"],
    &["traceparent: 00-T-P-0."],
    &["traceparent: 00-T-P-0A"],
    // What stands between the fields.
    &["traceparent: 00_4bf92f3577b34da6a3ce929d0e0e4736-P-01"],
    &["traceparent: 00-T_00f067aa0ba902b7-01"],
    &["traceparent: 00-T-P_01"],
    &["traceparent: 00-T-P 01"],
    &["traceparent: 4bf92f3577b34da6a3ce929d0e0e4736"],
];

/// `tracestate` lines, and what goes on of them: all, combined in their order (3.3.1.2), or nothing.
const STATES: &[(&[&str], &str)] = &[
    (&["foo=1"], "foo=1"),
    (&["foo=1,bar=2"], "foo=1,bar=2"),
    (&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3"),
    // Empty ones are no mistake (3.3.1.1).
    (&[""], ""),
    (&["foo=1", ""], "foo=1"),
    (&["", "foo=1"], "foo=1"),
    (&["foo=1,,bar=2,"], "foo=1,bar=2"),
    (&[" foo=1 \t , \t bar=2 "], "foo=1,bar=2"),
    // Keys and values (3.3.1.3).
    (&["a-b_c*d/e=1"], "a-b_c*d/e=1"),
    (&["0tenant@vendor=1"], "0tenant@vendor=1"),
    (&["foo=!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~"], "foo=!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~"),
    (&["foo=a b"], "foo=a b"),
    (&["foo=1,FOO=2"], ""),
    (&["foo =1"], ""),
    (&["foo.bar=1"], ""),
    (&["@foo=1,bar=2"], ""),
    (&["foo@=1,bar=2"], ""),
    (&["foo@bar@baz=1,bar=2"], ""),
    (&["foo=1=2"], ""),
    (&["foo=,bar=3"], ""),
    (&["foo"], ""),
    (&["=1"], ""),
    (&["foo=\u{e9}"], ""),
    // A key stands once (3.3.1.3.1).
    (&["foo=1,foo=1"], ""),
    (&["foo=1", "foo=2"], ""),
];

/// `baggage` lines, and the headers that go on (W3C Baggage, section 3).
pub(super) const BAGGAGE: &[(&[&str], &[&str])] = &[
    (&["tenant=acme"], &["tenant=acme"]),
    (&["tenant=acme,user=7", "region=eu"], &["tenant=acme,user=7,region=eu"]),
    (&["tenant=acme;ttl=5;secret,user=7"], &["tenant=acme;ttl=5;secret,user=7"]),
    (&["name=J%C3%BCrgen"], &["name=J%C3%BCrgen"]),
    (&[""], &[]),
];

fn case(lines: Vec<String>, goes: Goes) -> Case {
    let named = |line: String| line.replace("-T", &format!("-{TRACE}")).replace("-P", &format!("-{PARENT}"));
    Case { lines: lines.into_iter().map(named).collect(), goes }
}

fn stated(lines: Vec<String>, kept: &str) -> Case {
    let mut all = vec!["traceparent: 00-T-P-00".to_owned()];
    all.extend(lines.iter().map(|line| format!("tracestate: {line}")));
    case(all, Goes::On { flags: "00", state: (!kept.is_empty()).then(|| kept.to_owned()) })
}

/// Returns all cases.
pub(super) fn all() -> Vec<Case> {
    let taken = TAKEN.iter().map(|(line, flags)| {
        let goes = Goes::On { flags, state: Some("foo=1".to_owned()) };
        case(vec![(*line).to_owned(), "tracestate: foo=1".to_owned()], goes)
    });
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let refused = REFUSED.iter().map(|lines| case(owned(lines), Goes::Anew));
    let states = STATES.iter().map(|(lines, kept)| stated(owned(lines), kept));
    taken.chain(refused).chain(states).chain(at_the_limits()).collect()
}

/// Members, keys and values as many and as long as they may be, and one more (3.3.1.1, 3.3.1.3).
fn at_the_limits() -> Vec<Case> {
    let members = |count: usize| (1..=count).map(|n| format!("key{n:02}={n}")).collect::<Vec<_>>();
    let all = |state: String| stated(vec![state.clone()], &state);
    let none = |state: String| stated(vec![state], "");
    let by_lines = |count: usize| members(count).chunks(10).map(|line| line.join(",")).collect::<Vec<_>>();
    vec![
        all(members(32).join(",")),
        none(members(33).join(",")),
        stated(by_lines(32), &members(32).join(",")),
        stated(by_lines(33), ""),
        all(format!("{}=1", "k".repeat(256))),
        none(format!("{}=1", "k".repeat(257))),
        all(format!("{}@{}=1", "t".repeat(241), "v".repeat(14))),
        all(format!("foo={}", "v".repeat(256))),
        none(format!("foo={}", "v".repeat(257))),
    ]
}
