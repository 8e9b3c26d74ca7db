//! The values that health checks ask for.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// A value provided by [`Guard::provide`](crate::Guard::provide); an argument of a health check.
pub struct State<T>(Arc<T>);

impl<T> State<T> {
    /// Makes one of a value, for tests that call a check by themselves.
    pub fn new(value: T) -> Self {
        State(Arc::new(value))
    }
}

impl<T> From<Arc<T>> for State<T> {
    fn from(value: Arc<T>) -> Self {
        State(value)
    }
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        State(Arc::clone(&self.0))
    }
}

impl<T: fmt::Debug> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// The values by their types.
type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// Everything provided so far, one value a type.
#[derive(Clone, Default)]
pub struct States {
    values: Arc<RwLock<Values>>,
    provided: Arc<Notify>,
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("States")
    }
}

impl States {
    /// Provides a value, replacing an earlier one of the same type.
    pub fn provide<T: Send + Sync + 'static>(&self, value: T) {
        self.provide_shared(Arc::new(value));
    }

    /// The same, of a value that others hold too.
    pub(crate) fn provide_shared<T: Send + Sync + 'static>(&self, value: Arc<T>) {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        let former = values.insert(TypeId::of::<T>(), value);
        drop(values);
        drop(former); // the user's code, which may come back here
        self.provided.notify_waiters();
    }

    /// Waits for the next value to be provided; counts from its first poll or `enable`.
    pub(crate) fn provided(&self) -> Notified<'_> {
        self.provided.notified()
    }
}

/// The type of a value that no one has provided yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing(pub &'static str);

/// The runtime of the program, for checks that look at it; `None` where `init()` knows of none.
pub(crate) struct Program(pub(crate) Option<Handle>);

/// What becomes of telemetry, for checks that look at it.
pub(crate) struct Deliveries(pub(crate) Box<dyn Fn() -> Vec<Delivery> + Send + Sync>);

/// How one signal fares at one exporter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delivery {
    /// As in the labels of `obs_dropped_total`.
    pub(crate) signal: &'static str,
    pub(crate) exporter: &'static str,
    /// What the items of the signal are called: one, and several.
    pub(crate) items: [&'static str; 2],
    /// What waits, of what may, from 0 to 1; `None` where nobody knows.
    pub(crate) filled: Option<f64>,
    /// What was lost since the start, by reason as in the labels of `obs_dropped_total`.
    pub(crate) lost: Vec<(&'static str, u64)>,
    /// Where it was to go and how the last attempt failed, unless one has succeeded since.
    pub(crate) trouble: Option<String>,
}

/// An argument of a health check.
#[diagnostic::on_unimplemented(
    message = "a health check cannot be given a `{Self}`",
    note = "take `obs::State<T>` and provide the value with `guard.provide(value)`"
)]
pub trait FromStates: Sized {
    /// Takes the argument out of what was provided.
    fn from_states(states: &States) -> Result<Self, Missing>;
}

impl<T: Send + Sync + 'static> FromStates for State<T> {
    fn from_states(states: &States) -> Result<Self, Missing> {
        let values = states.values.read().unwrap_or_else(PoisonError::into_inner);
        let value = values.get(&TypeId::of::<T>()).cloned().and_then(|v| v.downcast::<T>().ok());
        value.map(State).ok_or(Missing(type_name::<T>()))
    }
}
