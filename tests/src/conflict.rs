//! A program in which two modules give one name two meanings: it starts, or with an argument tests its catalog.

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
    if std::env::args().len() > 1 {
        obs::testing::assert_catalog();
    }
    let _obs = obs::builder().admin_off().init()?;
    one::JOBS.inc();
    other::JOBS.with(other::JOBS { lucky: true }).inc();
    Ok(())
}
