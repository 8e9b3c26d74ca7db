//! What the schema does not allow.

use proc_macro2::Span;
use syn::Error;
use syn::ext::IdentExt;

use super::super::model::Metric;
use super::file::{Entry, Schema};
use crate::diag::Errors;
use crate::syntax::nearest;

/// Refuses a metric that the schema does not name, or that it describes otherwise.
pub(super) fn check(metric: &Metric, schema: &Schema, errors: &mut Errors) {
    let name = metric.name.value();
    let Some(entry) = schema.get(&name) else {
        let meant = nearest(&name, schema.keys().map(String::as_str));
        let remedy = match meant {
            Some(meant) => format!("did you mean `{meant}`? otherwise add `[metrics.{name}]` to the file"),
            None => format!("add `[metrics.{name}]` to the file"),
        };
        errors
            .push(Error::new(metric.name.span(), format!("metric `{name}` is not in `obs.toml`; {remedy}")));
        return;
    };
    check_kind(metric, entry, errors);
    check_labels(metric, entry, errors);
}

fn check_kind(metric: &Metric, entry: &Entry, errors: &mut Errors) {
    let (name, noun) = (metric.name.value(), metric.kind.noun());
    let mut differs = |what: &str, own: &str, theirs: &str| {
        let message = format!(
            "metric `{name}` has the {what} `{own}` and in `obs.toml` the {what} `{theirs}`; change one of them"
        );
        errors.push(Error::new(metric.name.span(), message));
    };
    if let Some(kind) = entry.kind.as_ref().filter(|kind| *kind != noun) {
        differs("kind", noun, kind);
    }
    if let Some(unit) = entry.unit.as_ref().filter(|unit| **unit != metric.unit) {
        differs("unit", &metric.unit, unit);
    }
}

fn check_labels(metric: &Metric, entry: &Entry, errors: &mut Errors) {
    let (name, at) = (metric.name.value(), metric.name.span());
    let mut labels: Vec<(String, Span)> =
        metric.labels.iter().map(|l| (l.ident.unraw().to_string(), l.ident.span())).collect();
    labels.extend(metric.outcome.then(|| ("outcome".to_owned(), at)));
    labels.extend(metric.error_type.as_ref().map(|_| ("error_type".to_owned(), at)));
    let missing = || entry.labels.iter().filter(|known| labels.iter().all(|(label, _)| label != *known));
    let free = || missing().chain(&entry.optional).map(String::as_str);
    let mut meant = Vec::new();
    for (label, span) in &labels {
        if entry.labels.contains(label) || entry.optional.contains(label) {
            continue;
        }
        let near = nearest(label, free());
        meant.extend(near.map(str::to_owned));
        let remedy = near.map_or_else(
            || "remove it, or add it to the file".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("metric `{name}` has no label `{label}` in `obs.toml`; {remedy}");
        errors.push(Error::new(*span, message));
    }
    // A label that is misspelt is not missing as well.
    for label in missing().filter(|label| !meant.contains(label)) {
        let message = format!(
            "metric `{name}` lacks the label `{label}`, which it has in `obs.toml`; add it, or make it `optional` there"
        );
        errors.push(Error::new(at, message));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::super::super::args::Args;
    use super::super::super::model::Model;
    use super::super::file;
    use super::*;

    const FILE: &str = "
        [metrics.orders_total]
        kind = \"counter\"
        labels = [\"region\"]
        optional = [\"outcome\"]
        [metrics.order_size_bytes]
        unit = \"bytes\"
    ";

    /// What the file says to a declaration.
    fn said(declaration: &str) -> Vec<String> {
        let schema = file::read(FILE).unwrap();
        let mut errors = Errors::default();
        let args = Args::read(format!("/// Help.\n{declaration}").parse().unwrap(), &mut errors);
        let model = Model::new(args, &mut errors);
        model.metrics.iter().for_each(|metric| check(metric, &schema, &mut errors));
        errors.finish(()).err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    #[test]
    fn what_it_names_is_accepted() {
        assert_eq!(said("static A: Counter = \"orders_total\" { region: Region };"), Vec::<String>::new());
        let with_outcome = "static A: Counter = \"orders_total\" { region: Region, outcome: obs::Outcome };";
        assert_eq!(said(with_outcome), Vec::<String>::new());
        let size = "static A: Histogram = \"order_size_bytes\" buckets = [1.0];";
        assert_eq!(said(size), Vec::<String>::new());
        let grouped = "group \"orders_\" { /// Help.\n static A: Counter = \"total\" { region: Region }; }";
        assert!(said(grouped).iter().all(|message| !message.contains("obs.toml")));
    }

    #[test]
    fn what_it_does_not_name_is_refused_with_what_was_meant() {
        let says = [
            (
                "static A: Counter = \"order_total\";",
                "metric `order_total` is not in `obs.toml`; did you mean `orders_total`? otherwise add \
                 `[metrics.order_total]` to the file",
            ),
            (
                "static A: Gauge = \"connections\";",
                "metric `connections` is not in `obs.toml`; add `[metrics.connections]` to the file",
            ),
            (
                "static A: Counter = \"orders_total\" { regoin: Region };",
                "metric `orders_total` has no label `regoin` in `obs.toml`; did you mean `region`?",
            ),
            (
                "static A: Counter = \"orders_total\" { region: Region, shard: Shard };",
                "metric `orders_total` has no label `shard` in `obs.toml`; remove it, or add it to the file",
            ),
            (
                "static A: Counter = \"orders_total\";",
                "metric `orders_total` lacks the label `region`, which it has in `obs.toml`; add it, or make it \
                 `optional` there",
            ),
        ];
        for (declaration, expected) in says {
            assert_eq!(said(declaration), [expected]);
        }
        let gauge = said("static A: Gauge = \"order_size_bytes\" unit = \"bytes\";");
        assert_eq!(gauge, Vec::<String>::new(), "a kind that is not said is free");
    }
}
