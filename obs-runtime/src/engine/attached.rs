//! Contexts of another API that are attached to this thread, in their order among the spans that it is in.
//!
//! Under our own subscriber what is attached is on the stack of entered spans: who opens a span there looks nowhere
//! else. A registry of the user's own has a stack that nobody else may push to; there it is remembered which span was
//! current.

use std::cell::RefCell;
use std::sync::Arc;

use tracing_core::span::Id;
use tracing_core::{Dispatch, dispatcher};

use super::port::Port;
pub(crate) use super::stand_in::Local;
use super::stand_in::{StandIn, Where};
use super::subscriber::Engine;
use crate::context::{Ambient, SpanContext};

/// By what one attached context is told from the next: as long as it is the same, nothing changes for our spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) trace: u128,
    pub(crate) span: u64,
    pub(crate) has_span: bool,
    /// Where its baggage is; 0 for none.
    pub(crate) baggage: usize,
}

/// What an attached context says of the parent.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// Nothing: what is around stays the parent.
    Around,
    /// There is none.
    Nothing,
    /// A span of this process.
    Span(Arc<StandIn>),
    /// A span of another process.
    Remote(SpanContext),
}

/// Changes what goes along.
pub(crate) type Change<'a> = &'a dyn Fn(&mut Ambient);

#[derive(Debug)]
struct Attached {
    mark: Mark,
    entry: Entry,
}

#[derive(Debug)]
enum Entry {
    Nothing,
    /// Is on the stack of entered spans.
    Entered(Arc<StandIn>),
    /// Was attached while that span of a registry was current.
    Beside(Option<Id>, Arc<Beside>),
}

/// What is attached under a registry of the user's own.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub(crate) parent: Parent,
    /// What goes along instead of what goes along with the code around.
    pub(crate) ambient: Option<Arc<Ambient>>,
}

/// The parent that it gives.
#[derive(Clone, Debug)]
pub(crate) enum Parent {
    Around,
    Nothing,
    Local(Local),
    Remote(SpanContext),
}

impl Parent {
    /// Returns the context that is current; `None` where the one around is.
    pub(crate) fn context(&self) -> Option<Option<&SpanContext>> {
        match self {
            Parent::Around => None,
            Parent::Nothing => Some(None),
            Parent::Local(local) => Some(Some(&local.context)),
            Parent::Remote(context) => Some(Some(context)),
        }
    }
}

thread_local! {
    static ATTACHED: RefCell<Vec<Attached>> = const { RefCell::new(Vec::new()) };
}

/// Says that a context was attached. Calls nothing of the user's but the allocator.
pub(crate) fn enter(mark: Mark, place: Place, change: Option<Change<'_>>) {
    let entry = match (place, change) {
        (Place::Around, None) => Entry::Nothing,
        (place, change) => entry(&place, change),
    };
    if let Entry::Entered(stand_in) = &entry {
        stand_in.enter();
    }
    let push = |attached: &RefCell<Vec<Attached>>, new| match attached.try_borrow_mut() {
        Ok(mut attached) => attached.push(new),
        Err(_) => leave(new),
    };
    let mut new = Some(Attached { mark, entry });
    let _gone = ATTACHED.try_with(|attached| new.take().map(|new| push(attached, new)));
    if let Some(new) = new {
        leave(new); // the thread ends
    }
}

/// Says that contexts were detached, up to one: those that were detached out of order were not told.
pub(crate) fn leave_to(mark: Mark) {
    loop {
        let last = ATTACHED.try_with(|attached| {
            let mut attached = attached.try_borrow_mut().ok()?;
            attached.pop_if(|last| last.mark != mark)
        });
        match last {
            Ok(Some(last)) => leave(last), // with nothing borrowed
            _ => return,
        }
    }
}

fn leave(attached: Attached) {
    if let Entry::Entered(stand_in) = attached.entry {
        stand_in.leave();
    }
}

fn entry(place: &Place, change: Option<Change<'_>>) -> Entry {
    if let (Place::Span(stand_in), None) = (place, change)
        && stand_in.is_enterable()
    {
        return Entry::Entered(Arc::clone(stand_in));
    }
    dispatcher::get_default(|dispatch| {
        if dispatch.downcast_ref::<Engine>().is_none() {
            return entry_beside(dispatch, place, change).unwrap_or(Entry::Nothing);
        }
        let whence = match place {
            Place::Around => Where::Around,
            Place::Nothing => Where::Nothing,
            Place::Span(stand_in) => Where::Slot(stand_in.key()),
            Place::Remote(context) => Where::Remote(context),
        };
        let stand_in = StandIn::of(dispatch, &whence, change);
        stand_in.map_or(Entry::Nothing, |stand_in| Entry::Entered(Arc::new(stand_in)))
    })
}

/// Makes the entry of a context under a registry of the user's own; `None` where there is no layer of ours.
fn entry_beside(dispatch: &Dispatch, place: &Place, change: Option<Change<'_>>) -> Option<Entry> {
    let port = dispatch.downcast_ref::<Port>()?;
    let current = dispatch.current_span().id().cloned();
    let around = beside(current.as_ref());
    let along = || match &around {
        Some(Beside { ambient: Some(ambient), .. }) => Some(Arc::clone(ambient)),
        _ => (port.ambient)(dispatch, current.as_ref()?),
    };
    let (parent, ambient) = match place {
        // What is attached already goes on being the parent.
        Place::Around => (around.as_ref().map_or(Parent::Around, |beside| beside.parent.clone()), along()),
        Place::Nothing => (Parent::Nothing, along()),
        Place::Remote(context) => (Parent::Remote(context.clone()), along()),
        Place::Span(stand_in) => {
            let local = stand_in.local()?;
            (Parent::Local(local.clone()), local.ambient.clone())
        }
    };
    let ambient = match change {
        None => ambient,
        Some(change) => {
            let mut changed = ambient.map(|ambient| Ambient::clone(&ambient)).unwrap_or_default();
            change(&mut changed);
            Some(Arc::new(changed))
        }
    };
    Some(Entry::Beside(current, Arc::new(Beside { parent, ambient })))
}

/// Returns what is attached to this thread's code, under a registry of the user's own whose current span is that one,
/// unless the span was entered later.
pub(crate) fn beside(current: Option<&Id>) -> Option<Beside> {
    let last = |attached: &RefCell<Vec<Attached>>| {
        let attached = attached.try_borrow().ok()?;
        let last = attached.iter().rev().find(|attached| !matches!(attached.entry, Entry::Nothing))?;
        match &last.entry {
            Entry::Beside(span, beside) if span.as_ref() == current => Some(Beside::clone(beside)),
            _ => None,
        }
    };
    ATTACHED.try_with(last).ok().flatten()
}
