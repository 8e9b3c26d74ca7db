//! The counter as tokens.

use super::model::Model;
use crate::codegen::Pieces;

/// Adds the counter to what the function produces.
pub(crate) fn add(model: &Model, pieces: &mut Pieces) {
    match &model.metric {
        Some(metric) => pieces.metrics.push(metric.begin("counted", &pieces.krate)),
        None => pieces.signal("CALLS"),
    }
}
