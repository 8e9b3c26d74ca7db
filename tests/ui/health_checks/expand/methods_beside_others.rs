/// The pool.
#[health_checks(crate = telemetry)]
#[cfg(unix)]
impl Pool {
    /// Answers.
    #[health_check(critical, group = "storage", tags("eu", external), initial_delay = "30s")]
    async fn answers(&self, limit: State<Limit>) -> Result<(), DbError> {
        self.ping(*limit).await
    }

    #[telemetry::health_check(name = "disk", liveness)]
    #[cfg(feature = "disk")]
    fn has_room() -> bool {
        true
    }

    fn size(&self) -> usize {
        self.size
    }
}
