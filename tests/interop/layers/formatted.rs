//! `tracing_subscriber::fmt`, with and without filters.

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::{Written, with_layer};

#[test]
fn lines_name_the_spans_they_were_written_in() {
    let written = Written::default();
    let layer = fmt::layer().pretty().with_ansi(false).with_writer(written.writer());
    with_layer(layer, |_| {
        let text = written.text();
        let at = text.find("placed, item: \"book\"").unwrap();
        let place = text[at..].find("in layers::place with order.item: \"book\"").unwrap();
        let request = text[at..].find("in layers::request with id: 7").unwrap();
        assert!(place < request, "{text}");
    });
}

#[test]
fn json_lines_have_the_spans_and_their_fields() {
    let written = Written::default();
    let layer = fmt::layer().json().with_span_events(FmtSpan::CLOSE).with_writer(written.writer());
    with_layer(layer, |_| {
        let lines: Vec<serde_json::Value> =
            written.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let said = lines.iter().find(|l| l["fields"]["message"] == "said").unwrap();
        let names: Vec<_> = said["spans"].as_array().unwrap().iter().map(|s| s["name"].clone()).collect();
        assert_eq!(names, ["request", "later", "inner"]);
        assert_eq!((&said["spans"][0]["id"], &said["spans"][0]["late"]), (&7.into(), &"now".into()));
        let closed = lines.iter().filter(|l| l["fields"]["message"] == "close");
        let closed: Vec<_> = closed.map(|l| l["span"]["name"].clone()).collect();
        assert_eq!(closed, ["place", "by hand", "inner", "later", "request"]);
    });
}

#[test]
fn directives_on_spans_and_their_fields_hold() {
    for (directives, expected) in [
        ("off,[request{id=7}]=info", ["placed", "careful", "said"].as_slice()),
        ("off,[request{id=8}]=info", &[]),
        ("off,[by hand]=info", &["careful"]),
        ("off,[later]=info", &["said"]),
        ("warn", &["careful"]),
    ] {
        // Once as a filter of the one layer, once as a layer that filters all others.
        let (own, whole) = (Written::default(), Written::default());
        let lines = |written: &Written| fmt::layer().with_ansi(false).with_writer(written.writer());
        let filter = || EnvFilter::new(directives);
        with_layer(lines(&own).with_filter(filter()), |_| {});
        with_layer(filter().and_then(lines(&whole)), |_| {});
        for written in [own, whole] {
            let text = written.text();
            let found: Vec<_> =
                ["placed", "careful", "said"].into_iter().filter(|word| text.contains(*word)).collect();
            assert_eq!(found, expected, "{directives}: {text}");
        }
    }
}

#[test]
fn each_layer_has_a_filter_of_its_own() {
    let (all, some) = (Written::default(), Written::default());
    let layer = fmt::layer()
        .with_writer(all.writer())
        .and_then(fmt::layer().with_writer(some.writer()).with_filter(LevelFilter::WARN));
    with_layer(layer, |_| {
        assert_eq!((all.text().lines().count(), some.text().lines().count()), (3, 1));
    });
}
