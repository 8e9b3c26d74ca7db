use obs::testing::Telemetry;

#[obs::test]
fn two(t: &Telemetry, n: u64) {}

#[obs::test]
fn owned(t: Telemetry) {}

#[obs::test]
fn changed(t: &mut Telemetry) {}

#[obs::test]
fn generic<T, const N: usize>(t: &Telemetry) {}

#[obs::test]
unsafe fn risky(t: &Telemetry) {}

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
