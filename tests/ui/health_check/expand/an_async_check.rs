/// The orders' database.
#[health_check(name = "database", readiness, critical, interval = "10s", timeout = "500ms", failures = 3)]
async fn database(pool: obs::State<Pool>, limit: State<Limit>) -> Result<(), DbError> {
    pool.ping().await
}
