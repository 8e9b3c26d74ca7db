use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;

use obs::traced;

#[traced]
fn opaque() -> impl Display {
    missing_in_opaque()
}

#[traced]
fn opaque_future() -> impl Future<Output = u8> {
    async { missing_in_future() }
}

#[traced]
fn another_type() -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async { "text" })
}

#[traced]
async fn asynchronous() -> impl Display {
    missing_in_async()
}

#[traced]
fn of_an_unknown_type() -> Missing {
    todo!()
}

#[traced]
fn method() -> Option<u8> {
    1u8.missing_method()
}

fn main() {
    drop((opaque(), opaque_future(), another_type(), asynchronous(), of_an_unknown_type(), method()));
}
