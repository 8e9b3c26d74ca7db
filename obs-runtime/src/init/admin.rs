//! The admin server, as it is configured.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::InitError;
use crate::admin::{Admin, KnownToken, Problem, Reloaded, Secured, Tell, Token};
use crate::config::ConfigError;
use crate::config::admin::{Named, ServerFiles, TokenFrom};
use crate::record::Severity;

/// Says where it listens.
pub(super) fn told(address: Option<SocketAddr>, is_secured: bool) -> String {
    let scheme = if is_secured { "https" } else { "http" };
    address.map_or_else(|| "no admin server".to_owned(), |a| format!("admin server on {scheme}://{a}"))
}

pub(super) fn bind(address: SocketAddr) -> Result<Admin, InitError> {
    Admin::bind(address).map_err(|source| InitError::Admin { address, source })
}

/// Reads the token; `tell` hears of its file when that changes.
pub(crate) fn token_of(from: &TokenFrom, tell: &Tell) -> Result<KnownToken, ConfigError> {
    let Named { option, path } = match from {
        TokenFrom::Here(token) => return Ok(KnownToken::Given(Arc::new(token.clone()))),
        TokenFrom::File(named) => named,
    };
    let wrong = |problem: Problem| ConfigError { option, problem: problem.text };
    let file = Reloaded::open("the admin server's token", vec![path.clone()], in_file, Arc::clone(tell));
    let file = file.map_err(wrong)?;
    if file.latest().is_short() {
        tell(Severity::Warn, Token::told_short(option));
    }
    Ok(KnownToken::InFile(file))
}

/// Reads certificate and key; `tell` hears of them when they change.
#[cfg(feature = "tls")]
pub(crate) fn secured_by(files: &ServerFiles, tell: &Tell) -> Result<Secured, ConfigError> {
    let ServerFiles { certificate, key } = files;
    let secured = Secured::open(certificate.path.clone(), key.path.clone(), Arc::clone(tell));
    secured.map_err(|Problem { file, text }| {
        let option = if file == 0 { certificate.option } else { key.option };
        ConfigError { option, problem: text }
    })
}

#[cfg(not(feature = "tls"))]
pub(crate) fn secured_by(files: &ServerFiles, _: &Tell) -> Result<Secured, ConfigError> {
    let problem = "an admin server by `https` needs the feature `tls`; write `obs = { features = [\"tls\"] }`, or leave the \
                   certificate and its key away";
    Err(ConfigError { option: files.certificate.option, problem: problem.to_owned() })
}

fn in_file(paths: &[PathBuf], bytes: &[Vec<u8>]) -> Result<Token, Problem> {
    let text = bytes.first().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let token = Token::new(text.unwrap_or("\0"));
    token.map_err(|why| {
        let path = paths.first().map(|path| path.to_string_lossy().escape_debug().to_string());
        Problem { file: 0, text: format!("in the file `{}`: {why}", path.unwrap_or_default()) }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::folder::Folder;

    #[test]
    fn the_line_at_the_start_says_by_what_it_is_reached() {
        let address = "127.0.0.1:9464".parse().ok();
        assert_eq!(told(address, false), "admin server on http://127.0.0.1:9464");
        assert_eq!(told(address, true), "admin server on https://127.0.0.1:9464");
        assert_eq!(told(None, true), "no admin server");
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn a_certificate_without_the_feature_is_an_error_with_its_remedy() {
        let named = |option| Named { option, path: "/any".into() };
        let files = ServerFiles { certificate: named("OBS_ADMIN_TLS_CERT"), key: named("OBS_ADMIN_TLS_KEY") };
        let told: Tell = Arc::new(|_, _| {});
        let error = secured_by(&files, &told).unwrap_err().to_string();
        assert!(
            error.starts_with("`OBS_ADMIN_TLS_CERT`: ") && error.contains("features = [\"tls\"]"),
            "{error}"
        );
    }

    #[test]
    fn a_file_without_a_token_is_an_error_with_its_remedy() {
        let folder =
            Folder::new().with("empty", " \n").with("space", "c4n4ry c4n4ry").with("right", "c4n4ry\n");
        std::fs::write(folder.path().join("bytes"), [0xff, 0xfe]).unwrap();
        let told: Tell = Arc::new(|_, _| {});
        let token = |name: &str| {
            let named = Named { option: "OBS_ADMIN_TOKEN_FILE", path: folder.path().join(name) };
            token_of(&TokenFrom::File(named), &told)
        };
        assert!(token("right").is_ok());
        for (name, why) in [
            ("missing", "cannot be read: "),
            ("empty", "is empty"),
            ("space", "has space"),
            ("bytes", "carries"),
        ] {
            let error = token(name).unwrap_err().to_string();
            assert!(error.starts_with("`OBS_ADMIN_TOKEN_FILE`: "), "{error}");
            assert!(error.contains(&format!("{name}`")) && error.contains(why), "{error}");
            assert!(error.contains("; ") && !error.contains("c4n4ry"), "{error}");
        }
    }

    #[test]
    fn a_short_token_in_a_file_is_warned_of_once_and_not_shown() {
        let folder = Folder::new().with("short", "c4n4ry-01234567\n").with("long", "c4n4ry-012345678\n");
        for (name, expected) in [("short", 1), ("long", 0)] {
            let told = Arc::new(Mutex::new(Vec::new()));
            let tells = Arc::clone(&told);
            let tell: Tell = Arc::new(move |severity, line| tells.lock().unwrap().push((severity, line)));
            let named = Named { option: "OBS_ADMIN_TOKEN_FILE", path: folder.path().join(name) };
            token_of(&TokenFrom::File(named), &tell).unwrap();
            let told = told.lock().unwrap();
            assert_eq!(told.len(), expected, "{told:?}");
            for (severity, line) in told.iter() {
                assert_eq!(*severity, Severity::Warn);
                assert!(line.contains("`OBS_ADMIN_TOKEN_FILE`") && line.contains("; write "), "{line}");
                assert!(line.contains("fewer than 16 characters") && !line.contains("c4n4ry"), "{line}");
            }
        }
    }
}
