//! A function rebuilt around a guarded body. Knows no macro.

mod call;
mod ending;
mod metric;
mod output;

pub(crate) use call::{Pieces, SpanPiece, rebuild};
pub(crate) use ending::Ending;
pub(crate) use metric::{at, update};
