//! Watches, from the first word to the last.

use tokio::time::Instant;

use super::super::services::Services;
use super::super::status::Code;
use super::super::watch::{LATE, SHUT_DOWN, Said, Watch};
use super::*;

#[tokio::test]
async fn a_watch_says_how_it_is_at_once_and_then_every_change() {
    let monitor = monitor();
    let (database, up) = switched("db");
    monitor.add(database).unwrap();
    until(&monitor, true).await;
    let mut client = Client::connect(serve(&monitor, Limits::default())).await;
    let (mut all, mut live) = (client.watch("").await, client.watch("liveness").await);
    assert_eq!(all.next().await, Ok(ServingStatus::Serving));
    assert_eq!(live.next().await, Ok(ServingStatus::Serving));
    up.store(false, Ordering::SeqCst);
    assert_eq!(all.next().await, Ok(ServingStatus::NotServing));
    up.store(true, Ordering::SeqCst);
    assert_eq!(all.next().await, Ok(ServingStatus::Serving));
    assert_eq!(client.check("").await, Ok(ServingStatus::Serving), "calls go on beside watches");
    monitor.leave();
    assert_eq!(all.next().await, Ok(ServingStatus::NotServing));
    let ended = soon(all.body.frame());
    let other = soon(live.body.frame());
    let (ended, other) = tokio::join!(ended, other);
    for frame in [ended, other] {
        let trailers = frame.unwrap().unwrap().into_trailers().unwrap(); // nothing was said to the second
        assert_eq!(trailers["grpc-status"], "14", "UNAVAILABLE, which clients try again");
    }
}

#[tokio::test]
async fn a_service_that_comes_later_is_unknown_until_then() {
    let monitor = monitor();
    let mut client = Client::connect(serve(&monitor, Limits::default())).await;
    let mut late = client.watch("late").await;
    assert_eq!(late.next().await, Ok(ServingStatus::ServiceUnknown));
    let (check, _up) = switched("late");
    monitor.add(check.initial_delay(Duration::from_secs(1))).unwrap();
    assert_eq!(late.next().await, Ok(ServingStatus::Unknown));
    assert_eq!(late.next().await, Ok(ServingStatus::Serving));
    assert!(monitor.remove("late"));
    assert_eq!(late.next().await, Ok(ServingStatus::ServiceUnknown));
}

#[tokio::test]
async fn a_watch_has_no_more_time_than_the_client_gives() {
    let mut client = Client::connect(serve(&monitor(), Limits::default())).await;
    let mut request = client.request("Watch", asked(""));
    request.headers_mut().insert("grpc-timeout", "200m".parse().unwrap());
    let began = Instant::now();
    let answer = client.call(request).await;
    assert_eq!(
        (serving(&answer.messages), &*answer.code),
        (ServingStatus::Serving, "4"),
        "DEADLINE_EXCEEDED"
    );
    assert!(began.elapsed() >= Duration::from_millis(200));
}

/// Returns a watch of a service, without a socket.
fn watch(monitor: &Arc<Monitor>, name: &str) -> Watch {
    Watch::new(Services::from(monitor), name.to_owned(), None).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_result_that_becomes_too_old_is_said() {
    let (database, _up) = switched("db");
    let ends = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (monitor, mut watch) = std::thread::scope(|scope| {
        let run = || {
            ends.block_on(async {
                let monitor = monitor();
                monitor.add(database).unwrap();
                let watch = watch(&monitor, "db");
                while !monitor.report(&Probe::All.into()).passes() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                (monitor, watch)
            })
        };
        scope.spawn(run).join().unwrap()
    });
    // The runtime of the schedules stands still: nobody notices but who looks.
    assert_eq!(watch.next().await, Said::Now(ServingStatus::Serving));
    let began = Instant::now();
    assert_eq!(watch.next().await, Said::Now(ServingStatus::NotServing));
    let late = began.elapsed();
    assert!((Duration::from_secs(3)..Duration::from_secs(6)).contains(&late), "{late:?}");
    drop(monitor);
    ends.shutdown_background();
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_a_while_after_the_shutdown_has_begun() {
    let monitor = monitor();
    let mut ready = watch(&monitor, "");
    assert_eq!(ready.next().await, Said::Now(ServingStatus::Serving));
    monitor.leave();
    assert_eq!(ready.next().await, Said::Now(ServingStatus::NotServing));
    let began = Instant::now();
    let end = Said::Over(Code::Unavailable.because("the process is about to end"));
    assert_eq!(ready.next().await, end);
    assert_eq!(began.elapsed().as_secs(), 5);
    let mut late = watch(&monitor, "liveness");
    assert_eq!(late.next().await, Said::Now(ServingStatus::Serving));
    assert_eq!(late.next().await, end, "who comes back at once does not come back all the time");
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_watch_does_not_outlive_who_runs_the_checks() {
    let monitor = monitor();
    let (mut ready, mut said) = (watch(&monitor, ""), watch(&monitor, "nothing"));
    assert_eq!(ready.next().await, Said::Now(ServingStatus::Serving));
    assert_eq!(said.next().await, Said::Now(ServingStatus::ServiceUnknown));
    let mut unsaid = watch(&monitor, "");
    drop(monitor);
    for watch in [&mut ready, &mut said] {
        assert_eq!(watch.next().await, Said::Now(ServingStatus::NotServing));
        assert_eq!(watch.next().await, Said::Over(SHUT_DOWN));
    }
    assert_eq!(unsaid.next().await, Said::Over(SHUT_DOWN));
}

#[tokio::test(start_paused = true)]
async fn without_obs_everything_serves_until_the_deadline() {
    let deadline = Some(Instant::now() + Duration::from_secs(3600));
    let mut watch = Watch::new(Services::Idle, String::new(), deadline).unwrap();
    assert_eq!(watch.next().await, Said::Now(ServingStatus::Serving));
    assert_eq!(watch.next().await, Said::Over(LATE));
}
