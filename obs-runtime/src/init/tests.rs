//! What is refused before anything starts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

use std::time::Duration;

use crate::health::{Check, memory};

#[test]
fn wrong_checks_are_all_told() {
    let fine = || Check::new("fine", async || ());
    let refused = crate::builder()
        .admin_off()
        .health_check(memory("memory").degraded_above(f64::NAN))
        .health_check(fine().timeout(Duration::from_secs(60)))
        .health_check(Check::new("..", async || ()))
        .init()
        .unwrap_err()
        .to_string();
    let told: Vec<_> = refused.split("; health check ").collect();
    assert_eq!(told.len(), 3, "{refused}");
    assert!(told[0].starts_with("health check `memory`: ") && told[1].starts_with("`fine`: "), "{refused}");
    assert!(told[2].starts_with("`..`: a name consists of "), "{refused}");

    let many = (0..1_001).fold(crate::builder().admin_off(), |builder, n| {
        builder.health_check(Check::new(format!("c{n}"), async || ()))
    });
    let refused = many.init().unwrap_err().to_string();
    assert!(refused.contains("there are 1000 checks already"), "{refused}");

    let missing = crate::builder().admin_off().expect_health(["x", "nope", "x"]).init().unwrap_err();
    assert!(missing.to_string().contains(": nope, x; use their crate"), "{missing}");
}
