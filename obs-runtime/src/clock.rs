//! Wall time and monotonic time.

use std::num::NonZeroU64;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::engine::tick::{self, Tick};

/// A point in monotonic time, in half the room of an `Option<Instant>`: it lives in every annotated future.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(NonZeroU64);

impl Moment {
    /// Returns the present.
    #[inline]
    pub(crate) fn now() -> Self {
        Moment::from_raw(tick::now().raw())
    }

    /// Returns the one of a tick.
    #[inline]
    pub(crate) fn from_raw(tick: u64) -> Self {
        Moment(NonZeroU64::new(tick).unwrap_or(NonZeroU64::MIN))
    }

    /// Returns its tick.
    #[inline]
    pub(crate) fn tick(self) -> Tick {
        Tick::from_raw(self.0.get())
    }

    /// Returns the seconds from here to another; 0 where that comes first.
    #[inline]
    pub(crate) fn seconds_to(self, end: Moment) -> f64 {
        tick::seconds_between(self.tick(), end.tick())
    }
}

/// Returns nanoseconds since the Unix epoch; 0 where the wall clock stands before it.
pub(crate) fn unix_nanos() -> u64 {
    since_epoch(wall())
}

fn since_epoch(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(not(test))]
fn wall() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
fn wall() -> SystemTime {
    set::wall()
}

/// A wall clock that a test sets, for its own thread.
#[cfg(test)]
pub(crate) mod set {
    use std::cell::Cell;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    /// Where the clock stands, in place of the present.
    #[derive(Clone, Copy, Debug)]
    pub(crate) enum Wall {
        Right,
        Ahead(Duration),
        Behind(Duration),
        /// Seconds before 1970.
        BeforeEpoch(u64),
    }

    thread_local! {
        static WALL: Cell<Wall> = const { Cell::new(Wall::Right) };
    }

    /// Sets the clock of this thread.
    pub(crate) fn to(wall: Wall) {
        WALL.set(wall);
    }

    pub(super) fn wall() -> SystemTime {
        let now = SystemTime::now();
        let wall = match WALL.get() {
            Wall::Right => Some(now),
            Wall::Ahead(by) => now.checked_add(by),
            Wall::Behind(by) => now.checked_sub(by),
            Wall::BeforeEpoch(seconds) => UNIX_EPOCH.checked_sub(Duration::from_secs(seconds)),
        };
        wall.unwrap_or(now)
    }
}

/// Writes a time as RFC 3339 in UTC, to the second.
pub(crate) fn rfc3339_seconds(unix_nanos: u64) -> String {
    let seconds = unix_nanos / 1_000_000_000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March have their leap day at the end; 719 468 days lie between 0000-03-01 and the epoch.
    let day_of_all = days + 719_468;
    let (era, day_of_era) = (day_of_all / 146_097, day_of_all % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::rfc3339_seconds;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |seconds: u64| rfc3339_seconds(seconds * 1_000_000_000);
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_709_251_200), "2024-03-01T00:00:00Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
    }
}
