//! What holds records through long outages.

use std::path::PathBuf;

use super::destination::Spool;
use super::env::Env;
use super::variables as v;
use super::{ConfigError, parse};

/// `OBS_SPOOL`, `OBS_SPOOL_MAX_BYTES`.
pub(super) fn read(
    env: &mut Env<'_>,
    directory: Option<PathBuf>,
    max_bytes: Option<u64>,
) -> Result<Option<Spool>, ConfigError> {
    let path = |text: &str| Ok(Some(PathBuf::from(text)));
    let directory = env.option(&v::OBS_SPOOL, directory.map(Some), path, None)?;
    if max_bytes == Some(0) {
        let problem = "a spool of no bytes holds nothing; write a number from 1 on".to_owned();
        return Err(ConfigError { option: v::OBS_SPOOL_MAX_BYTES.builder(), problem });
    }
    let bytes = parse::positive("a number of bytes");
    let max_bytes = env.option(&v::OBS_SPOOL_MAX_BYTES, max_bytes, bytes, 256 << 20)?;
    Ok(directory.map(|directory| Spool { directory, max_bytes }))
}
