obs::metrics! {
    /// Jobs that wait.
    static WAITING: Gauge = "jobs_waiting";
    /// Connections.
    static CONNECTIONS: Gauge = "connections" { primary: bool };
}

fn main() {
    let here = std::cell::Cell::new(1.0);
    WAITING.observe(|| "three");
    WAITING.observe(move || here.get());
    CONNECTIONS.observe(|| 1.0);
}
