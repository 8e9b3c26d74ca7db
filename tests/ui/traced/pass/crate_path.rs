#![deny(warnings)]

mod telemetry {
    pub use ::obs::*;
    pub use ::obs::__private;
}

#[telemetry::traced(crate = crate::telemetry)]
#[telemetry::counted]
fn fused() {}

#[telemetry::observed(crate = telemetry)]
async fn observed() {}


#[telemetry::health_check(crate = self::telemetry)]
fn check() {}

fn main() {
    fused();
    drop(observed());
    let names = || {
        telemetry::__private::CATALOG.iter().filter_map(|entry| match entry {
            telemetry::__private::Entry::Function(callsite) => Some(callsite.site().name),
            _ => None,
        })
    };
    assert_eq!(names().filter(|name| *name == "fused").count(), 1, "fused into one");
    assert_eq!(names().filter(|name| *name == "observed").count(), 1);
    check();
}
