//! The counter as tokens.

use quote::format_ident;

use super::model::Model;
use crate::codegen::{Pieces, update};

/// Adds the counter to what the function produces.
pub(crate) fn add(model: &Model, pieces: &mut Pieces) {
    match &model.metric {
        Some(metric) => pieces.metrics.push(update(metric, &format_ident!("counted"), &pieces.krate)),
        None => pieces.signal("CALLS"),
    }
}
