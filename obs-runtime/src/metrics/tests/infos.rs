//! Facts as labels.

use std::borrow::Cow;

use super::*;
use crate::service::service;

/// `{ version = "1.2", commit: String }`, or both known.
#[derive(Debug)]
struct Build<const KNOWN: bool>(&'static str);

impl<const KNOWN: bool> LabelSet for Build<KNOWN> {
    const KEYS: &'static [&'static str] = &["version", "commit"];
    const VALUES: &'static [LabelValues] = &[LabelValues::Fixed(&[""]), LabelValues::Fixed(&[""])];
    const OUTCOME: bool = false;

    fn index(self) -> usize {
        0
    }
}

impl<const KNOWN: bool> Facts for Build<KNOWN> {
    const KNOWN: Option<&'static [&'static str]> = if KNOWN { Some(&["1.2", "abc"]) } else { None };

    fn texts(self) -> Vec<Cow<'static, str>> {
        texts([Fact::text("1.2"), Fact::text(self.0.to_owned())])
    }
}

#[test]
fn what_the_declaration_tells_is_there_from_the_start_and_the_rest_when_it_is_told() {
    static KNOWN: Info<Build<true>> = Info::new(declared("known_info", &[], 1));
    static TOLD: Info<Build<false>> = Info::new(declared("told_info", &[], 2));
    let catalog = [Entry::Metric(&KNOWN), Entry::Metric(&TOLD)];
    let known = ["info known_info [] Help.", "known_info{version=1.2,commit=abc} 1"];
    assert_eq!(drawn(&catalog), known);
    for commit in ["4f2a", "77aa"] {
        TOLD.set(Build(commit));
        let told = format!("told_info{{version=1.2,commit={commit}}} 1");
        assert_eq!(drawn(&catalog), [&known[..], &["info told_info [] Help.", &told]].concat());
    }
}

#[test]
fn each_service_tells_its_own_and_what_two_declarations_tell_alike_is_one_series() {
    static ONE: Info<Build<false>> = Info::new(declared("shared_info", &[], 1));
    static SAME: Info<Build<false>> = Info::new(declared("shared_info", &[], 2));
    let api = service("infos-api");
    ONE.set(Build("1"));
    SAME.set(Build("1"));
    api.in_scope(|| ONE.set(Build("2")));
    let expected = [
        "info shared_info [] Help.",
        "shared_info{version=1.2,commit=1} 1",
        "shared_info{service_name=infos-api,version=1.2,commit=2} 1",
    ];
    let mut shown = drawn_by_service(&[Entry::Metric(&ONE), Entry::Metric(&SAME)]);
    shown.sort_by_key(String::len);
    assert_eq!(shown, expected);
}

#[test]
fn a_fact_is_a_text_a_number_or_a_label() {
    assert_eq!("a".text(), "a");
    assert_eq!(String::from("b").text(), "b");
    assert_eq!(Cow::Borrowed("c").text(), "c");
    assert_eq!((7_u8.text(), i64::MIN.text()), ("7".into(), "-9223372036854775808".into()));
    assert_eq!((true.text(), Region::Us.text()), ("true".into(), "us".into()));
    assert_eq!(crate::Outcome::Panicked.text(), "panicked");
}
