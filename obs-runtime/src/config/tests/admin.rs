//! The admin server's token and certificate.

use std::path::Path;

use super::super::admin::{Named, TokenFrom};
use super::super::{Configuration, Secret};
use super::*;

const CANARY: &str = "c4n4ry";

fn error(overrides: Overrides, vars: &[(&str, &str)]) -> String {
    read_with(overrides, vars).unwrap_err().to_string()
}

fn file(path: &str) -> Overrides {
    Overrides { admin_token_file: Some(path.into()), ..Overrides::default() }
}

fn token(text: &str) -> Overrides {
    Overrides { admin_token: Some(Secret(text.to_owned())), ..Overrides::default() }
}

#[test]
fn a_token_is_given_in_code_or_in_the_environment_or_in_a_file() {
    let is_canary =
        |from: Option<TokenFrom>| matches!(from, Some(TokenFrom::Here(it)) if it.matches(CANARY.as_bytes()));
    let from = |overrides, vars: &[(&str, &str)]| read_with(overrides, vars).unwrap().admin.token;
    let padded = format!(" {CANARY}\n");
    assert!(is_canary(from(Overrides::default(), &[("OBS_ADMIN_TOKEN", &padded)])));
    assert!(is_canary(from(token(&padded), &[("OBS_ADMIN_TOKEN", "other"), ("OBS_ADMIN_TOKEN_FILE", "/f")])));
    let named = |overrides, vars: &[(&str, &str)]| match from(overrides, vars) {
        Some(TokenFrom::File(Named { option, path })) => (option, path),
        other => panic!("{other:?}"),
    };
    let (in_env, in_code) = ("OBS_ADMIN_TOKEN_FILE", "Builder::admin_token_file");
    assert_eq!(named(Overrides::default(), &[(in_env, "/f")]), (in_env, "/f".into()));
    assert_eq!(named(file("/g"), &[("OBS_ADMIN_TOKEN", "x"), (in_env, "/f")]), (in_code, "/g".into()));
    assert!(from(Overrides::default(), &[]).is_none());
}

#[test]
fn a_token_that_is_none_and_two_of_them_are_errors_that_do_not_tell_it() {
    let wrong = format!("{CANARY} {CANARY}");
    for (said, option) in [
        (error(token(&wrong), &[]), "`Builder::admin_token`: "),
        (error(token(" "), &[]), "`Builder::admin_token`: the token is empty; write "),
        (error(Overrides::default(), &[("OBS_ADMIN_TOKEN", &wrong)]), "`OBS_ADMIN_TOKEN`: "),
    ] {
        assert!(said.starts_with(option) && said.contains("; write ") && !said.contains(CANARY), "{said}");
    }
    let both = [("OBS_ADMIN_TOKEN", CANARY), ("OBS_ADMIN_TOKEN_FILE", "/f")];
    let said = error(Overrides::default(), &both);
    assert_eq!(
        said,
        "`OBS_ADMIN_TOKEN_FILE`: `OBS_ADMIN_TOKEN` gives a token, too; leave one of the two away"
    );
    let both = Overrides { admin_token_file: Some("/f".into()), ..token(CANARY) };
    let said = error(both, &[]);
    assert!(said.starts_with("`Builder::admin_token_file`: `Builder::admin_token` gives a token"), "{said}");
}

#[test]
fn a_token_is_shown_to_be_set_and_never_shown() {
    let vars = [("OBS_ADMIN_TOKEN", CANARY)];
    let get =
        |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    for (given, origin) in [
        (Overrides::default(), "environment OBS_ADMIN_TOKEN"),
        (token(CANARY), "builder Builder::admin_token"),
    ] {
        let debug = format!("{given:?}");
        let (config, told) = Configuration::read(given, &get, true);
        let explained = told.explain();
        assert!(explained.contains(&format!("OBS_ADMIN_TOKEN = *** ({origin})\n")), "{explained}");
        assert!(
            !format!("{debug}{config:?}{told:?}{explained}").contains(CANARY),
            "{debug}\n{config:?}\n{told:?}"
        );
    }
}

#[test]
fn a_certificate_and_its_key_belong_together() {
    let (cert, key) = (("OBS_ADMIN_TLS_CERT", "/c"), ("OBS_ADMIN_TLS_KEY", "/k"));
    let files = read(&[cert, key]).unwrap().admin.tls.unwrap();
    assert_eq!((&*files.certificate.path, &*files.key.path), (Path::new("/c"), Path::new("/k")));
    let given = Overrides { admin_tls: Some(("/d".into(), "/l".into())), ..Overrides::default() };
    let files = read_with(given, &[cert]).unwrap().admin.tls.unwrap();
    assert_eq!((files.certificate.option, &*files.key.path), ("Builder::admin_tls", Path::new("/l")));
    let said = error(Overrides::default(), &[cert]);
    assert!(
        said.starts_with("`OBS_ADMIN_TLS_CERT`: ") && said.ends_with("; write `OBS_ADMIN_TLS_KEY`, too"),
        "{said}"
    );
    let said = error(Overrides::default(), &[key]);
    assert!(
        said.starts_with("`OBS_ADMIN_TLS_KEY`: ") && said.ends_with("; write `OBS_ADMIN_TLS_CERT`, too"),
        "{said}"
    );
}

#[test]
fn who_listens_to_the_network_without_a_token_is_warned() {
    let warnings = |vars: &[(&str, &str)]| read(vars).unwrap().warnings;
    let host = |host: &'static str| ("OTEL_EXPORTER_PROMETHEUS_HOST", host);
    for open in ["0.0.0.0", "::", "10.0.0.1"] {
        let [warning] = &warnings(&[host(open)])[..] else { panic!("{:?}", warnings(&[host(open)])) };
        assert!(
            warning.contains("without a token") && warning.contains("`OBS_ADMIN_TOKEN_FILE`"),
            "{warning}"
        );
        assert!(!warning.contains('\n'));
    }
    for quiet in [
        &[][..],
        &[host("127.0.0.2")],
        &[host("::1")],
        &[host("::ffff:127.0.0.1")],
        &[host("0.0.0.0"), ("OBS_ADMIN", "off")],
        &[host("0.0.0.0"), ("OBS_ADMIN_TOKEN_FILE", "/f")],
    ] {
        assert_eq!(warnings(quiet), [""; 0], "{quiet:?}");
    }
}

#[test]
fn an_empty_token_in_the_environment_is_an_error_where_no_other_is_given() {
    let (here, file_in) = ("OBS_ADMIN_TOKEN", "OBS_ADMIN_TOKEN_FILE");
    for (variable, empty) in [(here, ""), (here, " \n"), (file_in, "")] {
        let said = error(Overrides::default(), &[(variable, empty)]);
        assert_eq!(said, format!("`{variable}`: it is empty, which gives no token; write one, or unset it"));
    }
    let from = |overrides, vars: &[(&str, &str)]| read_with(overrides, vars).unwrap().admin.token;
    assert!(from(Overrides::default(), &[(here, ""), (file_in, "/f")]).is_some());
    assert!(from(Overrides::default(), &[(here, CANARY), (file_in, "")]).is_some());
    assert!(from(token(CANARY), &[(here, ""), (file_in, "")]).is_some(), "code wins over both");
}

#[test]
fn a_token_that_can_be_guessed_is_warned_of_and_not_shown() {
    let warnings = |overrides, vars: &[(&str, &str)]| read_with(overrides, vars).unwrap().warnings;
    let short = "c4n4ry-01234567";
    for (warnings, option) in [
        (warnings(Overrides::default(), &[("OBS_ADMIN_TOKEN", short)]), "`OBS_ADMIN_TOKEN`"),
        (warnings(token(short), &[]), "`Builder::admin_token`"),
    ] {
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert!(warning.contains(option) && warning.contains("fewer than 16 characters"), "{warning}");
        assert!(warning.contains("; write ") && !warning.contains(CANARY), "{warning}");
    }
    assert_eq!(warnings(token("c4n4ry-012345678"), &[]), [""; 0]);
}
