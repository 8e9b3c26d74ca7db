//! The command line.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::time::Duration;

use lexopt::prelude::*;

use crate::bus::Broker;

/// What `--help` prints.
pub const HELP: &str = "\
A shop of three services, instrumented with nothing but attributes: in one process, or each in its own.

Usage: cargo run --example shop -- [OPTIONS]

Options:
      --seconds <N>     Close after N seconds; the exit code is 0 only if customers were served and
                        a trace crossed all three services [default: open until Ctrl-C]
      --port <P>        Port of the api, 0 for a free one [default: 8080]
      --admin-port <P>  Port of /metrics and /readyz, 0 for a free one
                        [default: $OTEL_EXPORTER_PROMETHEUS_PORT, else 9464; 9465 for the role
                        build-worker, 9466 for notifier]
      --rate <R>        Customers a second, 1 to 1000 [default: 20; none for the role api]
      --bus <WAY>       `process`, or `nats`: NATS JetStream, a broker started with `nats-server -js`
                        [default: process]
      --nats <URL>      The broker [default: nats://127.0.0.1:4222]
      --ack-wait <T>    After how long without an answer the broker delivers a message again, as in
                        2s or 500ms [default: 5s]
      --role <ROLE>     Run one of the services: api, build-worker or notifier; needs --bus nats
  -h, --help            Print this
";

/// How the shop is to be run.
#[derive(Debug)]
pub struct Options {
    pub port: u16,
    /// `None` leaves it to the environment.
    pub admin_port: Option<u16>,
    /// `None` is the default, which depends on the role.
    pub rate: Option<u32>,
    pub open_for: Option<Duration>,
    /// `None` is the bus inside the process.
    pub broker: Option<Broker>,
    /// `None` runs all three services.
    pub role: Option<Role>,
}

/// A service that is run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Api,
    BuildWorker,
    Notifier,
}

impl Role {
    const ALL: [Role; 3] = [Role::Api, Role::BuildWorker, Role::Notifier];

    /// Returns its name, which is its `service.name`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Api => "api",
            Role::BuildWorker => "build-worker",
            Role::Notifier => "notifier",
        }
    }

    /// Returns its admin port if none is given: three processes run on one machine.
    pub fn admin_port(self) -> u16 {
        match self {
            Role::Api => 9464,
            Role::BuildWorker => 9465,
            Role::Notifier => 9466,
        }
    }
}

/// What was given; what is absent gets its default when all is known.
#[derive(Default)]
struct Given {
    port: Option<u16>,
    admin_port: Option<u16>,
    rate: Option<u32>,
    open_for: Option<Duration>,
    over_nats: bool,
    server: Option<String>,
    ack_wait: Option<Duration>,
    role: Option<Role>,
}

/// Reads the command line; `None` asks for [`HELP`].
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, lexopt::Error> {
    let mut given = Given::default();
    let mut arguments = lexopt::Parser::from_args(arguments);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => given.port = Some(number(&mut arguments, "port", 0..=u16::MAX)?),
            Long("admin-port") => {
                given.admin_port = Some(number(&mut arguments, "admin-port", 0..=u16::MAX)?)
            }
            Long("rate") => given.rate = Some(number(&mut arguments, "rate", 1..=1000)?),
            Long("seconds") => {
                let seconds = number(&mut arguments, "seconds", 1..=u32::MAX)?;
                given.open_for = Some(Duration::from_secs(seconds.into()));
            }
            Long("bus") => given.over_nats = over_nats(&mut arguments)?,
            Long("nats") => given.server = Some(server(&mut arguments)?),
            Long("ack-wait") => given.ack_wait = Some(duration(&mut arguments, "ack-wait")?),
            Long("role") => given.role = Some(role(&mut arguments)?),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    given.complete().map(Some)
}

impl Given {
    fn complete(self) -> Result<Options, lexopt::Error> {
        let needs_nats = [
            ("role", "the processes need a bus between them", self.role.is_some()),
            ("nats", "the bus inside the process has no broker", self.server.is_some()),
            ("ack-wait", "the bus inside the process delivers once", self.ack_wait.is_some()),
        ];
        for (flag, why, given) in needs_nats {
            if given && !self.over_nats {
                return Err(format!("--{flag} goes with --bus nats: {why}").into());
            }
        }
        for (flag, given) in [("port", self.port.is_some()), ("rate", self.rate.is_some())] {
            if let Some(role @ (Role::BuildWorker | Role::Notifier)) = self.role
                && given
            {
                return Err(format!("--{flag} is for the api; the role {} has none", role.name()).into());
            }
        }
        let broker = self.over_nats.then(|| Broker {
            server: self.server.unwrap_or_else(|| "nats://127.0.0.1:4222".to_owned()),
            ack_wait: self.ack_wait.unwrap_or(Duration::from_secs(5)),
        });
        Ok(Options {
            port: self.port.unwrap_or(8080),
            admin_port: self.admin_port,
            rate: self.rate,
            open_for: self.open_for,
            broker,
            role: self.role,
        })
    }
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

fn over_nats(arguments: &mut lexopt::Parser) -> Result<bool, lexopt::Error> {
    match arguments.value()?.string()?.as_str() {
        "process" => Ok(false),
        "nats" => Ok(true),
        other => Err(format!("--bus takes `process` or `nats`, not `{other}`").into()),
    }
}

fn server(arguments: &mut lexopt::Parser) -> Result<String, lexopt::Error> {
    let text = arguments.value()?.string()?;
    match text.parse::<async_nats::ServerAddr>() {
        Ok(_) => Ok(text),
        Err(_) => Err(format!("--nats takes an address as in nats://127.0.0.1:4222, not `{text}`").into()),
    }
}

fn role(arguments: &mut lexopt::Parser) -> Result<Role, lexopt::Error> {
    let text = arguments.value()?.string()?;
    Role::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| {
        let names = Role::ALL.map(Role::name).join("`, `");
        format!("--role takes one of `{names}`, not `{text}`").into()
    })
}

/// A time of at least a millisecond, in `ms` or `s`.
fn duration(arguments: &mut lexopt::Parser, flag: &str) -> Result<Duration, lexopt::Error> {
    let text = arguments.value()?.string()?;
    let read = |number: &str| number.parse::<u32>().ok().filter(|&n| n > 0).map(u64::from);
    let duration = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => read(millis).map(Duration::from_millis),
        (None, Some(seconds)) => read(seconds).map(Duration::from_secs),
        (None, None) => None,
    };
    duration.ok_or_else(|| format!("--{flag} takes a time as in 2s or 500ms, not `{text}`").into())
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
        assert_eq!((options.port, options.admin_port, options.rate), (0, Some(9999), Some(5)));
        assert_eq!(options.open_for, Some(Duration::from_secs(30)));
        assert!(options.broker.is_none() && options.role.is_none());
        assert!(read("--help").unwrap().is_none());
        let options = read("--role notifier --bus nats --nats nats://b:1 --ack-wait 500ms").unwrap().unwrap();
        let broker = options.broker.unwrap();
        assert_eq!((broker.server.as_str(), broker.ack_wait), ("nats://b:1", Duration::from_millis(500)));
        assert_eq!(options.role, Some(Role::Notifier));
    }

    #[test]
    fn three_processes_find_room_on_one_machine() {
        assert_eq!(Role::ALL.map(Role::admin_port), [9464, 9465, 9466]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |line| read(line).err().unwrap();
        assert_eq!(error("--fast"), "invalid option '--fast'");
        assert_eq!(error("--rate 0"), "--rate takes a number from 1 to 1000, not `0`");
        assert_eq!(error("--port x"), "--port takes a number from 0 to 65535, not `x`");
        assert_eq!(error("--seconds"), "missing argument for option '--seconds'");
        assert_eq!(error("--bus kafka"), "--bus takes `process` or `nats`, not `kafka`");
        assert_eq!(error("--role api"), "--role goes with --bus nats: the processes need a bus between them");
        assert_eq!(
            error("--bus nats --role cook"),
            "--role takes one of `api`, `build-worker`, `notifier`, not `cook`"
        );
        assert_eq!(
            error("--bus nats --role notifier --port 1"),
            "--port is for the api; the role notifier has none"
        );
        assert_eq!(error("--bus nats --ack-wait 0s"), "--ack-wait takes a time as in 2s or 500ms, not `0s`");
        assert_eq!(
            error("--bus nats --nats http://["),
            "--nats takes an address as in nats://127.0.0.1:4222, not `http://[`"
        );
        assert_eq!(
            error("--nats nats://a"),
            "--nats goes with --bus nats: the bus inside the process has no broker"
        );
    }
}
