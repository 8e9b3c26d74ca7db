//! Every signal as tokens.

use super::model::Model;
use crate::codegen::Pieces;
use crate::traced;

/// Adds everything to what the function produces.
pub(crate) fn add(model: &Model, pieces: &mut Pieces) {
    traced::add(&model.span, pieces);
    for signal in ["CALLS", "DURATION", "IN_FLIGHT"] {
        pieces.signal(signal);
    }
}
