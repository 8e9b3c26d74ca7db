//! The spans that a new span is given by hand: its parent, its links and those it follows from.

use std::marker::PhantomData;

use tracing::Span;
use tracing_core::dispatcher;
use tracing_core::span::Id;

use super::pending::Parent;
use super::port::{self, Port};
use crate::context::{Propagated, SpanContext, Trust, received};
use crate::record::Link;

/// What `parent = ...` takes. A span that nobody records, and `None`, start a trace: as in `tracing`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no parent of a span",
    note = "give a `tracing::Span`, a span's `Id`, an `obs::SpanContext`, or an `Option` of one of them"
)]
pub trait AsParent {
    /// Says where the span is attached.
    fn as_parent(&self) -> Parent;
}

impl AsParent for Span {
    fn as_parent(&self) -> Parent {
        self.id().as_parent()
    }
}

impl AsParent for Id {
    fn as_parent(&self) -> Parent {
        if is_known(self) { Parent::Local(self.clone()) } else { Parent::Root }
    }
}

impl AsParent for SpanContext {
    fn as_parent(&self) -> Parent {
        Parent::Remote(self.clone())
    }
}

impl AsParent for Propagated {
    fn as_parent(&self) -> Parent {
        received(self.clone(), Trust::Continue)
    }
}

impl<T: AsParent> AsParent for Option<T> {
    fn as_parent(&self) -> Parent {
        self.as_ref().map_or(Parent::Root, T::as_parent)
    }
}

impl<T: AsParent + ?Sized> AsParent for &T {
    fn as_parent(&self) -> Parent {
        (**self).as_parent()
    }
}

/// Registries panic at the id of a span that has ended, or that another subscriber made: such a span is no parent.
/// Where no layer of ours can tell, the user is believed, as by `tracing`.
fn is_known(id: &Id) -> bool {
    dispatcher::get_default(|dispatch| {
        dispatch.downcast_ref::<Port>().is_none_or(|port| (port.knows)(dispatch, id))
    })
}

/// A span that can be linked to.
#[diagnostic::on_unimplemented(
    message = "a span cannot link to `{Self}`",
    note = "give an `obs::SpanContext`, a `tracing::Span`, or several of one kind"
)]
pub trait LinkTarget {
    /// Returns its context; `None` where no layer of ours saw it.
    fn link_context(&self) -> Option<SpanContext>;
}

impl LinkTarget for SpanContext {
    fn link_context(&self) -> Option<SpanContext> {
        Some(self.clone())
    }
}

impl LinkTarget for Span {
    fn link_context(&self) -> Option<SpanContext> {
        port::context_of(self)
    }
}

impl LinkTarget for Propagated {
    fn link_context(&self) -> Option<SpanContext> {
        self.span_context()
    }
}

impl<T: LinkTarget> LinkTarget for Option<T> {
    fn link_context(&self) -> Option<SpanContext> {
        self.as_ref()?.link_context()
    }
}

impl<T: LinkTarget + ?Sized> LinkTarget for &T {
    fn link_context(&self) -> Option<SpanContext> {
        (**self).link_context()
    }
}

/// What `link = ...` takes: a target, or whatever can be iterated over targets. `Form` tells the two apart, for the
/// compiler only.
#[diagnostic::on_unimplemented(
    message = "a span cannot link to `{Self}`",
    note = "give an `obs::SpanContext`, a `tracing::Span`, or several of one kind, as in `&contexts`"
)]
pub trait Links<Form> {
    /// Calls `add` with each of them.
    fn each(self, add: &mut dyn FnMut(Option<SpanContext>));
}

/// One target.
#[derive(Debug)]
pub enum One {}

/// Many of them.
#[derive(Debug)]
pub enum Many {}

impl Links<One> for &SpanContext {
    fn each(self, add: &mut dyn FnMut(Option<SpanContext>)) {
        add(Some(self.clone()));
    }
}

impl Links<One> for SpanContext {
    fn each(self, add: &mut dyn FnMut(Option<SpanContext>)) {
        add(Some(self));
    }
}

impl Links<One> for &Span {
    fn each(self, add: &mut dyn FnMut(Option<SpanContext>)) {
        add(self.link_context());
    }
}

impl Links<One> for Span {
    fn each(self, add: &mut dyn FnMut(Option<SpanContext>)) {
        add(self.link_context());
    }
}

impl Links<One> for &Propagated {
    fn each(self, add: &mut dyn FnMut(Option<SpanContext>)) {
        add(self.link_context());
    }
}

impl<I: IntoIterator<Item: LinkTarget>> Links<Many> for I {
    fn each(self, add: &mut dyn FnMut(Option<SpanContext>)) {
        self.into_iter().for_each(|target| add(target.link_context()));
    }
}

/// What is borrowed once more than needed, by an attribute that names a variable which is a reference itself.
#[derive(Debug)]
pub struct Borrowed<Form>(PhantomData<Form>);

impl<'a, Form, T: ?Sized> Links<Borrowed<Form>> for &&'a T
where
    &'a T: Links<Form>,
{
    fn each(self, add: &mut dyn FnMut(Option<SpanContext>)) {
        (*self).each(add);
    }
}

/// A span that another one follows from.
#[diagnostic::on_unimplemented(
    message = "a span cannot follow from `{Self}`",
    note = "give a `&tracing::Span`, a span's `Id`, or an `Option` of an `Id`"
)]
pub trait Cause: Into<Option<Id>> {}

#[diagnostic::do_not_recommend]
impl<T: Into<Option<Id>>> Cause for T {}

/// The relatives of a span that is about to be made.
#[derive(Debug, Default)]
pub struct Relatives {
    pub(crate) parent: Parent,
    pub(crate) links: Vec<Link>,
    /// How many more there would be.
    pub(crate) dropped_links: u32,
    pub(crate) causes: Vec<Id>,
}

impl Relatives {
    /// Begins with the parent.
    pub fn under(parent: Parent) -> Self {
        Relatives { parent, ..Relatives::default() }
    }

    /// Takes of a parent in another process what its trust allows; a span of this process is always continued.
    #[must_use]
    pub fn trusting(mut self, trust: Trust) -> Self {
        match (self.parent, trust) {
            (Parent::Received(received), trust) => {
                self.parent = Parent::Received(Box::new(received.trusting(trust)));
            }
            (Parent::Remote(context), Trust::Link) => {
                self.links.push(Link { context });
                self.parent = Parent::Root;
            }
            (Parent::Remote(_), Trust::Restart) => self.parent = Parent::Root,
            (parent, _) => self.parent = parent,
        }
        self
    }

    /// Adds links.
    #[must_use]
    pub fn linked<Form>(mut self, links: impl Links<Form>) -> Self {
        links.each(&mut |context| self.links.extend(context.map(|context| Link { context })));
        self
    }

    /// Adds the spans it follows from.
    #[must_use]
    pub fn following(mut self, causes: impl IntoIterator<Item: Cause>) -> Self {
        self.causes.extend(causes.into_iter().filter_map(Into::into));
        self
    }
}

/// Returns the parent that an expression names.
pub fn parent(parent: &(impl AsParent + ?Sized)) -> Parent {
    parent.as_parent()
}
