//! A stream is a call from its first poll to its end.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use obs::Outcome;
use obs::testing::capture;

#[derive(Debug)]
struct Broken;

type Item = Result<u8, Broken>;

/// Gives its items, each inside an event, and panics on 9.
struct Items(std::vec::IntoIter<Item>);

impl Stream for Items {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let item = self.0.next();
        tracing::info!("polled");
        assert!(!matches!(item, Some(Ok(9))), "as told");
        Poll::Ready(item)
    }
}

#[obs::observed(fields(count = items.len()))]
fn stream(items: Vec<Item>) -> impl Stream<Item = Item> {
    Items(items.into_iter())
}

#[obs::observed]
fn boxed(items: Vec<Item>) -> Pin<Box<dyn Stream<Item = Item> + Send>> {
    Box::pin(Items(items.into_iter()))
}

fn next(stream: Pin<&mut (impl Stream<Item = Item> + ?Sized)>) -> Option<Item> {
    match stream.poll_next(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(item) => item,
        Poll::Pending => panic!("always ready"),
    }
}

#[test]
fn a_stream_that_ends_is_ok_and_its_span_covers_every_poll() {
    capture(|t| {
        drop(stream(vec![Ok(1)]));
        assert!(t.spans().is_empty(), "never polled");
        let mut stream = pin!(stream(vec![Ok(1), Ok(2)]));
        assert_eq!(t.in_flight("stream"), 0);
        assert!(matches!(next(stream.as_mut()), Some(Ok(1))));
        assert_eq!(t.in_flight("stream"), 1);
        assert!(matches!(next(stream.as_mut()), Some(Ok(2))));
        assert!(t.spans().is_empty());
        assert!(next(stream.as_mut()).is_none());
        assert_eq!(t.in_flight("stream"), 0);
        let polled = "* polled level=INFO\n".repeat(3);
        assert_eq!(t.tree(), format!("stream ok count=2\n{polled}"));
        assert!(next(stream.as_mut()).is_none());
        assert_eq!(t.spans().len(), 1, "it has ended");
    });
}

#[test]
fn the_last_item_tells_whether_a_stream_failed() {
    for (items, polls, outcome) in [
        (vec![Err(Broken), Ok(1)], 3, Outcome::Ok),
        (vec![Ok(1), Err(Broken)], 3, Outcome::Error),
        (vec![Ok(1), Err(Broken)], 2, Outcome::Error),
        (vec![Err(Broken), Ok(1)], 2, Outcome::Cancelled),
    ] {
        capture(|t| {
            let mut stream = boxed(items);
            for _ in 0..polls {
                let _item = next(stream.as_mut());
            }
            drop(stream);
            assert_eq!(t.calls("boxed", outcome), 1, "{outcome}");
            assert_eq!(t.spans()[0].outcome, Some(outcome));
            assert_eq!(t.in_flight("boxed"), 0);
        });
    }
}

#[test]
fn a_stream_that_panics_says_so() {
    capture(|t| {
        let mut stream = boxed(vec![Err(Broken), Ok(9)]);
        let _item = next(stream.as_mut());
        let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| next(stream.as_mut())));
        assert!(polled.is_err());
        drop(stream);
        assert_eq!(t.calls("boxed", Outcome::Panicked), 1);
        assert_eq!(t.spans()[0].outcome, Some(Outcome::Panicked));
    });
}

#[test]
fn a_stream_says_how_much_it_holds() {
    #[obs::traced]
    fn sized() -> impl Stream<Item = u8> {
        struct Two;
        impl Stream for Two {
            type Item = u8;
            fn poll_next(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<u8>> {
                Poll::Ready(None)
            }
            fn size_hint(&self) -> (usize, Option<usize>) {
                (2, Some(2))
            }
        }
        Two
    }
    assert_eq!(sized().size_hint(), (2, Some(2)));
}
