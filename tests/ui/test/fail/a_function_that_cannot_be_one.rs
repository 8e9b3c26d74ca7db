use obs::testing::Telemetry;

#[obs::test]
fn two(_t: &Telemetry, _n: u64) {}

#[obs::test]
fn owned(_t: Telemetry) {}

#[obs::test]
fn changed(_t: &mut Telemetry) {}

#[obs::test]
fn generic<T, const N: usize>(_t: &Telemetry) {}

#[obs::test]
unsafe fn risky(_t: &Telemetry) {}

struct Shop;

impl Shop {
    #[obs::test]
    fn open(&self) {}
}

#[obs::test]
struct Closed;

#[obs::test(flavor = "multi_thread")]
async fn fast() {}

fn main() {}
