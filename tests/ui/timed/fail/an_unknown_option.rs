use obs::timed;

#[timed(in_fligth)]
fn slip() {}

#[timed(in_flight = true)]
fn value() {}

fn main() {
    slip();
    value();
}
