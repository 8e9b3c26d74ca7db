//! A call that is dropped at any await point ends once, as cancelled.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use obs::Outcome;
use obs::testing::capture;

/// How many polls the bodies below take.
const POLLS: usize = 4;

/// Is polled ready on its second poll, without a runtime.
#[derive(Default)]
struct Step(bool);

impl Future for Step {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[obs::observed]
async fn flat() -> Result<u8, ()> {
    for _ in 1..POLLS {
        Step::default().await;
    }
    Ok(1)
}

#[obs::observed]
async fn nested() -> Result<u8, ()> {
    let answer = flat().await?;
    Ok(answer)
}

#[obs::observed]
fn opaque() -> impl Future<Output = Result<u8, ()>> {
    flat()
}

#[obs::observed]
fn boxed() -> Pin<Box<dyn Future<Output = Result<u8, ()>>>> {
    Box::pin(flat())
}

type Call = fn() -> Pin<Box<dyn Future<Output = Result<u8, ()>>>>;

const CALLS: [(&str, Call); 4] = [
    ("flat", || Box::pin(flat())),
    ("nested", || Box::pin(nested())),
    ("opaque", || Box::pin(opaque())),
    ("boxed", boxed),
];

#[test]
fn a_call_dropped_after_any_number_of_polls_is_cancelled_once() {
    let mut cx = Context::from_waker(Waker::noop());
    for (name, call) in CALLS {
        for polls in 1..POLLS {
            capture(|t| {
                let mut future = call();
                for _ in 0..polls {
                    assert!(future.as_mut().poll(&mut cx).is_pending(), "{name}, {polls}");
                }
                assert_eq!(t.in_flight(name), 1);
                assert!(t.spans().is_empty());
                drop(future);
                assert_eq!(t.in_flight(name), 0, "{name}, {polls}");
                assert_eq!(t.in_flight("flat"), 0, "{name}, {polls}");
                assert_eq!(t.calls(name, Outcome::Cancelled), 1, "{name}, {polls}");
                assert_eq!(t.durations(name, Outcome::Ok).count, 0);
                assert_eq!(t.durations(name, Outcome::Cancelled).count, 1);
                let spans = t.spans();
                assert_eq!(spans.iter().filter(|s| s.name == name).count(), 1);
                assert!(spans.iter().all(|s| s.outcome == Some(Outcome::Cancelled)));
            });
        }
    }
}

#[test]
fn a_call_polled_to_its_end_is_ok_whatever_is_dropped_then() {
    let mut cx = Context::from_waker(Waker::noop());
    for (name, call) in CALLS {
        capture(|t| {
            let mut future = call();
            let polls = (1..).find(|_| future.as_mut().poll(&mut cx).is_ready()).unwrap();
            assert_eq!(polls, POLLS, "{name}");
            drop(future);
            assert_eq!(t.calls(name, Outcome::Ok), 1, "{name}");
            assert_eq!(t.calls(name, Outcome::Cancelled), 0, "{name}");
            assert!(t.spans().iter().all(|s| s.outcome == Some(Outcome::Ok)));
        });
    }
}
