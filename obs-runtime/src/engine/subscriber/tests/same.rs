//! Whatever a program does with spans, it gives the same tree as on a registry of `tracing_subscriber`.

use std::cell::RefCell;
use std::sync::Arc;

use tracing::{Span, info, info_span};
use tracing_core::Dispatch;
use tracing_core::dispatcher::with_default;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use super::engine;
use crate::engine::layer::{self, Process};
use crate::engine::limits::Limits;
use crate::engine::subscriber::Wanted;
use crate::export::Memory;
use crate::record::{Record, Sink};
use crate::testing;

/// Numbers that follow from a seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

/// The spans of a program, each with how often it is entered.
#[derive(Default)]
struct Open(Vec<(Span, bool)>);

impl Open {
    /// Returns a span that is open, if there is one.
    fn any(&mut self, random: &mut Random) -> Option<&mut (Span, bool)> {
        if self.0.is_empty() {
            None
        } else {
            let at = random.below(self.0.len());
            self.0.get_mut(at)
        }
    }
}

/// Runs the program that follows from a seed.
fn run(seed: u64, dispatch: &Dispatch) {
    let mut random = Random(seed);
    let mut open = Open::default();
    for number in 0..200 {
        match random.below(10) {
            0..=2 => {
                let parent = open.any(&mut random).map(|(span, _)| span.clone());
                let span = match (random.below(4), parent) {
                    (0, Some(parent)) => {
                        info_span!(parent: &parent, "span", number, late = tracing::field::Empty)
                    }
                    (1, _) => info_span!(parent: None, "span", number, late = tracing::field::Empty),
                    _ => info_span!("span", number, late = tracing::field::Empty),
                };
                open.0.push((span, false));
            }
            3..=5 => {
                if let Some((span, entered)) = open.any(&mut random) {
                    let id = span.id().unwrap();
                    if *entered {
                        dispatch.exit(&id)
                    } else {
                        dispatch.enter(&id)
                    }
                    *entered = !*entered;
                }
            }
            6 => info!(number, "said"),
            7 => {
                if let Some((span, _)) = open.any(&mut random) {
                    span.record("late", number);
                    info!(parent: &*span, number, "said to");
                }
            }
            _ => {
                let closed = open.any(&mut random).filter(|(_, entered)| !entered).map(|(span, _)| span.id());
                open.0.retain(|(span, entered)| *entered || closed != Some(span.id()));
            }
        }
    }
    // A span that is closed before it is left is for other tests.
    open.0.iter().filter(|(_, entered)| *entered).for_each(|(span, _)| dispatch.exit(&span.id().unwrap()));
}

/// Keeps the records of layers; there is one for the process.
struct Kept;

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

impl Kept {
    /// Returns what keeps this thread's records from now on.
    fn begin() -> Memory {
        let _once = layer::connect(Process {
            sink: Arc::new(Kept),
            sampler: Arc::default(),
            limits: Limits::default(),
            log_limits: Default::default(),
            wanted: Wanted::all(),
        });
        MEMORY.replace(Memory::default());
        MEMORY.with_borrow(Memory::clone)
    }
}

impl Sink for Kept {
    fn put(&self, record: Record) {
        MEMORY.with_borrow(|memory| memory.put(record));
    }
}

#[test]
fn a_thousand_programs_give_the_trees_that_they_give_on_a_registry() {
    let mut spans = 0;
    for seed in 1..=1_000 {
        let memory = Kept::begin();
        let registry = Dispatch::new(Registry::default().with(layer::layer::<Registry>()));
        with_default(&registry, || run(seed, &registry));
        let (recorded, ours) = engine();
        with_default(&ours, || run(seed, &ours));
        assert_eq!(recorded.tree(), testing::draw(&memory.spans()), "seed {seed}");
        spans += recorded.spans().len();
    }
    assert!(spans > 30_000, "{spans} are few");
}
