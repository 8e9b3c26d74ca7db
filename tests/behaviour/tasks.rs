//! The context goes along to tasks and threads, and who is not told of it has none.

use std::sync::mpsc;
use std::time::Duration;

use obs::testing::{Telemetry, capture, capture_async};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

#[obs::traced]
fn part(name: &'static str) {
    tracing::info!("{name}");
}

#[obs::observed]
async fn everywhere() {
    obs::spawn(async { part("task") }).await.unwrap();
    obs::spawn_blocking(|| part("blocking")).await.unwrap();
    obs::spawn_thread(|| part("thread")).join().unwrap();
    let mut set = JoinSet::new();
    set.spawn(obs::carry_future(async { part("set") }));
    set.join_all().await;
    std::thread::scope(|scope| scope.spawn(obs::carry(|| part("scope"))).join().unwrap());
}

fn one_tree(t: &Telemetry) {
    let children = t.spans().len() - 1;
    assert_eq!(children, 5);
    let expected = ["task", "blocking", "thread", "set", "scope"].map(|name| {
        let (branch, rail) = if name == "scope" { ("`", " ") } else { ("|", "|") };
        format!("{branch}- part ok\n{rail}  * {name} level=INFO\n")
    });
    assert_eq!(t.tree(), format!("everywhere ok\n{}", expected.concat()));
    assert_eq!(t.logs().len(), 5);
    let trace = t.spans()[0].context.trace_id;
    assert!(t.logs().iter().all(|log| log.context.as_ref().unwrap().trace_id == trace));
}

#[test]
fn tasks_and_threads_are_children_of_who_spawned_them() {
    capture(|t| {
        crate::block_on(everywhere());
        one_tree(t);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn so_they_are_on_several_threads() {
    capture_async(async |t: &Telemetry| {
        obs::spawn(everywhere()).await.unwrap();
        one_tree(t);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_does_not_wait_for_its_tasks() {
    #[obs::traced]
    fn begin(go: oneshot::Receiver<()>, task: &mut Option<JoinHandle<()>>) {
        *task = Some(obs::spawn(async {
            go.await.unwrap();
            tracing::info!("outside of its own spans");
            part("late");
        }));
    }

    capture_async(async |t: &Telemetry| {
        let ((send, go), mut task) = (oneshot::channel(), None);
        begin(go, &mut task);
        assert_eq!(t.tree(), "begin ok\n");
        send.send(()).unwrap();
        task.unwrap().await.unwrap();
        assert_eq!(t.tree(), "begin ok\n`- part ok\n   * late level=INFO\n");
        // What is logged in the task has the ids, and its span has ended.
        let begin = t.spans()[0].context.clone();
        let log = t.logs().into_iter().find(|log| log.body.starts_with("outside")).unwrap();
        let context = log.context.clone().unwrap();
        assert_eq!((context.trace_id, context.span_id), (begin.trace_id, begin.span_id));
        assert!(!t.spans().iter().any(|span| span.parent_is_remote));
    })
    .await;
}

#[test]
fn headers_that_a_task_writes_carry_the_trace() {
    capture(|t| {
        crate::block_on(async {
            let span = tracing::info_span!("request");
            let task = span.in_scope(|| {
                obs::spawn(async {
                    // A task that a task spawns is a child as well.
                    obs::spawn(async { obs::current() }).await.unwrap()
                })
            });
            let context = task.await.unwrap().unwrap();
            drop(span);
            let request = t.spans()[0].context.clone();
            assert_eq!((context.trace_id, context.span_id), (request.trace_id, request.span_id));
            assert!(context.is_sampled());
        });
    });
}

#[test]
fn a_trace_from_elsewhere_goes_along_with_its_state() {
    let headers = std::collections::HashMap::from([
        ("traceparent".to_owned(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        ("tracestate".to_owned(), "vendor=opaque".to_owned()),
    ]);
    capture(|t| {
        let span = obs::continue_from(&obs::extract(&headers), || tracing::info_span!("request"));
        let sent = span.in_scope(|| {
            obs::spawn_thread(|| {
                let mut sent = std::collections::HashMap::new();
                part("inside");
                obs::inject(&mut sent);
                sent
            })
        });
        let sent: std::collections::HashMap<String, String> = sent.join().unwrap();
        drop(span);
        assert!(sent["traceparent"].starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
        assert!(sent["tracestate"].contains("vendor=opaque"), "{sent:?}");
        assert_eq!(t.tree().lines().nth(1), Some("`- part ok"), "{}", t.tree());
    });
}

#[test]
fn the_service_goes_along() {
    capture(|t| {
        crate::block_on(obs::service("tasks-api").scope(everywhere()));
        assert!(t.spans().iter().all(|span| span.resource.service == "tasks-api"));
        assert!(t.logs().iter().all(|log| log.resource.service == "tasks-api"));
        let outside_of_spans = obs::service("tasks-api")
            .in_scope(|| obs::spawn_thread(|| obs::Service::current().name()).join().unwrap());
        assert_eq!(outside_of_spans, "tasks-api");
    });
}

#[test]
fn what_is_spawned_otherwise_is_outside() {
    capture(|t| {
        std::thread::spawn(|| part("outside")).join().unwrap();
        assert_eq!(t.tree(), "");
        part("inside");
        assert_eq!(t.tree(), "part ok\n* inside level=INFO\n");
    });
}

#[test]
fn a_future_that_is_given_up_is_dropped_in_the_context() {
    struct Farewell;
    impl Drop for Farewell {
        fn drop(&mut self) {
            part("farewell");
        }
    }
    capture(|t| {
        let span = tracing::info_span!("request");
        let future = span.in_scope(|| {
            obs::carry_future(async {
                let _farewell = Farewell;
                std::future::pending::<()>().await;
            })
        });
        drop(span);
        let thread = std::thread::spawn(|| {
            crate::block_on(async { tokio::time::timeout(Duration::ZERO, future).await.unwrap_err() });
        });
        thread.join().unwrap();
        assert_eq!(t.tree(), "request\n`- part ok\n   * farewell level=INFO\n");
    });
}

#[test]
fn a_task_that_panics_leaves_nothing_behind() {
    capture(|t| {
        crate::block_on(async {
            let span = tracing::info_span!("request");
            let task = span.in_scope(|| obs::spawn(async { panic!("in the task") }));
            assert!(task.await.unwrap_err().is_panic());
            assert!(obs::current().is_none());
            part("after");
            assert_eq!(t.tree(), "part ok\n* after level=INFO\n");
        });
    });
}

#[test]
fn layers_see_whose_child_it_is() {
    let (send, lines) = mpsc::channel::<String>();
    struct Parents(mpsc::Sender<String>);
    impl<S> tracing_subscriber::Layer<S> for Parents
    where
        S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    {
        fn on_new_span(
            &self,
            _: &tracing::span::Attributes<'_>,
            id: &tracing::span::Id,
            cx: tracing_subscriber::layer::Context<'_, S>,
        ) {
            let span = cx.span(id).unwrap();
            let parent = span.parent().map_or("nobody", |parent| parent.name());
            self.0.send(format!("{} of {parent}", span.name())).unwrap();
        }
    }
    obs::testing::capture_with_layer(Parents(send), |t| {
        let span = tracing::info_span!("request");
        span.in_scope(|| obs::spawn_thread(|| part("thread")).join().unwrap());
        drop(span);
        assert_eq!(t.tree(), "request\n`- part ok\n   * thread level=INFO\n");
    });
    assert_eq!(lines.try_iter().collect::<Vec<_>>(), ["request of nobody", "part of request"]);
}

#[test]
fn under_a_registry_of_others_the_span_itself_goes_along() {
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry());
    let (id, work) = tracing::dispatcher::with_default(&dispatch, || {
        let span = tracing::info_span!("request");
        (span.id(), span.in_scope(|| obs::carry(|| tracing::Span::current().id())))
    });
    let there = std::thread::spawn(move || tracing::dispatcher::with_default(&dispatch, work));
    assert!(id.is_some());
    assert_eq!(there.join().unwrap(), id);
}
