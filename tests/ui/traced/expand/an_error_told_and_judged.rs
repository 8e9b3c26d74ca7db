#[traced(err(level = "warn"), ret(Display), ok_if = |r| r.is_ok(), error_type = name, slow = "500ms", sample = 0.1)]
async fn load(id: u64) -> Result<u64, LoadError> {
    store(id).await
}
