//! Functions under `#[tracing::instrument]`, for every subject that is a subscriber.

crate::spans::subject::annotated!(
    (a, b, c),
    [#[tracing::instrument(skip_all, fields(a, b, c))]],
    [#[tracing::instrument(skip_all)]]
);
