//! Several services in one process stay apart.

use obs::testing::capture;

#[obs::observed]
fn work() {
    tracing::info!("working");
}

#[obs::traced]
async fn ask() {
    work();
    obs::service("services-worker").scope(async { work() }).await;
}

#[test]
fn spans_and_logs_carry_the_service_they_were_made_under() {
    capture(|t| {
        crate::block_on(obs::service("services-api").scope(ask()));
        let services: Vec<_> =
            t.spans().iter().map(|s| (s.name.to_string(), s.resource.service.to_string())).collect();
        let expected = [("work", "services-api"), ("work", "services-worker"), ("ask", "services-api")];
        assert_eq!(services, expected.map(|(name, service)| (name.to_owned(), service.to_owned())));
        let logs: Vec<_> = t.logs().iter().map(|l| l.resource.service.to_string()).collect();
        assert_eq!(logs, ["services-api", "services-worker"]);
    });
}

#[test]
fn a_child_outside_the_scope_belongs_to_its_parent_s_service() {
    capture(|t| {
        let span = obs::service("services-parent").in_scope(|| tracing::info_span!("parent"));
        span.in_scope(work);
        drop(span);
        assert!(t.spans().iter().all(|s| s.resource.service == "services-parent"));
        assert!(t.logs().iter().all(|l| l.resource.service == "services-parent"));
    });
}
