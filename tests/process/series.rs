//! The series that a process may have, in a process of its own.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking, and its name says what holds

use obs::testing::Memory;

#[obs::counted(name = "tenants_total", tenant = dynamic(tenant, max = 1000))]
fn of_tenant(tenant: u32) {
    let _ = tenant;
}

#[obs::counted(name = "users_total", user = dynamic(user, max = 5))]
fn of_user(user: u32) {
    let _ = user;
}

#[test]
fn a_process_has_no_more_series_than_it_may_and_says_what_it_left_out() {
    let memory = Memory::default();
    let builder = obs::builder().admin_off().log("off").exporter(memory.clone());
    let guard = builder.max_series(100).init().unwrap();
    (0..500).for_each(of_tenant);
    (0..10).for_each(of_user);
    let text = guard.metrics_text();
    let found = |start: &str| text.lines().filter(|l| l.starts_with(start)).count();
    let tenants =
        text.lines().filter(|l| l.starts_with("tenants_total{tenant=") && l.contains("\"ok\"")).count();
    assert!((20..=25).contains(&tenants), "{tenants}, with four outcomes each");
    assert_eq!(found("users_total{user="), 0, "there was no room left");

    let sample = |series: String| {
        let value = text.lines().find_map(|l| l.strip_prefix(&series)?.trim().parse::<u64>().ok());
        value.unwrap_or_else(|| panic!("{series} in\n{text}"))
    };
    let late = 500 - u64::try_from(tenants).unwrap();
    assert_eq!(sample("tenants_total{otel_metric_overflow=\"true\",outcome=\"ok\"}".into()), late);
    let overflow =
        |metric, label| sample(format!("obs_metric_overflow_total{{metric=\"{metric}\",label=\"{label}\"}}"));
    assert_eq!((overflow("tenants_total", "tenant"), overflow("users_total", "user")), (late, 10));

    guard.flush(std::time::Duration::from_secs(60)).unwrap();
    let logs = memory.logs();
    let warnings: Vec<&str> =
        logs.iter().map(|l| l.body.as_str()).filter(|b| b.contains("OBS_MAX_SERIES")).collect();
    assert_eq!(warnings.len(), 2, "one for each label: {warnings:?}");
}
