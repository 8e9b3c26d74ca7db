//! Tells people about losses, in few lines.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::export::{Notices, Signal, text};
use crate::record::Severity;

/// The time between two warnings.
const INTERVAL: Duration = Duration::from_secs(60);

/// Characters of a foreign text that are repeated in a line.
const MAX_FOREIGN: usize = 200;

/// What is lost, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goods {
    /// One of them.
    pub(crate) one: &'static str,
    /// Several.
    pub(crate) many: &'static str,
    /// What it means and what to do about it; ends the line.
    pub(in crate::export) advice: &'static str,
}

impl Goods {
    /// Returns how the items of a signal are called, without any advice.
    pub(crate) const fn of(signal: Signal) -> Self {
        let (one, many) = match signal {
            Signal::Traces => ("span", "spans"),
            Signal::Logs => ("log record", "log records"),
            Signal::Metrics => ("data point", "data points"),
        };
        Goods { one, many, advice: "" }
    }

    /// Returns the word for so many.
    pub(in crate::export) fn word(self, count: u64) -> &'static str {
        if count == 1 { self.one } else { self.many }
    }
}

/// Warns when a loss begins, at most once a minute while it goes on, and says once when it is over.
pub(in crate::export) struct Losses {
    notices: Notices,
    goods: Goods,
    /// Where the records should have gone.
    destination: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Losses since the last line.
    unsaid: u64,
    /// Losses since delivery last worked.
    total: u64,
    /// What went to disk since delivery last worked.
    spooled: u64,
    warned: Option<Instant>,
    /// When the loss that people know of began.
    since: Option<Instant>,
}

impl Losses {
    pub(in crate::export) fn new(notices: Notices, goods: Goods, destination: String) -> Self {
        Losses { notices, goods, destination, state: Mutex::default() }
    }

    /// Notes items as lost.
    pub(in crate::export) fn lost(&self, count: u64, why: &str) {
        self.lost_as(count, || why.to_owned());
    }

    /// Notes items as lost; `why` is asked where a line is due.
    pub(super) fn lost_as(&self, count: u64, why: impl FnOnce() -> String) {
        let line = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.unsaid += count;
            state.total += count;
            let now = Instant::now();
            if state.warned.is_some_and(|at| now.duration_since(at) < INTERVAL) {
                return;
            }
            state.warned = Some(now);
            state.since.get_or_insert(now);
            self.line("lost", std::mem::take(&mut state.unsaid), &why())
        };
        (self.notices)(Severity::Warn, line);
    }

    /// Says what was lost since the last line: nothing more is sent. `why` is what went wrong last.
    pub(in crate::export) fn ended(&self, why: Option<String>) {
        let unsaid = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut state.unsaid)
        };
        if unsaid > 0 {
            let why = why.unwrap_or_else(|| "`obs_dropped_total` says why".to_owned());
            (self.notices)(Severity::Warn, self.line("lost another", unsaid, &why));
        }
    }

    fn line(&self, verb: &str, lost: u64, why: &str) -> String {
        let (goods, advice) = (self.goods.word(lost), self.goods.advice);
        format!("{verb} {lost} {goods} on the way to {}: {}{advice}", self.destination, foreign(why))
    }

    /// Notes items as on disk, where they wait for better times.
    pub(super) fn spooled(&self, count: u64, why: &str) {
        let line = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.spooled += count;
            if state.spooled > count {
                return;
            }
            state.since.get_or_insert(Instant::now());
            let Goods { many, .. } = self.goods;
            format!("{many} on the way to {} wait on disk: {}", self.destination, foreign(why))
        };
        (self.notices)(Severity::Warn, line);
    }

    /// Notes that delivery works.
    pub(in crate::export) fn delivered(&self) {
        let line = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(since) = state.since.take() else { return };
            state.unsaid = 0;
            let lost = std::mem::take(&mut state.total);
            let spooled = std::mem::take(&mut state.spooled);
            let follow =
                if spooled > 0 { format!("; {spooled} went to disk and follow") } else { String::new() };
            let seconds = since.elapsed().as_secs_f64();
            let Goods { many, .. } = self.goods;
            format!("{many} reach {} again; {lost} were lost in {seconds:.1} s{follow}", self.destination)
        };
        (self.notices)(Severity::Info, line);
    }
}

/// Makes a text that came over the network harmless and short.
pub(super) fn foreign(text: &str) -> String {
    let short: String = text.chars().take(MAX_FOREIGN).collect();
    let mut out = String::new();
    let _string_never_fails = text::write_escaped(&mut out, &short);
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use super::*;

    const SPANS: Goods = Goods { one: "span", many: "spans", advice: "" };

    #[tokio::test(start_paused = true)]
    async fn a_long_loss_gives_one_line_a_minute_and_one_at_its_end() {
        let (sender, lines) = channel();
        let notices: Notices = Arc::new(move |severity, line| sender.send((severity, line)).unwrap());
        let losses = Losses::new(notices, SPANS, "http://c:1".to_owned());
        losses.delivered();
        for second in 0..150 {
            losses.lost(10, if second == 0 { "it said \"no\u{1b}[2J\n\"" } else { "no" });
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        losses.delivered();
        losses.delivered();
        let expected = [
            (Severity::Warn, "lost 10 spans on the way to http://c:1: it said \"no\\u{1b}[2J\\n\""),
            (Severity::Warn, "lost 600 spans on the way to http://c:1: no"),
            (Severity::Warn, "lost 600 spans on the way to http://c:1: no"),
            (Severity::Info, "spans reach http://c:1 again; 1500 were lost in 150.0 s"),
        ];
        let lines: Vec<_> = lines.try_iter().collect();
        let lines: Vec<_> = lines.iter().map(|(severity, line)| (*severity, line.as_str())).collect();
        assert_eq!(lines, expected);
    }
}
