//! A health check: a function, run on its own schedule; probes read its last result.
//!
//! ```text
//! 200 ok
//! ```

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use obs::health_check;

struct Oven {
    celsius: u32,
}

/// Bread needs heat.
#[health_check(name = "oven", readiness, critical, interval = "1s", timeout = "100ms")]
fn oven(oven: obs::State<Oven>) -> Result<(), &'static str> {
    if oven.celsius > 200 { Ok(()) } else { Err("cold") }
}

fn main() -> Result<(), Box<dyn Error>> {
    let obs = obs::builder().admin_port(0).log("warn").init()?;
    obs.provide(Oven { celsius: 230 });
    let admin = obs.admin_addr().ok_or("the admin server is off")?;
    let answer = loop {
        let answer = get(admin, "/readyz")?; // 503 until the check has run
        if answer.starts_with("200") {
            break answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    println!("{answer}");
    Ok(())
}

fn get(server: SocketAddr, path: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(server)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    Ok(format!("{status} {}", body.trim_end()))
}
