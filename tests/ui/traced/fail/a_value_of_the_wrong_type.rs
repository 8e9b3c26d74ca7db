use obs::traced;

#[traced(name = 3)]
fn number() {}

#[traced(root = true)]
fn flag() {}

#[traced(name)]
fn missing() {}

#[traced(fields = "id")]
fn not_a_list() {}

#[traced(level = "loud")]
fn level() {}

#[traced(kind = sevrer)]
fn kind() {}

#[traced("order")]
fn literal() {}

#[traced(name = "order" level = "info")]
fn no_comma() {}

fn main() {
    number();
    flag();
    missing();
    not_a_list();
    level();
    kind();
    literal();
    no_comma();
}
