//! A gauge can be told by a closure: what it returns is a number, or none for the moment.
#![deny(warnings)]

use std::sync::{Arc, Mutex};

obs::metrics! {
    /// Jobs that wait.
    static WAITING: Gauge = "jobs_waiting";
    /// Connections.
    static CONNECTIONS: Gauge = "connections" { role: Role, shard: Shard };
}

#[derive(obs::Label, Clone, Copy)]
enum Role {
    Reader,
}

#[derive(obs::Label, Clone, Copy)]
#[label(max = 3)]
struct Shard(u8);

fn main() {
    let jobs = Arc::new(Mutex::new(vec![1, 2, 3]));
    let seen = Arc::downgrade(&jobs);
    WAITING.observe(move || seen.upgrade().map(|jobs| jobs.lock().unwrap().len()));
    CONNECTIONS.with(CONNECTIONS { role: Role::Reader, shard: Shard(2) }).observe(|| 0.5);
}
