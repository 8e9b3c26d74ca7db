//! Field values kept for a span that is made later, when what they were borrowed from is gone.

use std::error::Error;
use std::fmt;

use tracing_core::field::{DisplayValue, Field, Value, ValueSet, Visit, display};

use crate::hostile::{Inspected, Shown};

/// The values of a span's fields, in the order of their names.
pub(crate) struct OwnedValues(Vec<Option<Owned>>);

enum Owned {
    Bool(bool),
    Double(f64),
    Int(i64),
    Long(i128),
    Natural(u64),
    LongNatural(u128),
    Str(String),
    Shown(DisplayValue<String>),
}

impl OwnedValues {
    /// Copies the values; `Display` and `Debug` run now.
    pub(crate) fn copy(values: &ValueSet<'_>, count: usize) -> Self {
        let mut copies = OwnedValues(Vec::new());
        copies.0.resize_with(count, || None);
        values.record(&mut copies);
        copies
    }

    /// Returns them as they were given.
    pub(crate) fn values(&self) -> Vec<Option<&dyn Value>> {
        self.0.iter().map(|value| value.as_ref().map(Owned::value)).collect()
    }

    fn put(&mut self, field: &Field, value: Owned) {
        if let Some(place) = self.0.get_mut(field.index()) {
            *place = Some(value);
        }
    }
}

impl Owned {
    fn value(&self) -> &dyn Value {
        match self {
            Owned::Bool(value) => value,
            Owned::Double(value) => value,
            Owned::Int(value) => value,
            Owned::Long(value) => value,
            Owned::Natural(value) => value,
            Owned::LongNatural(value) => value,
            Owned::Str(value) => value,
            Owned::Shown(value) => value,
        }
    }
}

impl Visit for OwnedValues {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Owned::Double(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Owned::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Owned::Natural(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field, Owned::Long(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, Owned::LongNatural(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Owned::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Owned::Str(value.to_owned()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, Owned::Shown(display(Shown(&value).to_string())));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Owned::Shown(display(format!("{:?}", Inspected(&value)))));
    }
}
