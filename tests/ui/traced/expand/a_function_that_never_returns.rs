#[traced]
fn run() -> ! {
    loop {}
}
