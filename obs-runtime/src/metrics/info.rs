//! Infos: facts that are told as labels.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use super::descriptor::{Declared, Descriptor, Metric};
use super::label::{LabelSet, LabelValue};
use super::show::{Series, Services, Show};
use crate::metrics::ending::Ending;
use crate::record::{MetricKind, MetricVisitor};
use crate::service::Service;

/// A text that a fact is told by.
type Text = Cow<'static, str>;

/// Those of all facts.
pub type Texts = Vec<Text>;

/// Collects them; what generated code calls.
pub fn texts<const N: usize>(texts: [Text; N]) -> Texts {
    texts.into()
}

/// An info metric declared by `metrics!`: one series whose labels are facts and whose value is 1; `L` is its label struct,
/// which has the same name.
///
/// `BUILD.set(BUILD { commit: commit() })` tells the facts that the declaration leaves open; before that there is no
/// series. Telling them again replaces them, so that there is never more than one series for a service. An info whose
/// facts all stand in its declaration is there from the start.
#[derive(Debug)]
pub struct Info<L> {
    descriptor: Descriptor,
    labels: PhantomData<fn(L)>,
}

/// The label set of an info metric; made by `metrics!`.
#[diagnostic::on_unimplemented(message = "`{Self}` is not the label struct of an info metric")]
pub trait Facts: LabelSet {
    /// All values, where the declaration says them.
    const KNOWN: Option<&'static [&'static str]>;
    /// Returns the values, in declared order.
    fn texts(self) -> Texts;
}

/// What a fact can be: a text, a number, or a [`LabelValue`].
#[diagnostic::on_unimplemented(
    message = "a fact cannot be a `{Self}`",
    label = "not a fact",
    note = "a fact is a `&'static str`, a `String`, a whole number, or a type under `#[derive(obs::Label)]`"
)]
pub trait Fact {
    /// Returns the text that tells it.
    fn text(self) -> Cow<'static, str>;
}

impl Fact for &'static str {
    fn text(self) -> Text {
        Cow::Borrowed(self)
    }
}

impl Fact for String {
    fn text(self) -> Text {
        Cow::Owned(self)
    }
}

impl Fact for Cow<'static, str> {
    fn text(self) -> Text {
        self
    }
}

impl<T: LabelValue> Fact for T {
    fn text(self) -> Text {
        Cow::Borrowed(T::VALUES.get(self.index()).copied().unwrap_or_default())
    }
}

macro_rules! facts {
    ($($number:ty)*) => {
        $(impl Fact for $number {
            fn text(self) -> Text {
                Cow::Owned(self.to_string())
            }
        })*
    };
}

facts!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl<L: Facts> Info<L> {
    /// Makes the info; what `metrics!` calls.
    #[doc(hidden)]
    pub const fn new(declared: Declared) -> Self {
        let mut descriptor = Descriptor::new::<L>(declared, MetricKind::Info);
        descriptor.told.known = L::KNOWN;
        Info { descriptor, labels: PhantomData }
    }

    /// Tells the facts, under the current [`Service`]. Takes a lock and allocates: meant for the start of a program.
    pub fn set(&'static self, facts: L) {
        if !cfg!(feature = "off") {
            self.descriptor.told.set(facts.texts());
        }
    }
}

impl<L: LabelSet> Metric for Info<L> {
    fn descriptor(&'static self) -> &'static Descriptor {
        &self.descriptor
    }
}

/// The facts that were told of an info; those of every other kind are never looked at.
#[derive(Debug)]
pub(super) struct ToldFacts {
    pub(super) known: Option<&'static [&'static str]>,
    /// By service.
    set: Mutex<Vec<(usize, Texts)>>,
}

impl ToldFacts {
    pub(super) const fn new() -> Self {
        ToldFacts { known: None, set: Mutex::new(Vec::new()) }
    }

    fn set(&self, facts: Texts) {
        let service = Service::current().index();
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        match set.iter_mut().find(|(of, _)| *of == service) {
            Some((_, told)) => *told = facts,
            None => set.push((service, facts)),
        }
    }

    /// Returns what is to be shown, by service.
    fn all(&self) -> Vec<(usize, Texts)> {
        match self.known {
            Some(known) => {
                vec![(Service::PROCESS.index(), known.iter().copied().map(Cow::Borrowed).collect())]
            }
            None => self.set.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

/// Shows the descriptors of one name as one family; what two of them tell alike is shown once.
pub(super) fn show(group: &[&'static Descriptor], visitor: &mut dyn MetricVisitor, services: &Services) {
    let Some(first) = group.first() else { return };
    let mut show = Show::new(visitor, services, first.family());
    let told = group.iter().filter(|d| d.agrees(first)).flat_map(|d| d.told.all());
    let mut shown: Vec<(usize, Texts)> = Vec::new();
    for (service, facts) in told {
        if shown.iter().any(|s| s.0 == service && s.1 == facts) {
            continue;
        }
        let labels: Vec<(&str, &str)> = first.keys.iter().copied().zip(facts.iter().map(|f| &**f)).collect();
        show.info(Series { service, labels: &labels, ending: Ending::NONE });
        shown.push((service, facts));
    }
}
