//! Metrics: declared once, referenced by path, dense.

mod budget;
mod call;
mod capture;
mod conflicts;
mod conventions;
mod counter;
mod descriptor;
mod dictionary;
mod ending;
mod error_type;
mod filter;
mod foreign;
mod function;
mod gauge;
mod histogram;
mod info;
mod label;
mod observed;
mod overflow;
mod reserved;
mod show;
mod source;
mod sparse;
mod status_class;
mod surface;
#[cfg(test)]
mod tests;
mod text_label;
mod timer;
mod values;

pub use call::{Counts, MetricCall, counted, timed};
pub use counter::{Counter, CounterSeries};
pub use descriptor::{Declared, Descriptor, Metric};
pub use dictionary::{AsShown, AsText, Dictionary, Dynamic, DynamicLabel, ShownLabel};
pub use error_type::{ErrorLabel, ErrorNames, ErrorTypeOf, are_labels};
pub use gauge::{Gauge, GaugeSeries};
pub use histogram::{Histogram, HistogramSeries};
pub use info::{Fact, Facts, Info, Texts, texts};
pub use label::{Chosen, ChosenError, ErrorTyped, Judged, LabelSet, LabelValue, Plain, Seconds, Unlabelled};
pub use observed::Level;
pub use status_class::StatusClass;
pub use text_label::TextLabel;
pub use timer::Timer;
pub use values::{LabelValues, series_index};

#[cfg(feature = "metrics")]
pub(crate) use budget::take_series;
pub(crate) use budget::{MAX_SERIES, set_max_series};
pub(crate) use capture::Captured;
pub use capture::Summary;
pub(crate) use conflicts::conflicts;
#[cfg(feature = "tower")]
pub(crate) use conventions::{Ended, Server, http, rpc};
pub(crate) use conventions::{Messages, source as conventions};
pub(crate) use filter::set_filter;
#[cfg(feature = "metrics")]
pub(crate) use foreign::{found_foreign_recorder, found_own_recorder};
pub(crate) use function::FunctionCells;
pub(crate) use overflow::overflows;
#[cfg(any(test, feature = "metrics"))]
pub(crate) use reserved::is_reserved;
#[cfg(feature = "metrics")]
pub(crate) use reserved::{PARTS, base, whole};
pub(crate) use source::source;
