#[traced(fields(name))]
#[track_caller]
fn get<T: Clone>(&self, name: &str, (a, mut b): (u8, u8)) -> Result<T, Missing> {
    b += a;
    self.find(name, b)?.clone()
}
