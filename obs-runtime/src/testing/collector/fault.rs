//! What a request is answered with, and which request with what.

use std::collections::VecDeque;
use std::time::Duration;

/// What a [`FaultyCollector`](super::FaultyCollector) does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// 200, all items are taken.
    Ok,
    /// 200 with a partial success: so many items are rejected, at most all.
    Partial(u64),
    /// 429.
    TooManyRequests {
        /// When to come back.
        retry_after: Option<RetryAfter>,
    },
    /// 503.
    Unavailable {
        /// When to come back.
        retry_after: Option<RetryAfter>,
    },
    /// 502, as of a proxy that does not reach the collector.
    BadGateway,
    /// 400.
    BadRequest,
    /// Any other status with an empty body; what is no status becomes 500.
    Status(u16),
    /// The request is read, then the TCP connection is reset (RST).
    Reset,
    /// The TCP connection is reset when the head of the request is there; the body is not read.
    ResetEarly,
    /// The request is read and never answered.
    Hang,
    /// 200, and then a body of which one byte comes a second.
    Drip,
    /// 200 with a web page that says it was protobuf, or JSON.
    Garbage,
    /// 200 with a body of 1 GiB.
    Gigantic,
    /// 200 with a body of 1 MiB, which decompresses to 1 GiB.
    GzipBomb,
    /// 307 to another path of the same collector; who follows is seen in [`requests`](super::FaultyCollector::requests).
    Redirect,
    /// 200, and the connection ends in the middle of the body.
    Truncated,
}

/// The value of a `Retry-After` header (RFC 9110, section 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// So many seconds, as a number.
    Seconds(u64),
    /// So many seconds from now, as a date; dates have no fractions, so that up to one second is missing.
    Date(u64),
}

impl Fault {
    /// Returns how many of `items` the answer acknowledges, and how many it rejects.
    pub(super) fn fate(self, items: u64) -> (u64, u64) {
        match self {
            Fault::Ok => (items, 0),
            Fault::Partial(rejected) => (items.saturating_sub(rejected), rejected.min(items)),
            _ => (0, 0),
        }
    }
}

/// Which request is answered with what, and how fast.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// For the next requests, one each.
    script: VecDeque<Fault>,
    then: Then,
    pub(super) delay: Duration,
    /// Whether connections are reset as soon as they are made.
    pub(super) turns_away: bool,
}

/// What comes after the script.
#[derive(Debug)]
enum Then {
    Always(Fault),
    Mixed { random: Random, faults: Vec<(Fault, u32)> },
}

impl Default for Then {
    fn default() -> Self {
        Then::Always(Fault::Ok)
    }
}

impl Plan {
    pub(super) fn always(&mut self, fault: Fault) {
        self.script.clear();
        self.then = Then::Always(fault);
    }

    pub(super) fn script(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.script = faults.into_iter().collect();
    }

    pub(super) fn mix(&mut self, seed: u64, faults: &[(Fault, u32)]) {
        self.script.clear();
        self.then = Then::Mixed { random: Random(seed), faults: faults.to_vec() };
    }

    pub(super) fn next(&mut self) -> Fault {
        if let Some(fault) = self.script.pop_front() {
            return fault;
        }
        match &mut self.then {
            Then::Always(fault) => *fault,
            Then::Mixed { random, faults } => random.pick(faults).unwrap_or(Fault::Ok),
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed, on every machine.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Picks one by weight; `None` where no weight is above zero.
    fn pick(&mut self, faults: &[(Fault, u32)]) -> Option<Fault> {
        let all: u64 = faults.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut at = self.next().checked_rem(all)?;
        for (fault, weight) in faults {
            match at.checked_sub(u64::from(*weight)) {
                Some(beyond) => at = beyond,
                None => return Some(*fault),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_faults_again_by_their_weights() {
        let faults = [(Fault::Ok, 6), (Fault::Hang, 0), (Fault::Reset, 3), (Fault::Partial(1), 1)];
        let draw = |seed| {
            let mut plan = Plan::default();
            plan.mix(seed, &faults);
            (0..10_000).map(|_| plan.next()).collect::<Vec<_>>()
        };
        let drawn = draw(7);
        assert_eq!(drawn, draw(7));
        assert_ne!(drawn, draw(8));
        let count = |fault| drawn.iter().filter(|f| **f == fault).count();
        assert_eq!(count(Fault::Hang), 0);
        assert!((5_700..6_300).contains(&count(Fault::Ok)), "{}", count(Fault::Ok));
        assert!((800..1_200).contains(&count(Fault::Partial(1))), "{}", count(Fault::Partial(1)));
    }

    #[test]
    fn a_script_comes_first_and_nothing_to_pick_from_is_ok() {
        let mut plan = Plan::default();
        plan.mix(1, &[]);
        plan.script([Fault::Hang, Fault::Reset]);
        assert_eq!([plan.next(), plan.next(), plan.next()], [Fault::Hang, Fault::Reset, Fault::Ok]);
        plan.script([Fault::Hang]);
        plan.always(Fault::BadGateway);
        assert_eq!([plan.next(), plan.next()], [Fault::BadGateway; 2]);
    }
}
