//! A thread that does one thing after the other, and what the threads share.

use std::array;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Barrier, Mutex, RwLock};

use obs::Guard;
use tracing::{Span, span::Id};

use crate::acts::{ACTS, MANY};

/// What one thread gives another to do.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Jobs that may wait for a thread.
const WAITING: usize = 64;

/// Spans that a thread keeps open, and ids of ended ones that it remembers.
const KEPT: usize = 64;

/// What is done while and after the pipeline ends.
const LAST_ACTS: u32 = 200;

pub(crate) struct Shared {
    outboxes: Vec<SyncSender<Job>>,
    inboxes: Mutex<Vec<Receiver<Job>>>,
    /// How often each act was done.
    pub(crate) acts: [AtomicU64; MANY],
    stop: AtomicBool,
    end: AtomicBool,
    all: Barrier,
    guard: RwLock<Option<Guard>>,
}

impl Shared {
    pub(crate) fn new(threads: usize, guard: Guard) -> Arc<Self> {
        let (outboxes, inboxes) = (0..threads).map(|_| sync_channel(WAITING)).unzip();
        Arc::new(Shared {
            outboxes,
            inboxes: Mutex::new(inboxes),
            acts: array::from_fn(|_| AtomicU64::new(0)),
            stop: AtomicBool::new(false),
            end: AtomicBool::new(false),
            all: Barrier::new(threads + 1),
            guard: RwLock::new(Some(guard)),
        })
    }

    /// Works with the pipeline, until that has ended.
    pub(crate) fn with_guard(&self, work: impl FnOnce(&Guard)) {
        self.guard.read().unwrap().as_ref().map(work);
    }

    /// Ends the pipeline.
    pub(crate) fn shut_down(&self) {
        drop(self.guard.write().unwrap().take());
    }

    /// Waits until every thread has stopped, and every span is closed.
    pub(crate) fn pause(&self) {
        self.stop.store(true, Relaxed);
        self.all.wait();
        self.all.wait();
    }

    /// Lets them work again.
    pub(crate) fn go_on(&self) {
        self.all.wait();
    }

    /// Lets them come to their ends.
    pub(crate) fn end(&self) {
        self.end.store(true, Relaxed);
        self.all.wait();
    }
}

pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    inbox: Receiver<Job>,
    random: u64,
    next: i64,
    open: Vec<Span>,
    stale: Vec<Id>,
}

impl Worker {
    pub(crate) fn new(number: usize, shared: &Arc<Shared>) -> Self {
        let inbox = shared.inboxes.lock().unwrap().pop().unwrap();
        let random = 0x9e37_79b9_7f4a_7c15 ^ (number as u64 + 1);
        let next = i64::try_from(number).unwrap() << 40;
        Worker { shared: Arc::clone(shared), inbox, random, next, open: Vec::new(), stale: Vec::new() }
    }

    pub(crate) fn work(mut self) {
        while !self.shared.stop.load(Relaxed) {
            self.act();
        }
        self.rest(); // from here on nobody gives anybody anything to do
        self.rest();
        self.shared.all.wait();
        while !self.shared.end.load(Relaxed) {
            self.act();
        }
        (0..LAST_ACTS).for_each(|_| self.act());
        self.rest();
    }

    /// Does something, and what others want done.
    fn act(&mut self) {
        let mut which = self.below(MANY);
        while self.below(ACTS[which].rare) > 0 {
            which = self.below(MANY);
        }
        (ACTS[which].does)(self);
        self.shared.acts[which].fetch_add(1, Relaxed);
        self.inbox.try_iter().for_each(|job| job());
    }

    /// Waits for all others, then for what they left.
    fn rest(&mut self) {
        self.open.clear();
        self.inbox.try_iter().for_each(|job| job());
        self.shared.all.wait();
    }

    /// Gives another thread a job; does it itself if that one has enough. Not to be called inside a span.
    pub(crate) fn give(&mut self, job: impl FnOnce() + Send + 'static) {
        let to = self.below(self.shared.outboxes.len());
        let outbox = self.shared.outboxes.get(to).unwrap();
        if let Err(full) = outbox.try_send(Box::new(job)) {
            match full {
                std::sync::mpsc::TrySendError::Full(job)
                | std::sync::mpsc::TrySendError::Disconnected(job) => job(),
            }
        }
    }

    /// Returns a number that no other span has; the next three are free too.
    pub(crate) fn number(&mut self) -> i64 {
        self.next += 4;
        self.next
    }

    /// Returns a number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random >> 33).unwrap_or_default() % bound
    }

    /// Keeps a span open for a while.
    pub(crate) fn keep(&mut self, span: Span) {
        if self.open.len() < KEPT {
            return self.open.push(span);
        }
        let at = self.below(KEPT);
        self.open[at] = span;
    }

    /// Remembers the id of a span that ended here.
    pub(crate) fn remember(&mut self, id: Option<Id>) {
        let Some(id) = id else { return };
        if self.stale.len() < KEPT {
            return self.stale.push(id);
        }
        let at = self.below(KEPT);
        self.stale[at] = id;
    }

    pub(crate) fn stale(&mut self) -> Option<Id> {
        let at = self.below(KEPT);
        self.stale.get(at).cloned()
    }
}
