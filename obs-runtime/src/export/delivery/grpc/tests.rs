use super::*;

#[test]
fn a_time_has_eight_digits_at_most() {
    let millis = Duration::from_millis;
    assert_eq!(grpc_timeout(Duration::ZERO), "1m", "no time at all would be an error");
    assert_eq!(grpc_timeout(millis(10_000)), "10000m");
    assert_eq!(grpc_timeout(millis(99_999_999)), "99999999m");
    assert_eq!(grpc_timeout(millis(100_000_000)), "100000S");
    assert_eq!(grpc_timeout(Duration::MAX), "99999999S");
}
