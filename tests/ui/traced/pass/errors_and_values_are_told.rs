#![deny(warnings)]

use obs::traced;

const LEVEL: tracing::Level = tracing::Level::WARN;

#[derive(Debug)]
struct Declined;

#[traced(err(Debug), ret)]
fn result(ok: bool) -> Result<u8, Declined> {
    if ok { Ok(1) } else { Err(Declined) }
}

#[traced(err(level = self::LEVEL), ret(level = tracing::Level::INFO, Display,))]
async fn asynchronous<T: std::fmt::Display>(value: T) -> Result<T, Box<dyn std::error::Error>> {
    Ok(value)
}

#[traced(err(level = info), slow = "1.5s", sample = 1)]
fn opaque() -> Result<impl Iterator<Item = u8>, String> {
    Ok([1].into_iter())
}

#[traced(ret)]
fn unit() {}

#[traced(skip(_password, other), skip_all, slow = "1ms", sample = 0.5)]
async fn skipped(_password: &str, other: u8) -> u8 {
    other
}

#[traced(slow = "10s")]
async fn never() -> ! {
    loop {
        std::future::pending::<()>().await;
    }
}

fn main() {
    assert_eq!(result(true).unwrap(), 1);
    assert!(result(false).is_err());
    drop(asynchronous("a"));
    assert_eq!(opaque().unwrap().sum::<u8>(), 1);
    unit();
    drop(skipped("", 1));
    drop(never());
}
