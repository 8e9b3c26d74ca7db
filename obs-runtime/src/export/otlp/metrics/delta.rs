//! What a destination has of each series already: deltas are the rest.

use std::collections::HashMap;

use super::reading::Reading;

/// The series that deltas are sent of. One entry for each that was ever shown, of which every source has a bounded
/// number: what is turned off is not shown for a while, and would be sent a second time if it were forgotten.
#[derive(Debug)]
pub(super) struct Deltas {
    series: HashMap<Box<[u8]>, Series>,
    /// When those who looked before this round did so; the start where nobody did.
    looked: u64,
    /// This round.
    now: u64,
    round: u64,
}

#[derive(Debug)]
struct Series {
    /// What the destination has, and up to when that goes.
    received: Option<Reading<'static>>,
    until: u64,
    /// What it is to have when a request has arrived.
    sent: Option<Sent>,
    round: u64,
}

#[derive(Debug)]
struct Sent {
    /// The number of the request.
    request: usize,
    reading: Reading<'static>,
}

impl Deltas {
    /// Begins with nothing received; `started` is when all series were at nothing.
    pub(super) fn new(started: u64) -> Self {
        Deltas { series: HashMap::new(), looked: started, now: started, round: 0 }
    }

    /// Begins a round at a time, which is made later than the one before if the clock was put back.
    pub(super) fn begin(&mut self, now: u64) -> u64 {
        self.looked = self.now;
        self.now = now.max(self.now.saturating_add(1));
        self.round += 1;
        self.now
    }

    /// Returns what came to a series and since when; `None` where that is nothing.
    pub(super) fn change<'a>(&mut self, key: &[u8], reading: &Reading<'a>) -> Option<(u64, Reading<'a>)> {
        if !self.series.contains_key(key) {
            let new = Series { received: None, until: self.looked, sent: None, round: self.round };
            self.series.insert(key.into(), new);
        }
        let series = self.series.get_mut(key)?;
        (series.round, series.sent) = (self.round, None);
        let change = match &series.received {
            Some(received) => reading.since(received),
            None => reading.clone(),
        };
        if change.is_nothing() {
            series.until = self.now;
            return None;
        }
        Some((series.until, change))
    }

    /// Notes that a change is on its way in a request of this round.
    pub(super) fn send(&mut self, key: &[u8], reading: Reading<'static>, request: usize) {
        if let Some(series) = self.series.get_mut(key) {
            series.sent = Some(Sent { request, reading });
        }
    }

    /// Ends a round: what was received is settled, and the rest comes again with what comes next.
    pub(super) fn end(&mut self, was_received: &[bool]) {
        for series in self.series.values_mut() {
            if let Some(sent) = series.sent.take()
                && series.round == self.round // and not one that was never ended
                && was_received.get(sent.request).copied().unwrap_or(false)
            {
                series.received = Some(sent.reading);
                series.until = self.now;
            }
        }
    }
}

/// Writes what tells a series from all others; bytes that are in no text stand between its parts.
pub(super) fn write_key(key: &mut Vec<u8>, name: &str, labels: &[(&str, &str)]) {
    key.clear();
    key.extend_from_slice(name.as_bytes());
    for (label, value) in labels {
        for part in [label, value] {
            key.push(0xff);
            key.extend_from_slice(part.as_bytes());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    /// One round with one series: what of it is sent.
    fn round(deltas: &mut Deltas, at: u64, total: u64, received: bool) -> Option<(u64, Reading<'static>)> {
        deltas.begin(at);
        let reading = Reading::Int(total);
        let change = deltas.change(b"a", &reading);
        if change.is_some() {
            deltas.send(b"a", reading, 0);
        }
        deltas.end(&[received]);
        change
    }

    #[test]
    fn what_was_not_received_comes_with_the_next() {
        let mut deltas = Deltas::new(10);
        assert_eq!(round(&mut deltas, 20, 3, true), Some((10, Reading::Int(3))));
        assert_eq!(round(&mut deltas, 30, 5, false), Some((20, Reading::Int(2))));
        assert_eq!(round(&mut deltas, 40, 5, false), Some((20, Reading::Int(2))));
        assert_eq!(round(&mut deltas, 50, 9, true), Some((20, Reading::Int(6))));
        assert_eq!(round(&mut deltas, 60, 9, true), None);
        assert_eq!(round(&mut deltas, 70, 10, true), Some((60, Reading::Int(1))), "nothing came before 60");
    }

    #[test]
    fn a_series_that_appears_later_began_when_it_was_not_there() {
        let mut deltas = Deltas::new(10);
        deltas.begin(20);
        deltas.end(&[]);
        assert_eq!(round(&mut deltas, 30, 4, true), Some((20, Reading::Int(4))));
    }

    #[test]
    fn a_counter_that_began_anew_is_sent_whole() {
        let mut deltas = Deltas::new(10);
        round(&mut deltas, 20, 8, true);
        assert_eq!(round(&mut deltas, 30, 3, true), Some((20, Reading::Int(3))));
        assert_eq!(round(&mut deltas, 40, 4, true), Some((30, Reading::Int(1))));
    }

    #[test]
    fn a_series_that_is_not_shown_goes_on_where_it_was() {
        let mut deltas = Deltas::new(10);
        round(&mut deltas, 20, 8, true);
        deltas.begin(30);
        deltas.end(&[]);
        assert_eq!(round(&mut deltas, 40, 9, true), Some((20, Reading::Int(1))));
    }

    #[test]
    fn a_round_that_was_never_ended_was_not_received() {
        let mut deltas = Deltas::new(10);
        deltas.begin(20);
        deltas.change(b"a", &Reading::Int(8));
        deltas.send(b"a", Reading::Int(8), 0);
        deltas.begin(30);
        deltas.end(&[true]);
        assert_eq!(round(&mut deltas, 40, 9, true), Some((10, Reading::Int(9))));
    }

    #[test]
    fn a_clock_that_goes_back_gives_no_time_before_the_last() {
        let mut deltas = Deltas::new(10);
        assert_eq!((deltas.begin(30), deltas.begin(5), deltas.begin(40)), (30, 31, 40));
    }

    #[test]
    fn keys_differ_where_series_do() {
        let key = |name: &str, labels: &[(&str, &str)]| {
            let mut key = Vec::new();
            write_key(&mut key, name, labels);
            key
        };
        assert_ne!(key("a", &[("b", "c")]), key("a", &[("bc", "")]));
        assert_ne!(key("ab", &[]), key("a", &[("b", "")]));
        assert_ne!(key("a", &[("b", "c"), ("d", "e")]), key("a", &[("b", "cd"), ("", "e")]));
    }
}
