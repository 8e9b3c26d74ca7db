//! A struct around a number is a label as far as its bounds reach; one around a label has its values.
#![deny(warnings)]

use obs::LabelValue;

#[derive(obs::Label, Clone, Copy)]
#[label(max = 3)]
struct Shard(u8);

#[derive(obs::Label, Clone, Copy)]
#[label(min = 1, max = 3)]
struct Attempt(i64);

#[derive(obs::Label, Clone, Copy)]
#[label(max = 255)]
struct Byte(u8);

#[derive(obs::Label, Clone, Copy)]
struct Retried(bool);

obs::metrics! {
    /// Calls.
    static CALLS: Counter = "calls_total" {
        shard: Shard,
        attempt: Attempt,
        retried: Retried,
        before: obs::Outcome,
        status: obs::StatusClass,
    };
}

fn main() {
    assert_eq!(Shard::VALUES, ["0", "1", "2", "3", "_OTHER"]);
    assert_eq!([0, 3, 4, 255].map(|n| Shard(n).index()), [0, 3, 4, 4]);
    assert_eq!(Attempt::VALUES, ["1", "2", "3", "_OTHER"]);
    assert_eq!([1, 3, 0, -1, i64::MIN, i64::MAX].map(|n| Attempt(n).index()), [0, 2, 3, 3, 3, 3]);
    assert_eq!((Byte::VALUES.len(), Byte(255).index()), (257, 255));
    assert_eq!((Retried::VALUES, Retried(true).index()), (bool::VALUES, 1));
    obs::testing::capture(|t| {
        let of = || CALLS {
            shard: Shard(9),
            attempt: Attempt(2),
            retried: Retried(false),
            before: obs::Outcome::Cancelled,
            status: 404.into(),
        };
        CALLS.with(of()).inc();
        assert_eq!(t.counter(&CALLS, of()), 1);
        let labels = [("shard", "_OTHER"), ("attempt", "2"), ("before", "cancelled"), ("status", "4xx")];
        assert_eq!(t.counter_named("calls_total", &labels), 1);
    });
}
