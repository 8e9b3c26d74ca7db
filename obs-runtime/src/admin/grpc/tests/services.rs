//! What a name stands for.

use super::*;

#[tokio::test]
async fn probes_groups_and_checks_are_services() {
    let monitor = monitor();
    let (database, up) = switched("db");
    let never = || Check::new("", std::future::pending::<()>).interval(Duration::from_secs(3600));
    let never =
        |name: &'static str| Check { name: name.into(), ..never().timeout(Duration::from_secs(1800)) };
    monitor.add(database.group("shop.v1.Orders")).unwrap();
    monitor.add(never("warm").startup().group("starting")).unwrap();
    monitor.add(never("loop").liveness()).unwrap();
    monitor.add(never("mail").group("extras")).unwrap();
    let address = serve(&monitor, Limits::default());
    let mut client = Client::connect(address).await;
    soon(async { while client.check("").await != Ok(ServingStatus::Serving) {} }).await;
    let expected = [
        ("", ServingStatus::Serving),
        ("readiness", ServingStatus::Serving),
        ("liveness", ServingStatus::Serving), // unknown is no reason to be restarted
        ("startup", ServingStatus::NotServing),
        ("shop.v1.Orders", ServingStatus::Serving),
        ("starting", ServingStatus::NotServing),
        ("extras", ServingStatus::Serving), // unknown, and not critical
        ("db", ServingStatus::Serving),
        ("warm", ServingStatus::Unknown),
        ("loop", ServingStatus::Unknown),
        ("mail", ServingStatus::Unknown),
    ];
    for (name, serving) in expected {
        assert_eq!(client.check(name).await, Ok(serving), "{name:?}");
    }
    assert_eq!(client.check("db ").await, Err("5".to_owned()), "NOT_FOUND");
    up.store(false, Ordering::SeqCst);
    soon(async { while client.check("").await != Ok(ServingStatus::NotServing) {} }).await;
    for name in ["", "readiness", "shop.v1.Orders", "db"] {
        assert_eq!(client.check(name).await, Ok(ServingStatus::NotServing), "{name:?}");
    }
    assert_eq!(client.check("liveness").await, Ok(ServingStatus::Serving));
}

#[tokio::test]
async fn readiness_is_not_served_before_the_first_run_nor_once_the_end_is_near() {
    let monitor = monitor();
    let (database, _up) = switched("db");
    monitor.add(database.group("storage").initial_delay(Duration::from_secs(3600))).unwrap();
    let mut client = Client::connect(serve(&monitor, Limits::default())).await;
    for (name, serving) in [
        ("", ServingStatus::NotServing),
        ("storage", ServingStatus::NotServing),
        ("db", ServingStatus::Unknown),
    ] {
        assert_eq!(client.check(name).await, Ok(serving), "{name:?}");
    }
    assert!(monitor.remove("db"));
    let (database, _up) = switched("db");
    monitor.add(database.group("storage")).unwrap();
    until(&monitor, true).await;
    for name in ["", "storage", "db"] {
        assert_eq!(client.check(name).await, Ok(ServingStatus::Serving), "{name:?}");
    }
    monitor.leave();
    for name in ["", "readiness", "storage"] {
        assert_eq!(client.check(name).await, Ok(ServingStatus::NotServing), "{name:?}");
    }
    for name in ["liveness", "startup", "db"] {
        assert_eq!(client.check(name).await, Ok(ServingStatus::Serving), "{name:?}");
    }
}

/// Reads a `HealthListResponse`.
fn listed(frame: &[u8]) -> Vec<(String, ServingStatus)> {
    assert_eq!(frame[..5], framed(&frame[5..])[..5], "one whole message");
    let entry = |field| {
        let Ok((1, Field::Bytes(entry))) = field else { panic!("{field:?}") };
        match Reader::new(entry).map(Result::unwrap).collect::<Vec<_>>()[..] {
            [(1, Field::Bytes(name)), (2, Field::Bytes(value))] => {
                (std::str::from_utf8(name).unwrap().to_owned(), of_message(value))
            }
            ref other => panic!("{other:?}"),
        }
    };
    Reader::new(&frame[5..]).map(entry).collect()
}

#[tokio::test]
async fn a_list_has_all_of_them_and_is_of_a_hundred_at_most() {
    let monitor = monitor();
    let later =
        |name: String| Check::new(name, || std::future::ready(())).initial_delay(Duration::from_secs(3600));
    monitor.add(later("db".to_owned()).critical().group("storage")).unwrap();
    monitor.add(later("files".to_owned()).group("storage")).unwrap();
    let mut client = Client::connect(serve(&monitor, Limits::default())).await;
    let answer = client.call(client.request("List", framed(b""))).await;
    let expected = [
        ("", ServingStatus::NotServing),
        ("db", ServingStatus::Unknown),
        ("files", ServingStatus::Unknown),
        ("liveness", ServingStatus::Serving),
        ("readiness", ServingStatus::NotServing),
        ("startup", ServingStatus::Serving),
        ("storage", ServingStatus::NotServing),
    ];
    assert_eq!(answer.code, "0");
    assert_eq!(listed(&answer.messages), expected.map(|(name, serving)| (name.to_owned(), serving)));
    for number in expected.len()..100 {
        monitor.add(later(format!("n{number}"))).unwrap();
    }
    let answer = client.call(client.request("List", framed(b""))).await;
    assert_eq!(listed(&answer.messages).len(), 100);
    monitor.add(later("one_more".to_owned())).unwrap();
    let answer = client.call(client.request("List", framed(b""))).await;
    assert_eq!((&*answer.code, answer.messages.len()), ("8", 0), "RESOURCE_EXHAUSTED: {}", answer.message);
    assert_eq!(client.check("one_more").await, Ok(ServingStatus::Unknown));
}

#[tokio::test]
async fn a_reason_is_never_told() {
    let monitor = monitor();
    let (database, up) = switched("db");
    up.store(false, Ordering::SeqCst);
    monitor.add(database).unwrap();
    let mut client = Client::connect(serve(&monitor, Limits::default())).await;
    soon(async { while client.check("db").await != Ok(ServingStatus::NotServing) {} }).await;
    for method in ["Check", "List"] {
        let answer = client.call(client.request(method, framed(b""))).await;
        assert_eq!(answer.code, "0");
        assert!(!format!("{answer:?}").contains("secret"), "{answer:?}");
    }
}
