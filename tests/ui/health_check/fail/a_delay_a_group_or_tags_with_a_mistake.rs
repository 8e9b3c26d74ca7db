use obs::health_check;

#[health_check(initial_delay = "soon", tags())]
fn empty() {}

#[health_check(initial_delay = 30, tags(eu, "eu"))]
fn twice() {}

#[health_check(tags = "eu", initial_delay = "25h")]
fn no_list() {}

#[health_check(tags, group)]
fn alone() {}

#[health_check(tags(1, eu-west, a::b, ok), group = 1)]
fn no_words() {}

fn main() {
    empty();
    twice();
    no_list();
    alone();
    no_words();
}
