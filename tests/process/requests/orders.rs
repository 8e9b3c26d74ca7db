//! A service of gRPC, as generated code writes it, and its client: messages are texts.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::{Request, Response};
use bytes::{Buf, BufMut};
use obs::http::{ClientLayer, ServerLayer};
use tonic::Status;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::NamedService;
use tonic::transport::Channel;
use tower::{Layer, service_fn};

/// Writes and reads texts.
#[derive(Clone, Copy, Default)]
struct Texts;

impl Codec for Texts {
    type Encode = String;
    type Decode = String;
    type Encoder = Texts;
    type Decoder = Texts;

    fn encoder(&mut self) -> Texts {
        Texts
    }

    fn decoder(&mut self) -> Texts {
        Texts
    }
}

impl Encoder for Texts {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for Texts {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = from.copy_to_bytes(from.remaining());
        Ok(Some(String::from_utf8(bytes.to_vec()).unwrap()))
    }
}

#[derive(Clone)]
struct Orders;

impl NamedService for Orders {
    const NAME: &'static str = "shop.Orders";
}

async fn place(request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
    let caller = obs::extract(request.metadata()).span_context().expect("metadata carries a context");
    assert_eq!(Some(caller.trace_id), obs::current().map(|here| here.trace_id));
    if request.get_ref() == "nothing" {
        return Err(Status::invalid_argument("nothing was ordered"));
    }
    super::look_up().await;
    Ok(tonic::Response::new(format!("placed: {}", request.get_ref())))
}

impl tower::Service<Request<Body>> for Orders {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async move {
            Ok(match request.uri().path() {
                "/shop.Orders/Place" => {
                    tonic::server::Grpc::new(Texts).unary(service_fn(place), request).await
                }
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

/// Serves it on a free port.
pub(super) async fn serve() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder().layer(ServerLayer::new()).add_service(Orders);
    tokio::spawn(server.serve_with_incoming(tonic::transport::server::TcpIncoming::from(listener)));
    address
}

pub(super) struct Client(tonic::client::Grpc<obs::http::Client<Channel>>);

impl Client {
    pub(super) fn connect(server: SocketAddr) -> Self {
        let channel = Channel::from_shared(format!("http://{server}")).unwrap().connect_lazy();
        Client(tonic::client::Grpc::new(ClientLayer::new().layer(channel)))
    }

    pub(super) async fn call(&mut self, method: &str, message: &str) -> Result<String, Status> {
        self.0.ready().await.unwrap();
        let path = format!("/shop.Orders/{method}").parse().unwrap();
        let request = tonic::Request::new(message.to_owned());
        Ok(self.0.unary(request, path, Texts).await?.into_inner())
    }
}
