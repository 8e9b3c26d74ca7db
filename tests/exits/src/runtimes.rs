//! What a program runs on.

use std::time::Duration;

use obs::Guard;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::{LONG, SPANS, init, timed, work};

/// A call that waits in its middle, on whatever timer there is.
#[obs::traced(fields(number = number))]
async fn call(number: u64) {
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        std::task::Poll::Ready(())
    })
    .await;
    work_inside(number);
}

#[obs::traced]
fn work_inside(number: u64) {
    let _ = number;
}

/// What is done inside: start, work, deliver. The guard comes back where it is to be dropped outside.
async fn inside(end: String) -> Option<Guard> {
    let guard = init();
    for number in 0..SPANS {
        call(number).await;
    }
    deliver(guard, &end)
}

fn deliver(guard: Guard, end: &str) -> Option<Guard> {
    match end {
        "flush" => {
            timed(|| guard.flush(LONG).expect("everything is delivered"));
            leave()
        }
        "shutdown" => {
            timed(|| drop(guard));
            leave()
        }
        _ => Some(guard),
    }
}

/// Ends the process at once: no guard is dropped and no handler runs.
#[cfg(unix)]
fn leave() -> ! {
    #[allow(unsafe_code)] // there is no other way
    // SAFETY: it takes any number, and does not return.
    unsafe {
        libc::_exit(0)
    }
}

#[cfg(not(unix))]
fn leave() -> ! {
    std::process::exit(0)
}

pub(crate) fn run(runtime: &str, end: &str) {
    let end = end.to_owned();
    let guard = match runtime {
        "none" => {
            let guard = init();
            (0..SPANS).for_each(work);
            deliver(guard, &end)
        }
        "current_thread" => on(Builder::new_current_thread(), false, end),
        "one_worker" => on(Builder::new_multi_thread(), true, end),
        "workers" => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(3);
            let runtime = builder.enable_time().build().expect("a runtime");
            let guard = runtime.block_on(async {
                let guard = init();
                let calls: Vec<_> = (0..SPANS).map(|number| tokio::spawn(call(number))).collect();
                for call in calls {
                    call.await.expect("it ends");
                }
                guard
            });
            runtime.block_on(async { deliver(guard, &end) })
        }
        "local_set" => {
            let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
            let set = LocalSet::new();
            set.block_on(&runtime, async { tokio::task::spawn_local(inside(end)).await.expect("it ends") })
        }
        "smol" => smol::block_on(smol::spawn(async {
            smol::Timer::after(Duration::from_millis(1)).await;
            inside(end).await
        })),
        other => panic!("no such runtime: {other}"),
    };
    timed(|| drop(guard));
}

/// Runs it in `block_on`, or in a task of the runtime's only worker.
fn on(mut builder: Builder, spawned: bool, end: String) -> Option<Guard> {
    builder.enable_time();
    if spawned {
        builder.worker_threads(1);
    }
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async {
        match spawned {
            true => tokio::spawn(inside(end)).await.expect("it ends"),
            false => inside(end).await,
        }
    })
}
