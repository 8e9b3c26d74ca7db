obs::metrics! {
    /// What was built.
    pub static BUILD: Info = "build_info" { version = env!("CARGO_PKG_VERSION"), commit: String };
}
