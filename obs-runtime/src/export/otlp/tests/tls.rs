//! Connections by TLS: whom we trust, whom we show ourselves to, and what people are told.

use rcgen::date_time_ymd;

use super::authority::{Authority, BOTH, Folder, Identity, NEW, OLD, door};
use super::door::Door;
use super::*;
use crate::export::delivery::TlsFiles;

const HTTP1: &[&[u8]] = &[b"http/1.1"];

/// Settings for a collector by TLS, at a host of that name.
fn secured(collector: &Collector, host: &str, tls: TlsFiles) -> OtlpConfig {
    let plain = local(collector);
    let endpoint = format!("https://{host}:{}/v1/traces", collector.address.port());
    OtlpConfig { endpoint, tls, ..plain }
}

fn plain_door(identity: &Identity) -> Door {
    door(identity, BOTH, None, HTTP1)
}

/// Sends one span to where it cannot arrive, and returns what people are told.
#[track_caller]
fn refused(config: OtlpConfig) -> String {
    let pipeline = Pipeline::new(with(config, |s| Settings { reconnect_delay: SOON, ..s }));
    assert_eq!(pipeline.deliver(1).dropped(Reason::RetryExhausted), 1);
    let (severity, line) = pipeline.notices.try_recv().unwrap();
    assert_eq!(severity, Severity::Warn);
    line
}

#[test]
fn spans_reach_a_collector_whose_authority_is_named() {
    let (authority, folder) = (Authority::new(), Folder::new());
    for versions in [BOTH, OLD, NEW] {
        let collector = Collector::behind(door(&authority.local(), versions, None, HTTP1), []);
        for host in ["localhost", "127.0.0.1"] {
            let pipeline = Pipeline::new(secured(&collector, host, folder.trust(&authority)));
            assert_eq!(pipeline.deliver(3).exported, 3, "{host}");
            assert_eq!(pipeline.deliver(2).exported, 5, "{host}");
            assert_eq!(pipeline.notices.try_iter().count(), 0);
        }
        let arrived: Vec<_> = collector.arrived.try_iter().map(|a| (a.connection, a.spans().len())).collect();
        assert_eq!(arrived, [(0, 3), (0, 2), (1, 3), (1, 2)], "connections are kept");
    }
}

#[test]
fn an_address_of_the_new_kind_is_a_name_too() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let Ok(_) = std::net::TcpListener::bind("[::1]:0") else { return }; // a machine without
    let collector = Collector::behind_on("[::1]:0", plain_door(&authority.local()), []);
    let pipeline = Pipeline::new(secured(&collector, "[::1]", folder.trust(&authority)));
    assert_eq!(pipeline.deliver(1).exported, 1);
}

#[test]
fn a_server_that_agrees_on_no_protocol_is_taken_at_http_1() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let collector = Collector::behind(door(&authority.local(), BOTH, None, &[]), []);
    let pipeline = Pipeline::new(secured(&collector, "localhost", folder.trust(&authority)));
    assert_eq!(pipeline.deliver(1).exported, 1);
}

#[test]
fn nothing_is_said_to_who_is_not_the_collector() {
    let (authority, other, folder) = (Authority::new(), Authority::new(), Folder::new());
    let expired = authority.issue(&["localhost"], |params| params.not_after = date_time_ymd(2001, 1, 1));
    let future = authority.issue(&["localhost"], |params| params.not_before = date_time_ymd(4000, 1, 1));
    let elsewhere = authority.issue(&["elsewhere.example"], |_| {});
    let cases = [
        (other.local(), "nobody who is trusted issued its certificate; name its authority by"),
        (expired, "certificate expired"),
        (future, "certificate not valid yet"),
        (elsewhere, "certificate not valid for name \"localhost\""),
    ];
    for (identity, why) in cases {
        let collector = Collector::behind(plain_door(&identity), []);
        let line = refused(secured(&collector, "localhost", folder.trust(&authority)));
        assert!(line.contains("no connection: ") && line.contains(why), "{why}: {line}");
        assert_eq!(collector.arrived.try_iter().count(), 0);
    }
}

#[test]
fn the_system_trusts_nobody_of_ours() {
    let collector = Collector::behind(plain_door(&Authority::new().local()), []);
    let line = refused(secured(&collector, "localhost", TlsFiles::default()));
    assert!(line.contains("nobody who is trusted issued its certificate"), "{line}");
}

#[test]
fn a_client_shows_its_certificate_where_it_has_one() {
    let (authority, clients, folder) = (Authority::new(), Authority::new(), Folder::new());
    for versions in [OLD, NEW] {
        let guarded = door(&authority.local(), versions, Some(&clients), HTTP1);
        let collector = Collector::behind(guarded, []);
        let known = folder.identify(&authority, &clients.local());
        assert_eq!(Pipeline::new(secured(&collector, "localhost", known)).deliver(2).exported, 2);
        let missing = refused(secured(&collector, "localhost", folder.trust(&authority)));
        let wrong = folder.identify(&authority, &authority.local());
        let wrong = refused(secured(&collector, "localhost", wrong));
        for (line, guess) in
            [(missing, "may want a certificate of ours"), (wrong, "may not accept our certificate")]
        {
            // By TLS 1.2 it is part of the handshake, and told.
            let told = line.contains("it does not accept our certificate (") || line.contains("fatal alert");
            assert!(told || line.contains(guess), "{line}");
            assert!(told || versions == NEW, "{line}");
        }
        assert_eq!(collector.arrived.try_iter().count(), 1);
    }
}

#[test]
fn a_certificate_of_ours_that_is_not_accepted_is_tried_at_the_pace_of_connections() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let guarded = door(&authority.local(), NEW, Some(&Authority::new()), HTTP1);
    let collector = Collector::behind(guarded, []);
    let pipeline = Pipeline::new(with(secured(&collector, "localhost", folder.trust(&authority)), |s| {
        Settings { reconnect_delay: SOON, batch: 1, max_batch: 1, ..s }
    }));
    pipeline.put(1);
    super::collector::wait_until(|| pipeline.account().dropped(Reason::RetryExhausted) == 1);
    assert_eq!(collector.entered(), 1);
    pipeline.put(3);
    pipeline.worker.flush(Duration::from_millis(200)).unwrap_err();
    assert_eq!(collector.entered(), 2, "a flush is worth an attempt at once, and the next comes later");
}

#[test]
fn who_speaks_plainly_and_who_does_not() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let plain = Collector::start([]);
    let line = refused(secured(&plain, "localhost", folder.trust(&authority)));
    assert!(line.contains("it does not speak TLS there; write `http` where that is meant"), "{line}");
    let secure = Collector::behind(plain_door(&authority.local()), []);
    let line = refused(local(&secure));
    assert!(line.contains("where it speaks TLS, write `https`"), "{line}");
}

#[test]
fn a_handshake_that_hangs_ends_at_the_deadline() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}/v1/traces", silent.local_addr().unwrap());
    let config = OtlpConfig { endpoint, tls: folder.trust(&authority), ..config("unused") };
    let pipeline = Pipeline::new(with(config, |s| Settings { timeout: Duration::from_millis(50), ..s }));
    assert_eq!(pipeline.deliver(2).dropped(Reason::Timeout), 2);
}

#[test]
fn files_that_cannot_be_used_are_named_and_not_shown() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let (client, other) = (authority.local(), authority.local());
    let good = folder.identify(&authority, &client);
    let with = |change: &dyn Fn(&mut TlsFiles)| {
        let mut tls = good.clone();
        change(&mut tls);
        let config = OtlpConfig { tls, ..OtlpConfig::new("https://localhost:4318/v1/traces") };
        let notices: Notices = Arc::new(|_, _| {});
        otlp_spans(config, &Arc::new(Ledger::default()), &notices).map(drop)
    };
    assert_eq!(with(&|_| {}), Ok(()));
    let secret = "c2VjcmV0IHRoYXQgbm9ib2R5IG1heSBzZWU=";
    let missing = Some(folder.path("missing.pem"));
    let empty = Some(folder.write("empty.pem", ""));
    let torn = Some(folder.write("torn.pem", &format!("-----BEGIN PRIVATE KEY-----\n{secret}\n")));
    let none = format!("-----BEGIN CERTIFICATE-----\n{secret}\n-----END CERTIFICATE-----\n");
    let none = Some(folder.write("none.pem", &none));
    let locked =
        format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{secret}\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let locked = Some(folder.write("locked.pem", &locked));
    let foreign = Some(folder.write("foreign.pem", &other.key.serialize_pem()));
    let directory = Some(folder.path(""));
    let ca = |path: &Option<std::path::PathBuf>| with(&|tls| tls.certificate.clone_from(path));
    let cert = |path: &Option<std::path::PathBuf>| with(&|tls| tls.client_certificate.clone_from(path));
    let key = |path: &Option<std::path::PathBuf>| with(&|tls| tls.client_key.clone_from(path));
    let cases = [
        (ca(&missing), "CERTIFICATE", "missing.pem` cannot be read: No such file"),
        (ca(&directory), "CERTIFICATE", "cannot be read: "),
        (ca(&empty), "CERTIFICATE", "empty.pem` holds no certificate as PEM; name a file that begins with"),
        (ca(&torn), "CERTIFICATE", "torn.pem` holds no certificate as PEM"),
        (ca(&none), "CERTIFICATE", "none.pem` holds a certificate that is none"),
        (cert(&missing), "CLIENT_CERTIFICATE", "missing.pem` cannot be read"),
        (cert(&empty), "CLIENT_CERTIFICATE", "empty.pem` holds no certificate"),
        (
            cert(&None),
            "CLIENT_KEY",
            "of use only with its counterpart; write `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`",
        ),
        (
            key(&None),
            "CLIENT_CERTIFICATE",
            "of use only with its counterpart; write `OTEL_EXPORTER_OTLP_CLIENT_KEY`",
        ),
        (key(&missing), "CLIENT_KEY", "missing.pem` cannot be read"),
        (key(&torn), "CLIENT_KEY", "torn.pem` holds no private key as PEM"),
        (key(&locked), "CLIENT_KEY", "locked.pem` holds no private key as PEM without a password"),
        (
            key(&foreign),
            "CLIENT_KEY",
            "it is not the key of the client's certificate; name the key that belongs to",
        ),
    ];
    for (made, option, what) in cases {
        let error = made.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.option(), Some(format!("OTEL_EXPORTER_OTLP_{option}").as_str()), "{text}");
        assert!(text.contains(what), "{what}: {text}");
        assert!(!text.contains(secret) && !format!("{error:?}").contains(secret), "{text}");
    }
}

#[test]
fn files_of_tls_are_not_even_read_where_nothing_is_secured() {
    let collector = Collector::start([]);
    let tls = TlsFiles { certificate: Some("/nowhere/ca.pem".into()), ..TlsFiles::default() };
    assert_eq!(Pipeline::new(OtlpConfig { tls, ..local(&collector) }).deliver(1).exported, 1);
}

#[test]
fn accounts_hold_by_tls_under_a_collector_that_does_everything() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let collector = Collector::behind(plain_door(&authority.local()), (0..40).map(Reply::of_everything));
    let config = secured(&collector, "localhost", folder.trust(&authority));
    let timeout = Duration::from_millis(100);
    let pipeline = Pipeline::new(with(config, |s| Settings { batch: 16, max_batch: 16, timeout, ..s }));
    pipeline.put(1_000);
    pipeline.worker.shutdown(SOON).unwrap();
    balanced(&pipeline.ledger, 0);
    assert_eq!(pipeline.account().accepted, 1_000);
}
