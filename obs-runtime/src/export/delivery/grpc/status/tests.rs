#![allow(clippy::unwrap_used)] // a test fails by panicking

use http::{HeaderName, HeaderValue};

use super::*;

/// `google.rpc.Status` with a `RetryInfo` of a delay, behind a detail of another kind.
fn details(delay: Option<(i64, i32)>) -> String {
    use crate::export::proto::Writer;

    let mut status = Writer::default();
    status.varint(1, 8);
    status.message(3, |any| any.bytes(1, b"type.googleapis.com/google.rpc.DebugInfo"));
    if let Some((seconds, nanos)) = delay {
        status.message(3, |any| {
            any.bytes(1, b"type.googleapis.com/google.rpc.RetryInfo");
            any.message(2, |info| {
                info.message(1, |delay| {
                    delay.varint(1, seconds.cast_unsigned());
                    delay.varint(2, i64::from(nanos).cast_unsigned());
                });
            });
        });
    }
    STANDARD_PAD_INDIFFERENT.encode(status.into_bytes())
}

fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
    let pair = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
    };
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.iter().map(pair).collect(),
        trailers: None,
        body: Some(Bytes::new()),
    }
}

fn verdict_of(code: &str, details: &str) -> Verdict {
    judge(&answer(200, &[("grpc-status", code), ("grpc-status-details-bin", details)]))
}

/// The table of the OTLP specification: code, retryable, retryable with `RetryInfo`.
const TABLE: [(u16, bool, bool); 17] = [
    (0, false, false),
    (1, true, true),
    (2, false, false),
    (3, false, false),
    (4, true, true),
    (5, false, false),
    (6, false, false),
    (7, false, false),
    (8, false, true),
    (9, false, false),
    (10, true, true),
    (11, true, true),
    (12, false, false),
    (13, false, false),
    (14, true, true),
    (15, true, true),
    (16, false, false),
];

#[test]
fn codes_follow_the_table_of_the_specification() {
    let info = details(Some((2, 500_000_000)));
    for (code, alone, told) in TABLE {
        let code = code.to_string();
        for (details, again, delay) in
            [("", alone, None), (info.as_str(), told, Some(Duration::from_millis(2_500)))]
        {
            match verdict_of(&code, details) {
                Verdict::Retry { after, detail } => {
                    assert!(again, "{code}: {detail}");
                    assert_eq!(after, delay, "{code}");
                }
                Verdict::Drop { reason, .. } => {
                    assert!(!again, "{code}");
                    let no_message = code == "0";
                    assert_eq!(reason == Reason::ResponseInvalid, no_message, "{code}: {reason}");
                }
                done @ Verdict::Done { .. } => unreachable!("{code}: {done:?}"),
            }
        }
    }
    for unknown in ["17", "-1", "ok", ""] {
        let Verdict::Drop { reason: Reason::Refused, detail } = verdict_of(unknown, "") else {
            unreachable!("{unknown}");
        };
        assert_eq!(detail, "it answered UNKNOWN");
    }
}

#[test]
fn a_delay_is_read_as_far_as_it_makes_sense() {
    let after = |details: &str| match verdict_of("14", details) {
        Verdict::Retry { after, .. } => after,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(after(&details(Some((7, 0)))), Some(Duration::from_secs(7)));
    assert_eq!(after(details(Some((7, 0))).trim_end_matches('=')), Some(Duration::from_secs(7)));
    assert_eq!(after(&details(Some((0, 0)))), Some(Duration::ZERO));
    assert_eq!(after(&details(Some((-7, -1)))), Some(Duration::ZERO));
    assert_eq!(after(&details(Some((1, i32::MAX)))), Some(Duration::new(1, 999_999_999)));
    assert_eq!(after(&details(None)), None);
    for garbage in ["", "!", "AAAA", "/////w"] {
        assert_eq!(after(garbage), None, "{garbage}");
    }
}

#[test]
fn without_a_status_that_of_http_counts() {
    for status in [429, 502, 503, 504] {
        assert!(matches!(judge(&answer(status, &[])), Verdict::Retry { after: None, .. }), "{status}");
    }
    let told = judge(&answer(503, &[("retry-after", "7")]));
    assert!(matches!(told, Verdict::Retry { after: Some(after), .. } if after == Duration::from_secs(7)));
    for (status, reason) in [
        (200, Reason::ResponseInvalid),
        (302, Reason::Redirect),
        (400, Reason::Refused),
        (401, Reason::Refused),
        (403, Reason::Refused),
        (404, Reason::Refused),
        (500, Reason::Refused),
    ] {
        let judged = judge(&answer(status, &[]));
        assert!(matches!(&judged, Verdict::Drop { reason: r, .. } if *r == reason), "{status}: {judged:?}");
    }
    let both = judge(&answer(404, &[("grpc-status", "14")]));
    assert!(matches!(both, Verdict::Retry { .. }), "the status of gRPC is nearer: {both:?}");
}

#[test]
fn trailers_are_nearer_than_headers() {
    let mut answer = answer(200, &[("grpc-status", "0")]);
    answer.trailers = Some(
        [("grpc-status", "3")].map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).into_iter().collect(),
    );
    assert!(matches!(judge(&answer), Verdict::Drop { reason: Reason::Refused, .. }));
}

#[test]
fn a_reset_means_what_grpc_says() {
    use h2::Reason as R;
    for reason in [R::REFUSED_STREAM, R::CANCEL] {
        assert!(matches!(of_reset(reason), Verdict::Retry { .. }), "{reason}");
    }
    let lost =
        [R::NO_ERROR, R::PROTOCOL_ERROR, R::INTERNAL_ERROR, R::ENHANCE_YOUR_CALM, R::INADEQUATE_SECURITY];
    for reason in lost {
        assert!(matches!(of_reset(reason), Verdict::Drop { reason: Reason::Refused, .. }), "{reason}");
    }
}
