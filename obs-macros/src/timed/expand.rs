//! The histogram as tokens.

use super::model::Model;
use crate::codegen::Pieces;

/// Adds the histogram to what the function produces.
pub(crate) fn add(model: &Model, pieces: &mut Pieces) {
    match &model.metric {
        Some(metric) => pieces.metrics.push(metric.begin("timed", &pieces.krate)),
        None => pieces.signal("DURATION"),
    }
    if model.in_flight {
        pieces.signal("IN_FLIGHT");
    }
}
