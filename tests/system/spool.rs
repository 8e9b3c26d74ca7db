//! A service that is killed in the middle of an outage: what it had on disk, the next one delivers, once.

use std::collections::BTreeSet;

use mock_collector::{MockServer, Protocol};
use obs_tests::{Program, Scrape, free_port, scratch_dir, shop, wait_for};

const TRACES: [(&str, &str); 2] = [("signal", "traces"), ("exporter", "otlp")];

/// What a scrape says of the traces.
struct Account {
    met: f64,
    spooled: f64,
    recovered: f64,
    dropped: f64,
}

impl Account {
    /// Reads it, and sees that it adds up.
    fn of(admin: &str) -> Option<Account> {
        let scrape = Scrape::of(admin)?;
        let count = |name| scrape.sum(name, &TRACES).unwrap_or_default();
        let account = Account {
            met: count("obs_exported_total") + count("obs_rejected_total"),
            spooled: count("obs_spooled_items"),
            recovered: count("obs_recovered_total"),
            dropped: count("obs_dropped_total"),
        };
        let left = count("obs_queue_items") + account.spooled;
        let came = count("obs_accepted_total") + account.recovered;
        assert_eq!(
            came,
            account.met + account.dropped + left,
            "every span has met its fate, waits or is on disk"
        );
        Some(account)
    }
}

fn start(folder: &std::path::Path, endpoint: &str) -> (Program, String) {
    let mut shop = Program::start(
        shop(&["--seconds", "60"])
            .env("OBS_SPOOL", folder)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .env("OTEL_METRICS_EXPORTER", "none")
            .env("OTEL_EXPORTER_OTLP_TIMEOUT", "500")
            .env("OTEL_BSP_SCHEDULE_DELAY", "100"),
    );
    let admin = shop.wait_for_word("admin: http://").trim_end_matches('/').to_owned();
    (shop, admin)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_service_had_on_disk_the_next_one_delivers_once() {
    let (folder, port) = (scratch_dir(), free_port());
    let endpoint = format!("http://127.0.0.1:{port}");
    let (mut killed, admin) = start(&folder, &endpoint);
    let spooled = wait_for("spans on disk", || {
        let account = Account::of(&admin)?;
        assert_eq!(account.dropped, 0.0, "an outage costs nothing");
        (account.spooled > 20.0).then_some(account.spooled)
    });
    killed.signal("KILL");
    killed.wait();

    let server = MockServer::builder().protocol(Protocol::HttpBinary).port(port).start().await.unwrap();
    let (_next, admin) = start(&folder, &endpoint);
    let account = wait_for("the disk to be empty", || {
        let account = Account::of(&admin)?;
        (account.recovered > 0.0 && account.spooled == 0.0).then_some(account)
    });
    assert!(account.recovered >= spooled && account.met >= account.recovered, "{spooled}");
    server
        .with_collector(|collector| {
            let spans = collector.spans();
            let ids: BTreeSet<_> = spans.iter().map(|s| s.span().span_id.clone()).collect();
            assert_eq!(ids.len(), spans.len(), "a span arrived twice");
            assert!(ids.len() as f64 >= account.met, "{} of {}", ids.len(), account.met);
        })
        .await;
    std::fs::remove_dir_all(folder).unwrap();
}
