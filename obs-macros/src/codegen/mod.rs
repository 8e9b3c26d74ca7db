//! A function rebuilt around a guarded body. Knows no macro.

mod body;
mod call;
mod caller;
mod ending;
mod metric;
mod off;
mod outer;
mod output;
mod place;
mod shape;

pub(crate) use body::rebuild;
pub(crate) use call::{Pieces, SpanPiece};
pub(crate) use caller::needs_method;
pub(crate) use ending::Ending;
pub(crate) use metric::update;
pub(crate) use place::{at, ours};
pub(crate) use shape::Shape;
