//! The admin server: where it listens, and who may see what.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::env::Env;
use super::shown::{Secret, Switch};
use super::variables as v;
use super::{ConfigError, Overrides, parse};
use crate::admin::Token;

/// The admin server, as it is to be.
#[derive(Debug)]
pub(crate) struct Admin {
    /// Where it listens; `None` for nowhere.
    pub(crate) address: Option<SocketAddr>,
    pub(crate) token: Option<TokenFrom>,
    pub(crate) tls: Option<ServerFiles>,
}

/// Where the token is.
#[derive(Clone, Debug)]
pub(crate) enum TokenFrom {
    Here(Token),
    File(Named),
}

/// A certificate, with those of who issued it, and its key: PEM each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerFiles {
    pub(crate) certificate: Named,
    pub(crate) key: Named,
}

/// A file, and the option that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) option: &'static str,
    pub(crate) path: PathBuf,
}

/// Reads all of it.
pub(super) fn read(env: &mut Env<'_>, given: &Overrides) -> Result<Admin, ConfigError> {
    let admin = Admin { address: address(env, given)?, token: token(env, given)?, tls: tls(env, given)? };
    if let (Some(address), None) = (admin.address, &admin.token)
        && !address.ip().to_canonical().is_loopback()
    {
        env.say(format!(
            "the admin server listens on {address} without a token: whoever reaches it reads the metrics; set \
             `OBS_ADMIN_TOKEN_FILE` to the path of one, or `OTEL_EXPORTER_PROMETHEUS_HOST` to `127.0.0.1`"
        ));
    }
    Ok(admin)
}

/// `OBS_ADMIN`, `OTEL_EXPORTER_PROMETHEUS_HOST`, `OTEL_EXPORTER_PROMETHEUS_PORT`.
fn address(env: &mut Env<'_>, given: &Overrides) -> Result<Option<SocketAddr>, ConfigError> {
    let (given, port) = (given.admin, given.admin_port);
    let given_ip = given.flatten().map(|address| address.ip());
    let given_port = port.or(given.flatten().map(|address| address.port()));
    let words = parse::one_of(&[("on", Switch(true)), ("off", Switch(false))]);
    // Who names an address or a port in code wants a server.
    let given_on = given.map(|address| address.is_some()).or(port.map(|_| true));
    let on = env.option(&v::OBS_ADMIN, given_on.map(Switch), words, Switch(true))?.0;
    let ip = env.option(&v::OTEL_EXPORTER_PROMETHEUS_HOST, given_ip, host, LOCALHOST)?;
    let a_port = parse::number("a port from 0 to 65535");
    let port = env.option(&v::OTEL_EXPORTER_PROMETHEUS_PORT, given_port, a_port, 9464)?;
    Ok(on.then_some(SocketAddr::new(ip, port)))
}

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn host(text: &str) -> Result<IpAddr, String> {
    if text == "localhost" {
        return Ok(LOCALHOST);
    }
    text.parse().map_err(|_| {
        format!("`{text}` is not an address to listen on; write `127.0.0.1` or, in a container, `0.0.0.0`")
    })
}

/// `OBS_ADMIN_TOKEN`, `OBS_ADMIN_TOKEN_FILE`.
fn token(env: &mut Env<'_>, given: &Overrides) -> Result<Option<TokenFrom>, ConfigError> {
    // Who names one of them in code has said where the token is, whatever the environment says of the other.
    let in_code = given.admin_token.is_some() || given.admin_token_file.is_some();
    let wrong = |problem| ConfigError { option: v::OBS_ADMIN_TOKEN.builder(), problem };
    let here = given.admin_token.as_ref().map(|Secret(text)| Token::new(text)).transpose().map_err(wrong)?;
    let read = |text: &str| Token::new(text).map(Some);
    let here = env.option(&v::OBS_ADMIN_TOKEN, in_code.then_some(here), read, None)?;
    let option = self::option(given.admin_token_file.is_some(), &v::OBS_ADMIN_TOKEN_FILE);
    let file = in_code.then(|| given.admin_token_file.clone());
    let file = env.option(&v::OBS_ADMIN_TOKEN_FILE, file, path, None)?;
    let other = self::option(in_code, &v::OBS_ADMIN_TOKEN);
    match (here, file) {
        (Some(_), Some(_)) => {
            let problem = format!("`{other}` gives a token, too; leave one of the two away");
            Err(ConfigError { option, problem })
        }
        (Some(token), None) => {
            if token.is_short() {
                env.say(Token::told_short(other));
            }
            Ok(Some(TokenFrom::Here(token)))
        }
        (None, Some(path)) => Ok(Some(TokenFrom::File(Named { option, path }))),
        (None, None) => without_token(env),
    }
}

/// Refuses a token that was to be given and is empty, as where a secret was not filled in: that would open what was to be closed.
fn without_token(env: &Env<'_>) -> Result<Option<TokenFrom>, ConfigError> {
    for variable in [&v::OBS_ADMIN_TOKEN, &v::OBS_ADMIN_TOKEN_FILE] {
        if env.is_empty(variable) {
            let problem = "it is empty, which gives no token; write one, or unset it".to_owned();
            return Err(ConfigError { option: variable.name(), problem });
        }
    }
    Ok(None)
}

/// `OBS_ADMIN_TLS_CERT`, `OBS_ADMIN_TLS_KEY`: of use together.
fn tls(env: &mut Env<'_>, given: &Overrides) -> Result<Option<ServerFiles>, ConfigError> {
    let (certificate, key) = given.admin_tls.clone().unzip();
    let mut named = |variable: &'static v::Variable, given: Option<PathBuf>| {
        let option = option(given.is_some(), variable);
        let path = env.option(variable, given.map(Some), path, None)?;
        Ok(path.map(|path| Named { option, path }))
    };
    let certificate: Option<Named> = named(&v::OBS_ADMIN_TLS_CERT, certificate)?;
    let key = named(&v::OBS_ADMIN_TLS_KEY, key)?;
    let alone = |option, other: &v::Variable| {
        let problem = format!("it is of use only with its counterpart; write `{}`, too", other.name());
        Err(ConfigError { option, problem })
    };
    let files = match (certificate, key) {
        (Some(certificate), Some(key)) => ServerFiles { certificate, key },
        (Some(certificate), None) => return alone(certificate.option, &v::OBS_ADMIN_TLS_KEY),
        (None, Some(key)) => return alone(key.option, &v::OBS_ADMIN_TLS_CERT),
        (None, None) => return Ok(None),
    };
    Ok(Some(files))
}

fn option(in_code: bool, variable: &'static v::Variable) -> &'static str {
    if in_code { variable.builder() } else { variable.name() }
}

fn path(text: &str) -> Result<Option<PathBuf>, String> {
    Ok(Some(PathBuf::from(text)))
}
