use obs::health_check;

#[health_check(name = "..")]
fn dots() {}

#[health_check]
fn _database() {}

#[health_check(group = "/storage", tags("-eu"))]
fn words() {}

#[health_check(
    name = "a-name-that-nobody-wants-to-read-in-a-report-and-that-no-label-of-any-metric-should-have-to-hold-ever"
)]
fn long() {}

fn main() {
    dots();
    _database();
    words();
    long();
}
