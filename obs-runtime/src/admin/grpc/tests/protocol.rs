//! What is no call, or a broken one.

use super::*;

/// Returns the code of a call with headers of one's own.
async fn code(client: &mut Client, frame: Bytes, headers: &[(&'static str, &'static str)]) -> String {
    let mut request = client.request("Check", frame);
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    client.call(request).await.code
}

#[tokio::test]
async fn a_broken_message_has_the_status_of_the_documentation() {
    let mut client = Client::connect(serve(&monitor(), Limits::default())).await;
    let frame = |bytes: &'static [u8]| Bytes::from_static(bytes);
    let twice = [asked(""), asked("")].concat();
    let named = |length: usize| asked(&"x".repeat(length));
    let cases = [
        ("an empty message", framed(b""), "0"),
        ("fields that nobody knows", framed(b"\x12\x01x\x18\x07"), "0"),
        ("no message", Bytes::new(), "12"),
        ("two messages", twice.into(), "12"),
        ("half a head", frame(b"\0\0\0"), "13"),
        ("less than it says", frame(b"\0\0\0\0\x03\x0a\x01"), "13"),
        ("no protobuf", framed(b"\x0a\x09x"), "13"),
        ("a name that is a number", framed(b"\x08\x01"), "13"),
        ("a name that is no text", framed(b"\x0a\x01\xff"), "13"),
        ("compressed by nothing", frame(b"\x01\0\0\0\0"), "13"),
        ("a flag that there is not", frame(b"\x02\0\0\0\0"), "13"),
        ("a length beyond all", frame(b"\0\xff\xff\xff\xff"), "8"),
        ("the longest name", named(4096 - 3), "5"),
        ("a longer name", named(4096 - 2), "8"),
        ("a message of 1 MiB", named(1 << 20), "8"),
    ];
    for (what, frame, expected) in cases {
        assert_eq!(code(&mut client, frame, &[]).await, expected, "{what}");
    }
    let gzip = &[("grpc-encoding", "gzip")];
    assert_eq!(code(&mut client, frame(b"\x01\0\0\0\0"), gzip).await, "12", "compressed");
    assert_eq!(code(&mut client, asked(""), gzip).await, "0", "it may be, and is not");
    let json = &[("content-type", "application/grpc+json")];
    assert_eq!(code(&mut client, asked(""), json).await, "12", "no protobuf");
}

#[tokio::test]
async fn a_deadline_is_kept_and_one_that_cannot_be_read_is_told() {
    let mut client = Client::connect(serve(&monitor(), Limits::default())).await;
    assert_eq!(code(&mut client, asked(""), &[("grpc-timeout", "1S")]).await, "0");
    assert_eq!(code(&mut client, asked(""), &[("grpc-timeout", "0n")]).await, "4");
    assert_eq!(code(&mut client, asked(""), &[("grpc-timeout", "soon")]).await, "13");
}

#[tokio::test]
async fn other_methods_and_services_are_unimplemented() {
    let mut client = Client::connect(serve(&monitor(), Limits::default())).await;
    for path in
        ["/grpc.health.v1.Health/Reset", "/grpc.health.v1.Health/", "/shop.v1.Orders/Place", "/readyz"]
    {
        let mut request = client.request("Check", asked(""));
        *request.uri_mut() = format!("http://{}{path}", client.address).parse().unwrap();
        assert_eq!(client.call(request).await.code, "12", "{path}");
    }
}

#[tokio::test]
async fn what_is_no_call_is_told_in_http() {
    let mut client = Client::connect(serve(&monitor(), Limits::default())).await;
    let kind = |kind: &'static str| {
        let mut request = client.request("Check", asked(""));
        request.headers_mut().insert("content-type", kind.parse().unwrap());
        request
    };
    let (json, mut get) = (kind("application/json"), kind("application/grpc"));
    *get.method_mut() = http::Method::GET;
    for (request, status) in [(json, 415), (get, 405)] {
        client.sender.ready().await.unwrap();
        let response = client.sender.send_request(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
}

#[tokio::test]
async fn every_route_is_there_by_http_2_as_by_http_1() {
    let monitor = monitor();
    let address = serve(&monitor, Limits::default());
    let mut client = Client::connect(address).await;
    let mut get = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(format!("http://{address}{path}"));
        client.sender.ready().await.unwrap();
        let response = client.sender.send_request(request.body(Full::default()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let text = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(text.to_vec()).unwrap())
    };
    assert_eq!(get("GET", "/readyz").await, (200, "ok\n".to_owned()));
    assert_eq!(get("HEAD", "/readyz").await, (200, String::new()));
    assert_eq!(get("GET", "/metrics").await, (200, "metric 1\n".to_owned()));
    assert_eq!(get("POST", "/readyz").await.0, 405);
    assert_eq!(get("GET", "/nothing").await.0, 404);
    monitor.leave();
    assert_eq!(get("GET", "/readyz").await.0, 503);
}

#[tokio::test]
async fn a_foreign_name_is_denied() {
    let mut client = Client::connect(serve(&monitor(), Limits::default())).await;
    let mut request = client.request("Check", asked(""));
    *request.uri_mut() = "http://evil.example/grpc.health.v1.Health/Check".parse().unwrap();
    assert_eq!(client.call(request).await.code, "7", "PERMISSION_DENIED");
    let request = Request::get("http://evil.example/readyz").body(Full::default()).unwrap();
    client.sender.ready().await.unwrap();
    assert_eq!(client.sender.send_request(request).await.unwrap().status(), StatusCode::FORBIDDEN);
}

/// What `grpc.health.v1` and Kubernetes' probe of gRPC say: only `SERVING` is healthy, a service that is not there is an
/// error of its own, and so is a server that does not answer in time.
#[tokio::test]
async fn a_probe_of_kubernetes_tells_serving_from_all_else() {
    let monitor = monitor();
    let (database, up) = switched("db");
    monitor.add(database.group("shop.v1.Orders")).unwrap();
    until(&monitor, true).await;
    let address = serve(&monitor, Limits::default());
    // A connection for each probe, and a deadline with each.
    let probe = async |service: &str| {
        let mut client = Client::connect(address).await;
        let mut request = client.request("Check", asked(service));
        request.headers_mut().insert("grpc-timeout", "20S".parse().unwrap());
        let answer = client.call(request).await;
        answer.code == "0" && serving(&answer.messages) == ServingStatus::Serving
    };
    assert_eq!(
        (probe("").await, probe("shop.v1.Orders").await, probe("shop.v1.Bills").await),
        (true, true, false)
    );
    up.store(false, Ordering::SeqCst);
    until(&monitor, false).await;
    assert_eq!(
        (probe("").await, probe("shop.v1.Orders").await, probe("liveness").await),
        (false, false, true)
    );
}
