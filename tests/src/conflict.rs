//! A program in which two modules give one name two meanings.

mod one {
    obs::metrics! {
        /// Jobs.
        pub(crate) static JOBS: Counter = "conflict_jobs_total" {};
    }
}

mod other {
    obs::metrics! {
        /// Jobs, by luck.
        pub(crate) static JOBS: Counter = "conflict_jobs_total" { lucky: bool };
    }
}

fn main() -> Result<(), obs::InitError> {
    let _obs = obs::builder().admin_off().init()?;
    one::JOBS.inc();
    other::JOBS.with(other::JOBS { lucky: true }).inc();
    Ok(())
}
