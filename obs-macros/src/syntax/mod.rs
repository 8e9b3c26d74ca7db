//! What every macro can read. Knows no macro.

mod args;
mod binding;
mod doc;
mod duration;
mod escape;
mod expression;
mod field;
mod function;
mod item;
mod items;
mod label;
mod mention;
mod metric;
mod names;
mod report;
mod statements;
mod suggest;
mod value;
mod word;

pub(crate) use args::{Arg, Args, Opt, Table, default_crate};
pub(crate) use binding::{Binding, Reference};
pub(crate) use doc::first_paragraph;
pub(crate) use field::{Field, Render};
pub(crate) use function::{Function, Goal};
pub(crate) use item::Item;
pub(crate) use items::{ItemKind, kind_of, split};
pub(crate) use label::Label;
pub(crate) use mention::mentions;
pub(crate) use metric::{MetricUse, check_label, without_metric};
pub(crate) use names::{is_snake, snake, words};
pub(crate) use report::{Report, ReportBy};
pub(crate) use statements::begins_with_item;
pub(crate) use suggest::nearest;
pub(crate) use value::{Level, Place, Shape, Value};
