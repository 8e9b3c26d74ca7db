//! Named services in one process: what is made under a service carries its `service.name`.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::record::Resource;

/// A service of this process. Copies are free; the same name gives the same service.
///
/// Most processes are one service and never need this: their name comes from `OTEL_SERVICE_NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Service(u16);

/// Every service named so far; the first is the process itself.
static SERVICES: LazyLock<RwLock<Vec<Arc<Resource>>>> =
    LazyLock::new(|| RwLock::new(vec![Arc::new(nobody())]));

/// Most processes are one service, and look no further.
static ANY_NAMED: AtomicBool = AtomicBool::new(false);

/// Changes with what a service's resource is.
static VERSION: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static CURRENT: Cell<Service> = const { Cell::new(Service::PROCESS) };
    /// The last resource that was asked for, and when: who asks for every span takes no lock.
    static LATEST: RefCell<Option<(Service, u64, Arc<Resource>)>> = const { RefCell::new(None) };
}

/// Returns the service called `name`, made on first use.
///
/// Spans, logs and metrics made under it carry `name` as their `service.name`. Takes a lock and may allocate: keep the
/// handle. A process can name 65 535; beyond that the process' own service is returned.
pub fn service(name: impl Into<Cow<'static, str>>) -> Service {
    let name = name.into();
    let mut services = SERVICES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = services.iter().skip(1).position(|r| r.service == name) {
        return Service(u16::try_from(known + 1).unwrap_or(0));
    }
    let Ok(id) = u16::try_from(services.len()) else {
        return Service::PROCESS;
    };
    let attributes = services.first().map(|r| r.attributes.clone()).unwrap_or_default();
    services.push(Arc::new(Resource { service: name, attributes }));
    ANY_NAMED.store(true, Ordering::Relaxed);
    Service(id)
}

impl Service {
    /// The process itself.
    pub(crate) const PROCESS: Service = Service(0);

    /// Returns the service that the current code runs under.
    pub fn current() -> Service {
        CURRENT.try_with(Cell::get).unwrap_or(Service::PROCESS)
    }

    /// Returns the service's name.
    pub fn name(self) -> String {
        self.resource().service.clone().into_owned()
    }

    /// Runs `f` under this service.
    pub fn in_scope<R>(self, f: impl FnOnce() -> R) -> R {
        let _restore = Enter::new(self);
        f()
    }

    /// Runs a future under this service: on every poll, and when it is dropped.
    pub fn scope<F: Future>(self, future: F) -> Scope<F> {
        Scope { service: self, future: Some(future) }
    }

    /// Returns a small number, unique in this process; the process itself is 0.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Returns the service of a number that [`index`](Service::index) gave.
    pub(crate) fn of_index(index: u16) -> Service {
        Service(index)
    }

    /// Tells whether any service was named so far.
    #[inline]
    pub(crate) fn any_named() -> bool {
        ANY_NAMED.load(Ordering::Relaxed)
    }

    /// Returns every service named so far, the process first.
    pub(crate) fn all() -> Vec<Service> {
        let count = SERVICES.read().unwrap_or_else(PoisonError::into_inner).len();
        (0..count).filter_map(|i| u16::try_from(i).ok().map(Service)).collect()
    }

    /// Returns what records made under this service carry.
    pub(crate) fn resource(self) -> Arc<Resource> {
        let version = VERSION.load(Ordering::Acquire);
        let known = LATEST.try_with(|latest| {
            let mut latest = latest.try_borrow_mut().ok()?;
            if !latest.as_ref().is_some_and(|(service, at, _)| (*service, *at) == (self, version)) {
                *latest = Some((self, version, self.look_up()));
            }
            latest.as_ref().map(|(_, _, resource)| Arc::clone(resource))
        });
        known.ok().flatten().unwrap_or_else(|| self.look_up())
    }

    fn look_up(self) -> Arc<Resource> {
        let services = SERVICES.read().unwrap_or_else(PoisonError::into_inner);
        services.get(self.index()).or(services.first()).cloned().unwrap_or_else(|| Arc::new(nobody()))
    }

    /// Gives the process its resource; services named before take its attributes and keep their names.
    pub(crate) fn set_process(resource: Resource) {
        let mut services = SERVICES.write().unwrap_or_else(PoisonError::into_inner);
        for other in services.iter_mut().skip(1) {
            *other = Arc::new(Resource {
                service: other.service.clone(),
                attributes: resource.attributes.clone(),
            });
        }
        if let Some(first) = services.first_mut() {
            *first = Arc::new(resource);
        }
        VERSION.fetch_add(1, Ordering::Release); // before the lock is free: who sees it finds the others behind
    }
}

fn nobody() -> Resource {
    Resource { service: unnamed(), attributes: Vec::new() }
}

/// The name that the OpenTelemetry resource specification asks for where none was given.
pub(crate) fn unnamed() -> Cow<'static, str> {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(|p| p.file_name()).and_then(|n| n.to_str());
    program.map_or(Cow::Borrowed("unknown_service"), |p| format!("unknown_service:{p}").into())
}

/// Sets the current service and puts the former one back when dropped.
#[derive(Debug)]
pub(crate) struct Enter(Service);

impl Enter {
    pub(crate) fn new(service: Service) -> Self {
        Enter(CURRENT.try_with(|c| c.replace(service)).unwrap_or(Service::PROCESS))
    }
}

impl Drop for Enter {
    fn drop(&mut self) {
        let _gone = CURRENT.try_with(|c| c.set(self.0));
    }
}

pin_project! {
    /// A future that runs under a service; made by [`Service::scope`].
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Scope<F> {
        service: Service,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Scope<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _restore = Enter::new(*this.service);
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _restore = Enter::new(*this.service);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending, // only reachable from inside its own drop
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_ends_where_it_began() {
        let outer = service("service-test-outer");
        let inner = service("service-test-inner");
        assert_eq!(Service::current(), Service::PROCESS);
        outer.in_scope(|| {
            assert_eq!(inner.in_scope(Service::current), inner);
            assert_eq!(Service::current(), outer);
        });
        assert_eq!(Service::current(), Service::PROCESS);
        assert_eq!(service("service-test-outer"), outer);
        assert_eq!(outer.name(), "service-test-outer");
    }
    #[test]
    fn what_the_process_is_reaches_those_who_asked_before() {
        let named = service("service-test-late");
        let (before, again) = (named.resource(), named.resource());
        assert!(Arc::ptr_eq(&before, &again));
        Service::set_process(Resource::clone(&Service::PROCESS.resource())); // the same, for the sake of other tests
        assert!(!Arc::ptr_eq(&before, &named.resource()));
    }
}
