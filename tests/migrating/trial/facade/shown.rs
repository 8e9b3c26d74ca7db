//! What both show.

pub(crate) const SHOWN: &[&str] = &[
    "# HELP visits_total Visits.",
    "# TYPE visits_total counter",
    "visits_total 2",
    "views_total{region=\"eu\"} 1",
    "views_total{region=\"us\"} 2",
    "bought_total{customer=\"acme\"} 3",
    "# TYPE carts gauge",
    "carts 2",
    "visit_seconds_bucket{le=\"0.1\"} 0",
    "visit_seconds_bucket{le=\"0.25\"} 1",
    "visit_seconds_count 1",
];
