//! What a case asks of a subject, and what all subjects call.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

/// Children of a root with three fields.
pub const CHILDREN: i64 = 10;
/// Children of a root without fields.
pub const PLAIN_CHILDREN: i64 = 100;
/// The value of the second field.
pub const REGION: &str = "eu-west-1";

/// A way to make spans. Each call makes one trace.
pub trait Subject: Sync {
    /// A root and its children, each with three fields.
    fn fields(&self, n: i64);
    /// A root and its children without fields.
    fn plain(&self, n: i64);
    /// As `fields`, of async functions; each child waits once.
    fn awaiting(&self, n: i64);
    /// As `fields`, continuing a caller's trace with what goes along with it.
    fn requested(&self, n: i64) {
        self.fields(n);
    }
    /// Makes a trace of one span that fails; returns how many of its spans are to arrive where traces are not sampled
    /// and the tail rule is on.
    fn failing(&self) -> u64 {
        0
    }
    /// Waits until every span so far has arrived or is lost.
    fn flush(&self) {}
    /// Returns how many spans were lost by the subject's own account.
    fn told_lost(&self) -> u64 {
        0
    }
}

/// How a subject is to be set up.
pub struct SetUp {
    /// False: as the subject itself does without a trace.
    pub sampled: bool,
    /// Over OTLP/HTTP to where `OTEL_EXPORTER_OTLP_ENDPOINT` says; else spans are counted and dropped.
    pub otlp: bool,
}

/// Spans that reached the end of the way: a process measures one subject.
static ARRIVED: AtomicU64 = AtomicU64::new(0);

/// Counts spans at the end of the way.
pub fn arrive(spans: usize) {
    ARRIVED.fetch_add(spans as u64, Ordering::Relaxed);
}

/// Returns how many spans arrived so far.
pub fn arrived() -> u64 {
    ARRIVED.load(Ordering::SeqCst)
}

/// What a function does that is worth a span.
#[inline]
pub fn work(a: i64, b: &'static str, c: i64) -> i64 {
    black_box(b);
    black_box(c);
    black_box(a)
}

/// Ready on the second poll.
#[derive(Default)]
pub struct Once {
    polled: bool,
}

impl Future for Once {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.polled {
            return Poll::Ready(());
        }
        self.polled = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls a future until it is ready.
#[inline]
pub fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}

/// Writes the same functions under a subject's attributes: with three fields, and without. The names of the arguments
/// are given, for the attributes to name them.
macro_rules! annotated {
    (($a:ident, $b:ident, $c:ident), [$($fields:tt)*], [$($plain:tt)*]) => {
        use $crate::spans::subject::{CHILDREN, Once, PLAIN_CHILDREN, REGION, drive, work};

        #[inline(never)]
        $($fields)*
        fn child($a: i64, $b: &'static str, $c: i64) -> i64 {
            work($a, $b, $c)
        }

        #[inline(never)]
        $($fields)*
        fn root($a: i64, $b: &'static str, $c: i64) -> i64 {
            (0..CHILDREN).map(|n| child($a, $b, n)).sum::<i64>() + $c
        }

        #[inline(never)]
        $($plain)*
        fn plain_child($a: i64) -> i64 {
            work($a, REGION, 0)
        }

        #[inline(never)]
        $($plain)*
        fn plain_root($a: i64) -> i64 {
            (0..PLAIN_CHILDREN).map(|n| plain_child($a + n)).sum::<i64>()
        }

        $($fields)*
        async fn async_child($a: i64, $b: &'static str, $c: i64) -> i64 {
            Once::default().await;
            work($a, $b, $c)
        }

        $($fields)*
        async fn async_root($a: i64, $b: &'static str, $c: i64) -> i64 {
            let mut sum = $c;
            for n in 0..CHILDREN {
                sum += async_child($a, $b, n).await;
            }
            sum
        }

        /// Makes a trace of functions with three fields.
        pub fn fields(n: i64) {
            std::hint::black_box(root(n, REGION, n));
        }

        /// Makes a trace of functions without fields.
        pub fn plain(n: i64) {
            std::hint::black_box(plain_root(n));
        }

        /// Makes a trace of async functions.
        pub fn awaiting(n: i64) {
            std::hint::black_box(drive(async_root(n, REGION, n)));
        }
    };
}
pub(super) use annotated;

/// The three calls of a subject whose functions were written by `annotated!` in the module `$calls`.
macro_rules! calls {
    ($calls:ident) => {
        fn fields(&self, n: i64) {
            $calls::fields(n);
        }

        fn plain(&self, n: i64) {
            $calls::plain(n);
        }

        fn awaiting(&self, n: i64) {
            $calls::awaiting(n);
        }
    };
}
pub(super) use calls;
