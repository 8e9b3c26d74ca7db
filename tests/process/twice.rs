//! R19, in a process of its own: it starts once, whoever asks, and who asks again is told so by a type.

#![allow(clippy::unwrap_used, missing_docs)] // a test fails by panicking, and its name says what holds

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use obs::InitError;
use obs::testing::Memory;

const THREADS: usize = 8;

#[test]
fn a_second_start_is_a_typed_error_and_changes_nothing() {
    let (memory, together) = (Memory::default(), Barrier::new(THREADS));
    let start = || obs::builder().admin_off().log("off").exporter(memory.clone()).init();
    let at_once = || {
        together.wait();
        start()
    };
    // What is refused before anything is started can be mended.
    let wrong = obs::builder().admin_off().health_check(obs::health::Check::new("..", async || ())).init();
    assert!(matches!(wrong, Err(InitError::HealthChecks(errors)) if errors.len() == 1));
    let started: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(at_once)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (mut guards, mut refused) = (Vec::new(), 0);
    for result in started {
        match result {
            Ok(guard) => guards.push(guard),
            Err(InitError::AlreadyStarted) => refused += 1,
            Err(other) => unreachable!("{other}"),
        }
    }
    assert_eq!((guards.len(), refused), (1, THREADS - 1));

    tracing::info_span!("after the others").in_scope(|| ());
    guards.first().unwrap().flush(Duration::from_secs(60)).unwrap();
    assert_eq!(memory.spans().len(), 1);
    drop(guards);
    let again = start().unwrap_err();
    assert!(matches!(again, InitError::AlreadyStarted));
    assert_eq!(again.to_string(), "`init()` was called twice; keep the first guard");
}
