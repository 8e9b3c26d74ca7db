#[health_check(liveness)]
fn disk() -> bool {
    true
}
