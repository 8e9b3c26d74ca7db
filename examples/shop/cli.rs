//! The command line.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::time::Duration;

use lexopt::prelude::*;

/// What `--help` prints.
pub const HELP: &str = "\
A shop of three services in one process, instrumented with nothing but attributes.

Usage: cargo run --example shop -- [OPTIONS]

Options:
      --seconds <N>     Close after N seconds; the exit code is 0 only if customers were served and
                        a trace crossed all three services [default: open until Ctrl-C]
      --port <P>        Port of the api, 0 for a free one [default: 8080]
      --admin-port <P>  Port of /metrics and /readyz, 0 for a free one
                        [default: $OTEL_EXPORTER_PROMETHEUS_PORT, else 9464]
      --rate <R>        Customers a second, 1 to 1000 [default: 20]
  -h, --help            Print this
";

/// How the shop is to be run.
pub struct Options {
    pub port: u16,
    /// `None` leaves it to the environment.
    pub admin_port: Option<u16>,
    pub rate: u32,
    pub open_for: Option<Duration>,
}

/// Reads the command line; `None` asks for [`HELP`].
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options { port: 8080, admin_port: None, rate: 20, open_for: None };
    let mut arguments = lexopt::Parser::from_args(arguments);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => options.port = number(&mut arguments, "port", 0..=u16::MAX)?,
            Long("admin-port") => {
                options.admin_port = Some(number(&mut arguments, "admin-port", 0..=u16::MAX)?)
            }
            Long("rate") => options.rate = number(&mut arguments, "rate", 1..=1000)?,
            Long("seconds") => {
                let seconds = number(&mut arguments, "seconds", 1..=u32::MAX)?;
                options.open_for = Some(Duration::from_secs(seconds.into()));
            }
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

fn number<T>(
    arguments: &mut lexopt::Parser,
    flag: &str,
    allowed: RangeInclusive<T>,
) -> Result<T, lexopt::Error>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let text = arguments.value()?.string()?;
    text.parse().ok().filter(|value| allowed.contains(value)).ok_or_else(|| {
        let (from, to) = allowed.into_inner();
        format!("--{flag} takes a number from {from} to {to}, not `{text}`").into()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<Options>, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|e| e.to_string())
    }

    #[test]
    fn every_flag_is_read() {
        let options = read("--port 0 --admin-port=9999 --rate 5 --seconds 30").unwrap().unwrap();
        assert_eq!((options.port, options.admin_port, options.rate), (0, Some(9999), 5));
        assert_eq!(options.open_for, Some(Duration::from_secs(30)));
        assert!(read("--help").unwrap().is_none());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |line| read(line).err().unwrap();
        assert_eq!(error("--fast"), "invalid option '--fast'");
        assert_eq!(error("--rate 0"), "--rate takes a number from 1 to 1000, not `0`");
        assert_eq!(error("--port x"), "--port takes a number from 0 to 65535, not `x`");
        assert_eq!(error("--seconds"), "missing argument for option '--seconds'");
    }
}
