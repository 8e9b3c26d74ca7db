#[observed(level = "debug")]
impl<T> Ship for Orders<T> {
    const LIMIT: u8 = { 3 };

    /// Sends it.
    fn ship(&self) {
        send(self)
    }

    #[obs::skip]
    fn weight(&self) -> u8 {
        1
    }

    #[traced(name = "track")]
    async fn track(&self) {}
}
