//! The places that every client may have, and who gives his to others when all are taken.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, yield_now};
use tokio::time::{Instant, sleep_until};

use super::activity::Activity;

/// How long a connection keeps its place whoever comes: a request follows its connection closely, and not at once. Where few
/// wait, they may do so for as long as others take nothing.
const GRACE: Duration = Duration::from_millis(2);

/// How long a client may take nothing of what it asked for, where places are rare. One that reads slowly and steadily takes some
/// more often.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long who comes is let wait for a place: until those who have taken nothing since he came have lost theirs.
const HOPE: Duration = Duration::from_millis(150);

/// How often it is looked whether there is a place meanwhile.
const LOOK: Duration = Duration::from_millis(5);

/// An answer that takes longer is slow; half of the places are enough for those.
const SLOW: Duration = Duration::from_secs(1);

/// The connections that there are.
///
/// Who comes when all places are taken gets that of another one, by these rules, the first that applies:
///
/// 1. of who has waited longest for its client's word;
/// 2. of who has taken nothing of its answer for longest, if that is 100 ms or more;
/// 3. of who has been reading its answer for longest, if answers that take longer than 1 s have more than half of the places.
///
/// Where none applies, all are asked to leave once they have been answered what they asked: so an endless supply of requests
/// keeps no place. Nobody's place is taken while the server is at work for it, or, but for the third rule, while it reads.
pub(super) struct Places {
    most: usize,
    taken: Vec<(Arc<Activity>, AbortHandle)>,
}

/// A place that can be taken away, and from when on.
type Spare = (Instant, usize);

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Places { most, taken: Vec::new() }
    }

    /// Takes a place.
    pub(super) fn take(&mut self, activity: Arc<Activity>, task: AbortHandle) {
        self.taken.push((activity, task));
    }

    /// Tells whether there is a place, and where there is none makes one if it can. Waits for that, at most for 150 ms.
    pub(super) async fn make_room(&mut self) -> bool {
        let (came, mut has_looked) = (Instant::now(), false);
        loop {
            self.taken.retain(|(activity, task)| !task.is_finished() && activity.has_place());
            if self.taken.len() < self.most {
                return true;
            }
            let now = Instant::now();
            let spare = self.spare(now);
            match spare {
                // What the server itself has not come to yet is not the client's slowness.
                Some((due, _)) if due <= now && !has_looked => {
                    has_looked = true;
                    yield_now().await;
                    continue;
                }
                Some((due, at)) if due <= now => {
                    self.taken.swap_remove(at).1.abort();
                    return true;
                }
                _ if now >= came + HOPE => return false,
                _ if now >= came + 2 * GRACE => {
                    self.taken.iter().for_each(|(activity, _)| activity.ask_to_leave())
                }
                _ => {}
            }
            let look = now + LOOK;
            sleep_until(spare.map_or(look, |(due, _)| due.min(look))).await;
            has_looked = false;
        }
    }

    /// Returns the place that goes first.
    fn spare(&self, now: Instant) -> Option<Spare> {
        let waiting = self.waiting();
        let stalled = self.longest(Activity::stalled_since).map(|(since, at)| (since + PATIENCE, at));
        let due = |spare: &Spare| spare.0 <= now;
        let first = waiting.filter(due).or(stalled.filter(due)).or_else(|| self.slowest(now));
        first.or_else(|| waiting.into_iter().chain(stalled).min())
    }

    /// Returns who has waited longest for his client's word, and until when he may.
    fn waiting(&self) -> Option<Spare> {
        // A handshake takes some time, in which many may come; but half of the places are enough for that.
        let getting_on = self.taken.iter().filter(|(activity, _)| activity.is_getting_on()).count();
        let spares = getting_on <= self.most / 2;
        let waits =
            |activity: &Activity| activity.waits_since().filter(|_| !(spares && activity.is_getting_on()));
        // Among many a client that came just now is the last to go; where few wait, it must not be for those who take nothing.
        let many =
            self.taken.iter().filter(|(activity, _)| waits(activity).is_some()).count() >= self.most / 4;
        let grace = if many { GRACE } else { PATIENCE };
        self.longest(waits).map(|(since, at)| (since + grace, at))
    }

    /// Returns who has been reading for longest, where slow ones have more than half of the places.
    fn slowest(&self, now: Instant) -> Option<Spare> {
        let slow = |activity: &Activity| activity.answers_since().filter(|since| *since + SLOW <= now);
        if self.taken.iter().filter(|(activity, _)| slow(activity).is_some()).count() <= self.most / 2 {
            return None;
        }
        self.longest(|activity| slow(activity).filter(|_| !activity.is_at_work()))
    }

    fn longest(&self, since: impl Fn(&Activity) -> Option<Instant>) -> Option<Spare> {
        let each = self.taken.iter().enumerate();
        each.filter_map(|(at, (activity, _))| Some((since(activity)?, at))).min()
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // a test fails by panicking
mod tests {
    use std::future::pending;

    use tokio::time::sleep;

    use super::*;
    use crate::admin::activity::Answer;

    const MS: Duration = Duration::from_millis(1);

    /// Fills places with what is answered, the server being at work for it.
    fn full(most: usize) -> (Places, Vec<(Arc<Activity>, Answer)>) {
        let mut places = Places::new(most);
        let taken = std::iter::repeat_with(|| {
            let activity = Activity::new();
            let task = tokio::spawn(pending::<()>()).abort_handle();
            places.take(Arc::clone(&activity), task);
            let answer = activity.begin();
            (activity, answer)
        });
        let taken = taken.take(most).collect();
        (places, taken)
    }

    fn keeps(places: &Places, activity: &Arc<Activity>) -> bool {
        places.taken.iter().any(|(taken, _)| Arc::ptr_eq(taken, activity))
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_worked_for_keeps_its_place_and_is_asked_to_leave() {
        let (mut places, taken) = full(2);
        sleep(10 * SLOW).await;
        let came = Instant::now();
        assert!(!places.make_room().await);
        assert!(came.elapsed() >= HOPE && came.elapsed() < HOPE + LOOK + MS, "{:?}", came.elapsed());
        for (activity, _) in &taken {
            activity.leaves().await;
        }
        assert_eq!(places.taken.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_for_a_while_gives_its_place_up_and_who_takes_some_does_not() {
        let (mut places, taken) = full(3);
        let ((steady, goes), (stuck, also)) = (&taken[0], &taken[1]);
        goes.goes();
        also.goes();
        stuck.stuck();
        let came = Instant::now();
        tokio::select! {
            found = places.make_room() => assert!(found),
            () = async {
                loop {
                    steady.stuck();
                    sleep(PATIENCE * 9 / 10).await;
                    steady.moved();
                }
            } => {}
        }
        assert!(came.elapsed() >= PATIENCE && came.elapsed() <= PATIENCE + MS, "{:?}", came.elapsed());
        assert!(!keeps(&places, stuck) && keeps(&places, steady));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_goes_before_who_takes_nothing() {
        let (mut places, mut taken) = full(2);
        taken[0].0.stuck();
        sleep(PATIENCE).await;
        let (waits, answer) = taken.remove(1);
        drop(answer);
        waits.sent();
        sleep(GRACE).await;
        assert!(places.make_room().await);
        assert!(!keeps(&places, &waits) && keeps(&places, &taken[0].0));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_readers_have_half_of_the_places() {
        let (mut places, taken) = full(4);
        taken[..2].iter().for_each(|(_, answer)| answer.goes());
        sleep(SLOW / 2).await;
        let (mut late, later) = full(1);
        places.taken[3] = late.taken.remove(0);
        sleep(SLOW / 2).await;
        assert!(places.make_room().await, "three are slow");
        assert!(!keeps(&places, &taken[0].0), "it has been reading for longest");
        places.taken.push((Activity::new(), tokio::spawn(pending::<()>()).abort_handle()));
        let held = places.taken.last().map(|(activity, _)| activity.begin());
        assert!(!places.make_room().await, "two are slow");
        drop((later, held));
    }

    #[cfg(feature = "grpc")]
    #[tokio::test(start_paused = true)]
    async fn one_stream_that_goes_on_keeps_the_place_and_what_began_after_leaving_does_not() {
        let (mut places, _none) = full(0);
        places.most = 1;
        let activity = Activity::new();
        places.take(Arc::clone(&activity), tokio::spawn(pending::<()>()).abort_handle());
        let (works, offered) = (activity.begin_stream(), activity.begin_stream());
        offered.offers(10);
        assert!(!places.make_room().await, "one is worked for");
        activity.leaves().await;
        sleep(MS).await;
        let late = activity.begin_stream();
        drop(works);
        offered.took(1);
        let came = Instant::now();
        assert!(places.make_room().await, "the one is late, and the other takes nothing more");
        assert!(came.elapsed() >= PATIENCE && came.elapsed() <= PATIENCE + MS, "{:?}", came.elapsed());
        drop(late);
    }
}
